#include "service/dnsd/zone/lookup_name.hpp"

#include <cstring>

namespace vedette::dnsd {
namespace {

constexpr std::array<std::uint8_t, 1> kRootBytes{0};
constexpr ByteView kRootName{kRootBytes};
constexpr std::uint64_t kRootHash = 0xff51afd7ed558ccdULL;
constexpr std::uint64_t kHashFactor = 0x9e3779b97f4a7c15ULL;

std::uint64_t load64(const std::uint8_t* from) noexcept {
    std::uint64_t word = 0;
    std::memcpy(&word, from, sizeof(word));
    return word;
}

// 'A'..'Z' get bit 5, eight octets at a time. Octets above 0x7f are left alone.
std::uint64_t lower64(std::uint64_t word) noexcept {
    constexpr std::uint64_t kOnes = 0x0101010101010101ULL;
    const std::uint64_t low = word & (kOnes * 0x7f);
    const std::uint64_t at_least_a = low + kOnes * (0x80 - 'A');
    const std::uint64_t above_z = low + kOnes * (0x80 - 'Z' - 1);
    const std::uint64_t is_upper = (at_least_a & ~above_z & ~word) & (kOnes * 0x80);
    return word | (is_upper >> 2U);
}

std::uint8_t lower8(std::uint8_t octet) noexcept {
    return octet >= 'A' && octet <= 'Z' ? static_cast<std::uint8_t>(octet | 0x20U) : octet;
}

// Both halves of the product count: the lower one alone has bits that only the lower bits of the
// factors reach, and names that differ in their last octets would fall into a few places of a
// table.
std::uint64_t fold_product(std::uint64_t a, std::uint64_t b) noexcept {
    __extension__ using Product = unsigned __int128;
    const Product product = static_cast<Product>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

// Mixes one label (with its length octet) into the hash of what is to its right. `label` may be
// read up to seven octets past its end.
std::uint64_t mix_label(std::uint64_t hash, const std::uint8_t* label, unsigned count) noexcept {
    while (count > 8) {
        hash = fold_product(hash ^ load64(label), kHashFactor);
        label += 8;
        count -= 8;
    }
    const std::uint64_t mask = ~std::uint64_t{0} >> (64U - 8U * count);
    return fold_product(hash ^ (load64(label) & mask), kHashFactor);
}

// Reads \DDD or \X at text[i]; `i` moves to its last character (RFC 1035 5.1).
bool unescape(std::string_view text, std::size_t& i, std::uint8_t& octet) noexcept {
    const auto digit = [&](std::size_t k) {
        return k < text.size() && text[k] >= '0' && text[k] <= '9' ? text[k] - '0' : -1;
    };
    if (digit(i + 1) < 0) {
        if (++i == text.size()) return false;
        octet = static_cast<std::uint8_t>(text[i]);
        return true;
    }
    if (digit(i + 2) < 0 || digit(i + 3) < 0) return false;
    const int value = digit(i + 1) * 100 + digit(i + 2) * 10 + digit(i + 3);
    octet = static_cast<std::uint8_t>(value);
    i += 3;
    return value <= 255;
}

}  // namespace

// Names of eight octets and more end in a word that overlaps the one before: a loop over the last
// octets would be guessed wrong for every other name.
void copy_lower(ByteView from, std::uint8_t* to) noexcept {
    const std::size_t size = from.size();
    const auto copy_word = [&](std::size_t at) {
        const std::uint64_t word = lower64(load64(from.data() + at));
        std::memcpy(to + at, &word, sizeof(word));
    };
    std::size_t i = 0;
    for (; i + 8 <= size; i += 8)
        copy_word(i);
    if (i == size) return;
    if (size >= 8) return copy_word(size - 8);
    for (; i < size; ++i)
        to[i] = lower8(from[i]);
}

bool equals_lower(ByteView name, ByteView lower) noexcept {
    const std::size_t size = name.size();
    if (size != lower.size()) return false;
    const auto same_word = [&](std::size_t at) {
        return lower64(load64(name.data() + at)) == load64(lower.data() + at);
    };
    std::size_t i = 0;
    for (; i + 8 <= size; i += 8) {
        if (!same_word(i)) return false;
    }
    if (size >= 8) return i == size || same_word(size - 8);
    for (; i < size; ++i) {
        if (lower8(name[i]) != lower[i]) return false;
    }
    return true;
}

LookupName::LookupName() noexcept {
    assign(kRootName);
}

bool LookupName::read(wire::Reader& reader) noexcept {
    wire::Reader walk = reader;
    unsigned labels = 0;
    std::size_t length = 0;
    while (true) {
        const std::uint8_t count = walk.u8();
        if (!walk.ok() || count > kMaxLabelBytes || length + count + 1 > kMaxNameBytes) {
            reader.fail();
            return false;
        }
        offsets_[labels] = static_cast<std::uint8_t>(length);
        length += count + 1U;
        if (count == 0) break;
        walk.skip(count);
        ++labels;
    }
    length_ = static_cast<std::uint8_t>(length);
    copy_lower(reader.bytes(length), bytes_.data());
    index(labels);
    return true;
}

void LookupName::assign(ByteView name) noexcept {
    unsigned labels = 0;
    unsigned at = 0;
    for (; name[at] != 0; at += name[at] + 1U)
        offsets_[labels++] = static_cast<std::uint8_t>(at);
    offsets_[labels] = static_cast<std::uint8_t>(at);
    length_ = static_cast<std::uint8_t>(at + 1);
    copy_lower(name.first(length_), bytes_.data());
    index(labels);
}

void LookupName::index(unsigned labels) noexcept {
    labels_ = static_cast<std::uint8_t>(labels);
    std::memset(bytes_.data() + length_, 0, 8);
    std::uint64_t hash = kRootHash;
    hashes_[labels] = hash;
    for (unsigned i = labels; i-- > 0;) {
        hash = mix_label(hash, bytes_.data() + offsets_[i],
                         static_cast<unsigned>(offsets_[i + 1] - offsets_[i]));
        hashes_[i] = hash;
    }
}

bool LookupName::is_at_or_below(ByteView ancestor, unsigned ancestor_labels) const noexcept {
    if (ancestor_labels > labels_) return false;
    const ByteView own = suffix(labels_ - ancestor_labels);
    return own.size() == ancestor.size() &&
           std::memcmp(own.data(), ancestor.data(), own.size()) == 0;
}

LookupName LookupName::wildcard_of(unsigned skip) const noexcept {
    std::array<std::uint8_t, kMaxNameBytes + 2> name;
    const ByteView tail = suffix(skip);
    name[0] = 1;
    name[1] = '*';
    std::memcpy(name.data() + 2, tail.data(), tail.size());
    LookupName wildcard;
    // A name of 254 octets or more has no room for "*" above: the answer is then "no such name".
    if (tail.size() + 2 <= kMaxNameBytes) wildcard.assign({name.data(), tail.size() + 2});
    return wildcard;
}

KeptName::KeptName(const LookupName& name)
    : bytes_(std::make_unique<std::uint8_t[]>(name.wire().size())),
      hash_(name.hash(0)),
      length_(static_cast<std::uint8_t>(name.wire().size())),
      labels_(static_cast<std::uint8_t>(name.labels())) {
    std::memcpy(bytes_.get(), name.wire().data(), length_);
}

LookupName KeptName::lookup() const noexcept {
    LookupName name;
    name.assign(wire());
    return name;
}

int compare_canonical(ByteView a, ByteView b) noexcept {
    std::array<std::uint8_t, kMaxLabels + 1> starts_a;
    std::array<std::uint8_t, kMaxLabels + 1> starts_b;
    unsigned labels_a = 0;
    unsigned labels_b = 0;
    for (unsigned at = 0; a[at] != 0; at += a[at] + 1U)
        starts_a[labels_a++] = static_cast<std::uint8_t>(at);
    for (unsigned at = 0; b[at] != 0; at += b[at] + 1U)
        starts_b[labels_b++] = static_cast<std::uint8_t>(at);
    while (labels_a > 0 && labels_b > 0) {
        const std::uint8_t* x = a.data() + starts_a[--labels_a];
        const std::uint8_t* y = b.data() + starts_b[--labels_b];
        const unsigned shorter = *x < *y ? *x : *y;
        for (unsigned i = 1; i <= shorter; ++i) {
            const int difference = int{lower8(x[i])} - int{lower8(y[i])};
            if (difference != 0) return difference;
        }
        if (*x != *y) return int{*x} - int{*y};
    }
    return static_cast<int>(labels_a) - static_cast<int>(labels_b);
}

void assign_name(OwnedName& to, ByteView name) noexcept {
    to.length = static_cast<std::uint8_t>(name.size());
    std::memcpy(to.bytes.data(), name.data(), name.size());
}

const char* parse_relative_name(std::string_view text, ByteView origin, OwnedName& out) noexcept {
    if (text == "@") return assign_name(out, origin), nullptr;
    if (text == ".") return assign_name(out, kRootName), nullptr;
    if (text.empty()) return "empty name";
    std::size_t label = 0;  // where the length octet of the current label stands
    std::size_t end = 1;    // behind the current label
    bool dot = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto octet = static_cast<std::uint8_t>(text[i]);
        dot = octet == '.';
        if (dot) {
            if (end - label == 1) return "empty label in a name";
            label = end++;
            if (end > kMaxNameBytes) return "a name is longer than 255 octets";
        } else {
            if (octet == '\\' && !unescape(text, i, octet)) return "bad escape in a name";
            if (end - label > kMaxLabelBytes) return "a label is longer than 63 octets";
            if (end + 1 > kMaxNameBytes) return "a name is longer than 255 octets";
            out.bytes[end++] = octet;
        }
        out.bytes[label] = static_cast<std::uint8_t>(end - label - 1);
    }
    if (!dot) {
        if (end + origin.size() > kMaxNameBytes) return "a name is longer than 255 octets";
        std::memcpy(out.bytes.data() + end, origin.data(), origin.size());
        end += origin.size();
    }
    out.length = static_cast<std::uint8_t>(end);
    return nullptr;
}

}  // namespace vedette::dnsd
