#include "wire/dns/name.hpp"

#include <algorithm>
#include <cstring>

#include "wire/dns/name_walk.hpp"

namespace vedette::wire::dns {
namespace {

constexpr std::uint64_t kOnes = 0x0101010101010101ULL;
constexpr std::uint64_t kHighBits = 0x80 * kOnes;

/// Lower-cases the ASCII letters among eight bytes. Label lengths (0..63) are below 'A' and stay.
constexpr std::uint64_t fold(std::uint64_t bytes) noexcept {
    const std::uint64_t low = bytes & ~kHighBits;
    const std::uint64_t from_a = low + (0x80 - 'A') * kOnes;
    const std::uint64_t beyond_z = low + (0x7f - 'Z') * kOnes;
    const std::uint64_t upper = (from_a ^ beyond_z) & ~bytes & kHighBits;
    return bytes | upper >> 2U;
}
static_assert(fold(0x41'5a'40'5b'61'c1'00'3f) == 0x61'7a'40'5b'61'c1'00'3f);

std::uint64_t load(ByteView bytes, std::size_t from) noexcept {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + from, sizeof word);
    return word;
}

/// Fewer than eight bytes from `from` on, zero-filled.
std::uint64_t load_tail(ByteView bytes, std::size_t from) noexcept {
    std::uint64_t word = 0;
    for (; from < bytes.size(); ++from)
        word = word << 8U | bytes[from];
    return word;
}

constexpr auto kIgnore = [](std::size_t, std::size_t) noexcept {};
constexpr auto kFollow = [](std::size_t, std::size_t) noexcept { return std::size_t{0}; };

}  // namespace

NameExtent measure_name(ByteView message, std::size_t offset) noexcept {
    return walk_name(message, std::min(offset, message.size()), kIgnore, kFollow);
}

bool expand_name(ByteView message, std::uint32_t offset, NameBuffer& out) noexcept {
    out.length = 0;
    if (offset > message.size()) return false;
    std::size_t length = 0;
    const auto copy = [&](std::size_t at, std::size_t bytes) noexcept {
        std::memcpy(out.bytes.data() + length, message.data() + at, bytes);
        length += bytes;
    };
    if (walk_name(message, offset, copy, kFollow).damage) return false;
    out.length = static_cast<std::uint8_t>(length);
    return true;
}

bool is_wire_name(ByteView name) noexcept {
    // Read as a message of its own, a name can hold no valid pointer: the first 12 bytes are barred
    // and the rest would have to be reached through one.
    const NameExtent extent = measure_name(name, 0);
    return !extent.damage && extent.end == name.size() && extent.length == name.size();
}

unsigned count_labels(ByteView name) noexcept {
    unsigned labels = 0;
    for (Reader in{name}; in.peek() != 0 && in.ok(); in.skip(std::size_t{1} + in.peek()))
        ++labels;
    return labels;
}

std::uint64_t hash_name(ByteView name) noexcept {
    std::uint64_t hash = 0x9e3779b97f4a7c15ULL ^ name.size();
    std::size_t at = 0;
    for (; name.size() - at >= 8; at += 8) {
        hash = (hash ^ fold(load(name, at))) * 0xff51afd7ed558ccdULL;
        hash ^= hash >> 32U;
    }
    if (at < name.size()) hash = (hash ^ fold(load_tail(name, at))) * 0xff51afd7ed558ccdULL;
    hash ^= hash >> 33U;
    hash *= 0xc4ceb9fe1a85ec53ULL;
    return hash ^ hash >> 33U;
}

bool equal_names(ByteView a, ByteView b) noexcept {
    if (a.size() != b.size()) return false;
    if (a.size() < 8) return fold(load_tail(a, 0)) == fold(load_tail(b, 0));
    for (std::size_t at = 0; a.size() - at > 8; at += 8) {
        if (fold(load(a, at)) != fold(load(b, at))) return false;
    }
    // The last eight bytes, which may overlap the ones before.
    return fold(load(a, a.size() - 8)) == fold(load(b, a.size() - 8));
}

}  // namespace vedette::wire::dns
