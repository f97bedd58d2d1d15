// Internet checksums (RFC 1071) of packets whose bytes change: what was right is right again, what
// was wrong is wrong again, and what cannot be judged because bytes are missing becomes zero, since
// a checksum tells something about what it was made of. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.hpp"

namespace vedette::captures {

/// The two addresses of an IP packet, as they were and as they will be: what pseudo-headers need.
struct Endpoints {
    using Octets = std::array<std::uint8_t, 16>;
    std::size_t size = 0;  ///< 4 or 16; 0 is no address
    Octets source{};
    Octets destination{};
    Octets new_source{};
    Octets new_destination{};
};

/// A checksum to be mended once all its bytes are written.
struct ChecksumJob {
    enum class State : std::uint8_t { Right, Wrong, Unknown };
    std::uint32_t begin = 0;   ///< of what it covers
    std::uint32_t length = 0;  ///< bytes covered
    std::uint32_t field = 0;   ///< where the checksum stands
    std::uint8_t protocol = 0;
    bool zero_is_none = false;  ///< UDP: zero is "not computed", so a zero sum is written as ffff
    State state = State::Unknown;
    Endpoints ends;  ///< of the pseudo-header; size 0 is none
};

/// Decides the job's state by the original bytes.
void judge(ChecksumJob& job, ByteView original) noexcept;
/// Writes the checksums, the innermost (last) first.
void mend(std::span<const ChecksumJob> jobs, std::span<std::uint8_t> bytes) noexcept;

}  // namespace vedette::captures
