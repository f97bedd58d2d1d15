#include "captures/anonymize/address_map.hpp"

#include <algorithm>
#include <bit>

#include "base/assert.hpp"
#include "model/address.hpp"

namespace vedette::captures {
namespace {

constexpr std::size_t kKnown4 = 1U << 14U;
constexpr std::size_t kKnown6 = 1U << 13U;
constexpr std::uint64_t kSolicitedTweak = 0x536f6c4e6f646541ULL;

/// A block that maps onto itself: the first `length` bits stay. `whole`: every bit stays.
struct Block4 {
    std::uint32_t prefix;
    unsigned length;
    bool whole;
};

// IANA's special-purpose registry and RFC 5771, as far as the block itself says something.
constexpr Block4 kBlocks4[] = {
    {0x00000000, 8, false},   // this network
    {0x00000000, 32, true},   // unspecified
    {0x0a000000, 8, false},   // private, RFC 1918
    {0x64400000, 10, false},  // carrier NAT, RFC 6598
    {0x7f000000, 8, true},    // loopback
    {0xa9fe0000, 16, false},  // link local
    {0xac100000, 12, false},  // private
    {0xc0a80000, 16, false},  // private
    {0xe0000000, 4, true},    // multicast
    {0xffffffff, 32, true},   // broadcast
};

struct Block6 {
    AddressMap::V6 prefix;
    unsigned length;
    bool whole;
};

constexpr Block6 kBlocks6[] = {
    {{}, 127, true},                                          // ::, ::1
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, false},  // IPv4-mapped
    {{0, 0x64, 0xff, 0x9b}, 96, false},                       // NAT64, RFC 6052
    {{0x20}, 3, false},                                       // global unicast
    {{0xfd}, 8, false},                                       // unique local, RFC 4193
    {{0xfe, 0x80}, 64, false},                                // link local
    {{0xff}, 8, true},                                        // multicast
};

/// ff02::1:ff00:0/104 (RFC 4291 2.7.1) and ff02::2:ff00:0/104 (RFC 4620 5): their last 24 bits come
/// from an address or a name.
bool is_derived_group(const AddressMap::V6& a) noexcept {
    if (a[0] != 0xff || a[1] != 0x02 || a[12] != 0xff || a[10] != 0) return false;
    if (a[11] != 1 && a[11] != 2) return false;
    return std::all_of(a.begin() + 2, a.begin() + 10,
                       [](std::uint8_t octet) { return octet == 0; });
}

bool embeds_v4(const AddressMap::V6& address) noexcept {
    return std::equal(address.begin(), address.begin() + 12, kBlocks6[1].prefix.begin()) ||
           std::equal(address.begin(), address.begin() + 12, kBlocks6[2].prefix.begin());
}

unsigned common_bits(const AddressMap::V6& a, const AddressMap::V6& b) noexcept {
    for (unsigned i = 0; i < 16; ++i) {
        if (a[i] == b[i]) continue;
        return 8 * i +
               static_cast<unsigned>(std::countl_zero(static_cast<std::uint8_t>(a[i] ^ b[i])));
    }
    return 128;
}

// A bit is kept when the bits before it are those of a block's prefix and the prefix goes on:
// then blocks map onto themselves, and nothing else maps into them.
unsigned kept_bits6(const AddressMap::V6& address) noexcept {
    unsigned kept = 0;
    for (const Block6& block : kBlocks6) {
        const unsigned common = common_bits(address, block.prefix);
        const bool inside = common >= block.length;
        kept = std::max(kept, inside && block.whole ? 128 : std::min(common + 1, block.length));
    }
    return kept;
}

std::uint32_t load4(ByteView bytes) noexcept {
    std::uint32_t value = 0;
    for (const std::uint8_t byte : bytes.first(4))
        value = value << 8U | byte;
    return value;
}

void store4(std::uint32_t value, std::span<std::uint8_t> to) noexcept {
    for (std::size_t i = 0; i < 4; ++i)
        to[i] = static_cast<std::uint8_t>(value >> (24U - 8U * i));
}

AddressMap::V6 to_v6(ByteView bytes) noexcept {
    AddressMap::V6 address;
    std::ranges::copy(bytes.first(16), address.begin());
    return address;
}

}  // namespace

AddressMap::AddressMap(const AnonymizeKey::Bytes& key, SpecialBlocks special)
    : cipher_(ByteView(key).first(16)),
      groups_(ByteView(key).subspan(16)),
      special_(special),
      known4_(kKnown4),
      known6_(kKnown6) {
    std::ranges::copy(ByteView(key).subspan(16), pad_.begin());
    cipher_.encrypt({&pad_, 1});
}

unsigned AddressMap::kept_bits(std::uint32_t address) const noexcept {
    if (special_ == SpecialBlocks::Ignored) return 0;
    unsigned kept = 0;
    for (const Block4& block : kBlocks4) {
        const auto common = static_cast<unsigned>(std::countl_zero(address ^ block.prefix));
        const bool inside = common >= block.length;
        kept = std::max(kept, inside && block.whole ? 32 : std::min(common + 1, block.length));
    }
    return kept;
}

// Bit i is flipped when the cipher of the i bits before it, filled up with the pad, begins with 1.
std::uint32_t AddressMap::flips4(std::uint32_t address) const {
    std::array<Cipher::Block, 32> blocks;
    const std::uint32_t pad = load4(pad_);
    for (unsigned i = 0; i < 32; ++i) {
        blocks[i] = pad_;
        const std::uint32_t mask = i == 0 ? 0 : ~std::uint32_t{0} << (32U - i);
        store4((address & mask) | (pad & ~mask), blocks[i]);
    }
    cipher_.encrypt(blocks);
    std::uint32_t flips = 0;
    for (const Cipher::Block& block : blocks)
        flips = flips << 1U | block[0] >> 7U;
    return flips;
}

AddressMap::V6 AddressMap::flips6(const V6& address) const {
    std::array<Cipher::Block, 128> blocks;
    for (unsigned i = 0; i < 128; ++i) {
        blocks[i] = pad_;
        std::copy_n(address.begin(), i / 8, blocks[i].begin());
        if (i % 8 == 0) continue;
        const auto mask = static_cast<std::uint8_t>(0xff00U >> (i % 8));
        blocks[i][i / 8] =
            static_cast<std::uint8_t>((address[i / 8] & mask) | (pad_[i / 8] & ~mask));
    }
    cipher_.encrypt(blocks);
    V6 flips{};
    for (unsigned i = 0; i < 128; ++i)
        flips[i / 8] = static_cast<std::uint8_t>(flips[i / 8] << 1U | blocks[i][0] >> 7U);
    return flips;
}

std::uint32_t AddressMap::v4(std::uint32_t address) {
    Known4& known = known4_[mix64(address) % kKnown4];
    if (known.set && known.from == address) return known.to;
    const unsigned kept = kept_bits(address);
    const std::uint32_t mask = kept >= 32 ? 0 : ~std::uint32_t{0} >> kept;
    std::uint32_t flips = mask == 0 ? 0 : flips4(address) & mask;
    // Nobody stays: where nothing was flipped the last bit is. That follows from the bits before
    // it, so relations hold.
    if (special_ == SpecialBlocks::Kept && flips <= 1 && mask != 0) flips = 1;
    const std::uint32_t to = address ^ flips;
    known = {address, to, true};
    return to;
}

AddressMap::V6 AddressMap::v6(const V6& address) {
    IpAddress key;
    key.octets = address;
    Known6& known = known6_[IpHash{}(key) % kKnown6];
    if (known.set && known.from == address) return known.to;
    const V6 to = compute6(address);
    known = {address, to, true};
    return to;
}

AddressMap::V6 AddressMap::compute6(const V6& address) {
    V6 to = address;
    if (special_ == SpecialBlocks::Kept) {
        if (is_derived_group(address)) {
            const std::uint32_t tail = load4(ByteView(address).subspan(12)) & 0xffffffU;
            const std::uint64_t mapped = groups_.permute(tail, 24, kSolicitedTweak);
            for (std::size_t i = 0; i < 3; ++i)
                to[13 + i] = static_cast<std::uint8_t>(mapped >> (16U - 8U * i));
            return to;
        }
        if (embeds_v4(address)) {
            store4(v4(load4(ByteView(address).subspan(12))), std::span(to).subspan(12));
            return to;
        }
    }
    const unsigned kept = special_ == SpecialBlocks::Kept ? kept_bits6(address) : 0;
    if (kept == 128) return to;
    const V6 flips = flips6(address);
    for (unsigned i = kept; i < 128; ++i) {
        const auto bit = static_cast<std::uint8_t>(0x80U >> (i % 8));
        to[i / 8] = static_cast<std::uint8_t>(to[i / 8] ^ (flips[i / 8] & bit));
    }
    if (to == address && special_ == SpecialBlocks::Kept) to[15] ^= 1U;  // as in v4()
    return to;
}

void AddressMap::map(ByteView from, std::span<std::uint8_t> to) {
    VEDETTE_ASSERT(from.size() == to.size() && (from.size() == 4 || from.size() == 16));
    if (from.size() == 4) {
        store4(v4(load4(from)), to);
    } else {
        std::ranges::copy(v6(to_v6(from)), to.begin());
    }
}

void AddressMap::map_prefix(ByteView from, unsigned length, std::span<std::uint8_t> to) {
    map(from, to);
    for (unsigned i = 0; i < to.size(); ++i) {
        const unsigned before = 8 * i;
        if (before >= length) {
            to[i] = 0;
        } else if (length - before < 8) {
            to[i] &= static_cast<std::uint8_t>(0xff00U >> (length - before));
        }
    }
}

}  // namespace vedette::captures
