// A domain name prepared for look-ups: lower case wire form, where each label starts, and a hash of
// every suffix, all from one pass and without heap. It owns its bytes.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "wire/reader/reader.hpp"

namespace vedette::dnsd {

inline constexpr std::size_t kMaxNameBytes = 255;  // RFC 1035 3.1, with the root byte
inline constexpr std::size_t kMaxLabelBytes = 63;
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
        return {bytes_.data() + offsets_[skip],
                static_cast<std::size_t>(length_ - offsets_[skip])};
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

/// Copies wire bytes in lower case; label lengths (at most 63) are below 'A' and stay.
void copy_lower(ByteView from, std::uint8_t* to) noexcept;
/// Whether `name`, of any case, equals `lower`, which is in lower case.
[[nodiscard]] bool equals_lower(ByteView name, ByteView lower) noexcept;
/// Labels of a sound wire-form name, without the root.
[[nodiscard]] unsigned count_labels(ByteView name) noexcept;
/// RFC 4034 6.1: labels compared from the right, as lower case octets. Negative, zero, positive.
[[nodiscard]] int compare_canonical(ByteView a, ByteView b) noexcept;

/// A wire-form name, owned.
struct OwnedName {
    std::array<std::uint8_t, kMaxNameBytes> bytes;
    std::uint8_t length = 0;

    [[nodiscard]] ByteView view() const noexcept { return {bytes.data(), length}; }
    void assign(ByteView name) noexcept;
};

/// Presentation form (RFC 1035 5.1, with \DDD and \X escapes) to wire form. A name without a final
/// dot gets `origin` (wire form) behind it; "@" is the origin. What is wrong, or nullptr.
[[nodiscard]] const char* parse_name(std::string_view text, ByteView origin,
                                     OwnedName& out) noexcept;
/// The same as a Result; a missing final dot is taken as given.
[[nodiscard]] Result<OwnedName> name_from_text(std::string_view text);
/// Wire form to presentation form with a final dot; odd octets as \DDD.
[[nodiscard]] std::string name_to_text(ByteView name);

}  // namespace vedette::dnsd
