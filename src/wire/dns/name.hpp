// Names on the wire (RFC 1035 3.1 and 4.1.4): measured, expanded, hashed, compared. Labels may hold
// any byte; only ASCII letters are equal in both cases (RFC 4343). Pointers lead strictly
// backwards, which ends every walk; no recursion, no heap.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.hpp"
#include "wire/anomaly/anomaly.hpp"

namespace vedette::wire::dns {

inline constexpr std::size_t kHeaderBytes = 12;
inline constexpr std::size_t kMaxNameBytes = 255;
inline constexpr std::size_t kMaxLabelBytes = 63;
/// A name has at most 127 labels, and a pointer that leads to no label saves nothing: more jumps
/// than this are an attack on the reader.
inline constexpr unsigned kMaxPointers = 127;

/// An uncompressed name in wire form, owned, at most 255 bytes including the root byte.
struct NameBuffer {
    std::array<std::uint8_t, kMaxNameBytes> bytes;
    std::uint8_t length = 0;

    [[nodiscard]] ByteView view() const& noexcept { return {bytes.data(), length}; }
    ByteView view() const&& = delete;
};

/// What one walk over a name found.
struct NameExtent {
    Damage damage;             ///< offset from the start of the message
    std::uint32_t end = 0;     ///< first byte after the name where it stands; valid unless damaged
    std::uint16_t length = 0;  ///< uncompressed length with the root byte, 1..255
    std::uint16_t steps = 0;   ///< labels and pointers read beyond the first pointer, at most 254
};

/// Measures the name at `offset` (at most message.size()) without expanding it.
[[nodiscard]] NameExtent measure_name(ByteView message, std::size_t offset) noexcept;

/// Expands the name at `offset` of `message`, following pointers backwards only. False when it is
/// damaged; `out` then has length 0.
[[nodiscard]] bool expand_name(ByteView message, std::uint32_t offset, NameBuffer& out) noexcept;

/// Whether `name` is exactly one uncompressed name of at most 255 bytes.
[[nodiscard]] bool is_wire_name(ByteView name) noexcept;
/// Labels of a wire-form name without the root.
[[nodiscard]] unsigned count_labels(ByteView name) noexcept;

/// Hash of a wire-form name, ASCII case folded.
[[nodiscard]] std::uint64_t hash_name(ByteView name) noexcept;
/// Equality of wire-form names, ASCII case folded (RFC 4343).
[[nodiscard]] bool equal_names(ByteView a, ByteView b) noexcept;

}  // namespace vedette::wire::dns
