// The hash of RFC 5155 5: SHA-1 over the lower case name and a salt, iterated. No heap.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.hpp"

namespace vedette::dnsd {

using Nsec3Digest = std::array<std::uint8_t, 20>;

/// RFC 9276 3.2 lets validators refuse more than 100 iterations; a zone that asks for more is not
/// loaded, because every negative answer would pay for them.
inline constexpr std::uint16_t kMaxNsec3Iterations = 500;

struct Nsec3Parameters {
    std::uint16_t iterations = 0;
    std::uint8_t salt_bytes = 0;
    std::array<std::uint8_t, 255> salt{};
};

/// `name` is a lower case wire-form name.
[[nodiscard]] Nsec3Digest nsec3_hash(ByteView name, const Nsec3Parameters& parameters) noexcept;

}  // namespace vedette::dnsd
