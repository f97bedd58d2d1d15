#include "captures/anonymize/disguise.hpp"

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "base/assert.hpp"
#include "captures/anonymize/cipher.hpp"
#include "model/address.hpp"

namespace vedette::captures {
namespace {

constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::size_t kBase = kLetters.size();
constexpr std::size_t kMaxKnownLabels = 65'536;
constexpr unsigned kLabelRounds = 10;

// One cipher serves several ends; the tweak's top byte keeps them apart.
constexpr std::uint64_t tweak(std::uint8_t purpose, std::uint64_t value) noexcept {
    return std::uint64_t{purpose} << 56U | value;
}
constexpr std::uint8_t kVendorMac = 1;
constexpr std::uint8_t kRandomMac = 2;
constexpr std::uint8_t kLabelRound = 3;
constexpr std::uint8_t kLabelHash = 4;
constexpr std::uint8_t kText = 5;
constexpr std::uint8_t kIdentifier = 6;
constexpr std::uint8_t kReverse = 7;

constexpr char lower(std::uint8_t byte) noexcept {
    return static_cast<char>(byte >= 'A' && byte <= 'Z' ? byte + 32 : byte);
}

bool is_alphanumeric(std::string_view text) noexcept {
    return std::ranges::all_of(
        text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
}

std::uint8_t digit_of(char c) noexcept {
    return static_cast<std::uint8_t>(c >= 'a' ? c - 'a' : c - '0' + 26);
}

/// The octets that have as many decimal digits as this one.
constexpr std::pair<unsigned, unsigned> range_of(unsigned octet) noexcept {
    if (octet < 10) return {0, 9};
    return octet < 100 ? std::pair{10U, 99U} : std::pair{100U, 255U};
}

void copy(std::string_view from, std::span<std::uint8_t> to) noexcept {
    std::ranges::copy(as_bytes(from), to.begin());
}

}  // namespace

struct Disguise::State {
    explicit State(const AnonymizeKey& key)
        : addresses(key.derive("addresses")), cipher(ByteView(key.derive("names")).first(16)) {}

    void letters(Cipher::Block seed, std::span<std::uint8_t> to) const;
    void permute_label(std::span<std::uint8_t> digits) const;
    [[nodiscard]] std::string make_label(std::string_view folded) const;
    [[nodiscard]] unsigned ranked_octet(unsigned value, std::uint32_t before, unsigned place) const;
    const std::string& known_label(const std::string& folded);

    AddressMap addresses;
    Cipher cipher;
    boost::unordered_flat_map<std::string, std::string> labels;
    boost::unordered_flat_map<std::uint64_t, std::uint8_t> octets;
};

Disguise::Disguise(const AnonymizeKey& key) : state_(std::make_unique<State>(key)) {}
Disguise::Disguise(Disguise&&) noexcept = default;
Disguise& Disguise::operator=(Disguise&&) noexcept = default;
Disguise::~Disguise() = default;

AddressMap& Disguise::addresses() noexcept {
    return state_->addresses;
}

// ---- hardware addresses ---------------------------------------------------------------------

void Disguise::mac(ByteView from, std::span<std::uint8_t> to) {
    VEDETTE_ASSERT(from.size() == 6 && to.size() == 6);
    const MacAddress mac = MacAddress::from_bytes(from);
    std::uint64_t value = mac.to_u64();
    constexpr std::uint64_t kTail = 0xffffff;
    if (mac.is_group() || mac.is_zero()) {
        // 33:33 and the last 32 bits of an IPv6 group (RFC 2464 7), which may come from an address.
        if (value >> 24U == 0x3333ff) {
            AddressMap::V6 group{0xff, 0x02};
            group[11] = 1;
            std::ranges::copy(from.subspan(2), group.begin() + 12);
            const AddressMap::V6 mapped = state_->addresses.v6(group);
            for (std::size_t i = 0; i < 6; ++i)
                to[i] = i < 3 ? from[i] : mapped[10 + i];
            return;
        }
    } else if (mac.is_randomized()) {
        // The two flag bits stand aside; the other 46 are permuted.
        const std::uint64_t first = value >> 40U;
        const std::uint64_t rest = (first >> 2U) << 40U | (value & 0xffffffffffU);
        const std::uint64_t mapped = state_->cipher.permute(rest, 46, tweak(kRandomMac, 0));
        value = ((mapped >> 40U) << 2U | (first & 3U)) << 40U | (mapped & 0xffffffffffU);
    } else {
        value = (value & ~kTail) |
                state_->cipher.permute(value & kTail, 24, tweak(kVendorMac, value >> 24U));
    }
    const MacAddress mapped = MacAddress::from_u64(value);
    std::ranges::copy(mapped.octets, to.begin());
}

// ---- names ----------------------------------------------------------------------------------

void Disguise::State::letters(Cipher::Block seed, std::span<std::uint8_t> to) const {
    cipher.expand(seed, to);
    for (std::uint8_t& byte : to)
        byte = static_cast<std::uint8_t>(kLetters[byte % kBase]);
}

// A Feistel network over base-36 digits: different labels of one length stay different, however
// short they are.
void Disguise::State::permute_label(std::span<std::uint8_t> digits) const {
    const std::size_t middle = digits.size() / 2;
    std::span<std::uint8_t> one = digits.first(middle);
    std::span<std::uint8_t> other = digits.subspan(middle);
    std::array<std::uint8_t, 64> mix;
    for (unsigned round = 0; round < kLabelRounds; ++round) {
        const auto added = std::span(mix).first(one.size());
        cipher.expand(cipher.hash(other, tweak(kLabelRound, round << 8U | digits.size())), added);
        for (std::size_t i = 0; i < one.size(); ++i)
            one[i] = static_cast<std::uint8_t>((one[i] + added[i]) % kBase);
        std::swap(one, other);
    }
}

std::string Disguise::State::make_label(std::string_view folded) const {
    std::vector<std::uint8_t> made(folded.size());
    if (!is_alphanumeric(folded) || folded.size() > 64) {
        letters(cipher.hash(as_bytes(folded), tweak(kLabelHash, 0)), made);
        return std::string(as_text(made));
    }
    if (folded.size() == 1) {
        // Too short for two halves: the rank of the keyed hash among all single letters.
        const auto rank = [this](char c) {
            return cipher.hash(as_bytes(std::string_view(&c, 1)), tweak(kLabelHash, 1));
        };
        const Cipher::Block own = rank(folded[0]);
        const auto place = std::ranges::count_if(kLetters, [&](char c) { return rank(c) < own; });
        return {kLetters[static_cast<std::size_t>(place)]};
    }
    std::ranges::transform(folded, made.begin(), digit_of);
    permute_label(made);
    for (std::uint8_t& byte : made)
        byte = static_cast<std::uint8_t>(kLetters[byte]);
    return std::string(as_text(made));
}

const std::string& Disguise::State::known_label(const std::string& folded) {
    if (const auto known = labels.find(folded); known != labels.end()) return known->second;
    if (labels.size() >= kMaxKnownLabels) labels.clear();
    return labels.emplace(folded, make_label(folded)).first->second;
}

void Disguise::label(ByteView from, LabelPlace place, std::span<std::uint8_t> to) {
    VEDETTE_ASSERT(from.size() == to.size());
    std::string folded(from.size(), '\0');
    std::ranges::transform(from, folded.begin(), lower);
    // Wildcards mean themselves (RFC 4592).
    const bool kept = folded == "*" || is_kept_label(folded, place);
    copy(kept ? folded : state_->known_label(folded), to);
}

// The rank of the keyed hash among the octets of as many digits, under those before it.
unsigned Disguise::State::ranked_octet(unsigned value, std::uint32_t before, unsigned place) const {
    const auto [least, most] = range_of(value);
    const auto rank = [&](unsigned octet) {
        const std::array<std::uint8_t, 6> input{
            static_cast<std::uint8_t>(before >> 24U), static_cast<std::uint8_t>(before >> 16U),
            static_cast<std::uint8_t>(before >> 8U),  static_cast<std::uint8_t>(before),
            static_cast<std::uint8_t>(place),         static_cast<std::uint8_t>(octet)};
        return cipher.hash(input, tweak(kReverse, 0));
    };
    const Cipher::Block own = rank(value);
    unsigned mapped = least;
    for (unsigned octet = least; octet <= most; ++octet)
        mapped += rank(octet) < own ? 1 : 0;
    return mapped;
}

bool Disguise::reverse_octet(ByteView from, std::uint32_t before, unsigned place,
                             std::span<std::uint8_t> to) {
    if (from.empty() || from.size() > 3 || place > 3) return false;
    unsigned value = 0;
    for (const std::uint8_t byte : from) {
        if (byte < '0' || byte > '9') return false;
        value = value * 10 + (byte - '0');
    }
    if (value > 255 || (from.size() > 1 && from[0] == '0')) return false;
    const std::uint32_t prefix = before | value << (24U - 8U * place);
    if (state_->addresses.kept_bits(prefix) < 8 * (place + 1)) {
        if (state_->octets.size() >= kMaxKnownLabels) state_->octets.clear();
        const std::uint64_t key = std::uint64_t{place} << 32U | prefix;
        auto [known, fresh] = state_->octets.try_emplace(key, std::uint8_t{0});
        if (fresh) {
            known->second = static_cast<std::uint8_t>(state_->ranked_octet(value, before, place));
        }
        value = known->second;
    }
    for (std::size_t i = to.size(); i-- > 0; value /= 10)
        to[i] = static_cast<std::uint8_t>('0' + value % 10);
    return true;
}

// ---- texts and identifiers ------------------------------------------------------------------

void Disguise::text(ByteView from, std::span<std::uint8_t> to) {
    VEDETTE_ASSERT(from.size() == to.size());
    state_->letters(state_->cipher.hash(from, tweak(kText, 0)), to);
    for (std::size_t i = 0; i < from.size(); ++i) {
        if (from[i] == 0) to[i] = 0;
    }
}

void Disguise::dotted(ByteView from, std::span<std::uint8_t> to) {
    VEDETTE_ASSERT(from.size() == to.size());
    const auto ends = [&](std::size_t at) {
        return at == from.size() || from[at] == '.' || from[at] == 0;
    };
    std::size_t last = from.size();  // where the text ends: at a zero, or its last dot
    if (const auto* zero = std::find(from.begin().base(), from.end().base(), std::uint8_t{0});
        zero != from.end().base()) {
        last = static_cast<std::size_t>(zero - from.data());
    }
    if (last > 0 && from[last - 1] == '.') --last;
    bool inner = false;
    for (std::size_t at = 0; at < from.size();) {
        std::size_t end = at;
        while (!ends(end))
            ++end;
        // A single label is a host, not a top-level domain.
        const LabelPlace place = end == last && inner ? LabelPlace::Last : LabelPlace::Inner;
        label(from.subspan(at, end - at), place, to.subspan(at, end - at));
        inner = true;
        if (end < from.size()) to[end] = from[end];
        at = end + 1;
    }
}

void Disguise::identifier(ByteView from, std::span<std::uint8_t> to) {
    VEDETTE_ASSERT(from.size() == to.size());
    state_->cipher.expand(state_->cipher.hash(from, tweak(kIdentifier, 0)), to);
}

}  // namespace vedette::captures
