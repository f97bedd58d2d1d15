// A domain name prepared for look-ups: lower case wire form, where each label starts, and a hash of
// every suffix, all from one pass and without heap. It owns its bytes.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/bytes.hpp"
#include "wire/dns/name.hpp"
#include "wire/reader/reader.hpp"

namespace vedette::dnsd {

using wire::dns::kMaxLabelBytes;
using wire::dns::kMaxNameBytes;
inline constexpr unsigned kMaxLabels = 127;

class LookupName {
  public:
    /// The root.
    LookupName() noexcept;

    /// Reads an uncompressed name at the cursor. On false the cursor has failed and the name is
    /// unspecified. A compression pointer is damage here: nothing lies before a question.
    [[nodiscard]] bool read(wire::Reader& reader) noexcept;
    /// From wire bytes that are known to be a sound name.
    void assign(ByteView name) noexcept;

    /// Lower case, with the root byte.
    [[nodiscard]] ByteView wire() const noexcept { return {bytes_.data(), length_}; }
    /// Labels without the root.
    [[nodiscard]] unsigned labels() const noexcept { return labels_; }
    /// Where label `index` starts; offset(labels()) is the root byte.
    [[nodiscard]] unsigned offset(unsigned index) const noexcept { return offsets_[index]; }
    /// The name without its first `skip` labels.
    [[nodiscard]] ByteView suffix(unsigned skip) const noexcept {
        return {bytes_.data() + offsets_[skip], static_cast<std::size_t>(length_ - offsets_[skip])};
    }
    /// Hash of suffix(skip); equal names have equal hashes whatever their case was.
    [[nodiscard]] std::uint64_t hash(unsigned skip) const noexcept { return hashes_[skip]; }
    /// Whether `ancestor` (lower case wire form, `ancestor_labels` long) is this name or above it.
    [[nodiscard]] bool is_at_or_below(ByteView ancestor, unsigned ancestor_labels) const noexcept;

    /// "*" in front of suffix(skip).
    [[nodiscard]] LookupName wildcard_of(unsigned skip) const noexcept;

  private:
    void index(unsigned labels) noexcept;

    // The tail lets hashes read whole words.
    std::array<std::uint8_t, kMaxNameBytes + 17> bytes_;
    std::array<std::uint8_t, kMaxLabels + 1> offsets_;
    std::array<std::uint64_t, kMaxLabels + 1> hashes_;
    std::uint8_t length_ = 0;
    std::uint8_t labels_ = 0;
};

/// A name that is only kept: a million zones have one each, and a LookupName is over a kilobyte.
class KeptName {
  public:
    KeptName() noexcept = default;
    explicit KeptName(const LookupName& name);

    /// As of the LookupName.
    [[nodiscard]] ByteView wire() const noexcept { return {bytes_.get(), length_}; }
    [[nodiscard]] unsigned labels() const noexcept { return labels_; }
    [[nodiscard]] std::uint64_t hash() const noexcept { return hash_; }
    /// Prepared for look-ups again.
    [[nodiscard]] LookupName lookup() const noexcept;

  private:
    std::unique_ptr<std::uint8_t[]> bytes_;
    std::uint64_t hash_ = 0;
    std::uint8_t length_ = 0;
    std::uint8_t labels_ = 0;
};

/// Copies wire bytes in lower case; label lengths (at most 63) are below 'A' and stay.
void copy_lower(ByteView from, std::uint8_t* to) noexcept;
/// Whether `name`, of any case, equals `lower`, which is in lower case.
[[nodiscard]] bool equals_lower(ByteView name, ByteView lower) noexcept;
/// RFC 4034 6.1: labels compared from the right, as lower case octets. Negative, zero, positive.
[[nodiscard]] int compare_canonical(ByteView a, ByteView b) noexcept;

using OwnedName = wire::dns::NameBuffer;

void assign_name(OwnedName& to, ByteView name) noexcept;

/// A name of a master file (RFC 1035 5.1) in wire form: without a final dot it gets `origin` (wire
/// form) behind it, "@" is the origin. Returns what is wrong, or nullptr. No heap.
[[nodiscard]] const char* parse_relative_name(std::string_view text, ByteView origin,
                                              OwnedName& out) noexcept;

}  // namespace vedette::dnsd
