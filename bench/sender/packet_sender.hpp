// Sends frames at a steady rate through an AF_PACKET socket, for the live tests and benchmarks. It
// refuses every interface but loopback, those of a network namespace of its own, and veth cables
// with both ends in this one, so that it can never load a real network. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace vedette::bench {

using Frame = std::vector<std::uint8_t>;

struct SendPlan {
    std::string interface;
    std::uint64_t packets = 0;      ///< in all; the frames are repeated as often as needed
    double packets_per_second = 0;  ///< 0: as fast as the machine can
};

struct SendOutcome {
    std::uint64_t sent = 0;     ///< arrived at the other end of the cable
    std::uint64_t dropped = 0;  ///< lost on the way there: the receiving kernel was behind
    double seconds = 0;
};

/// Fails with Permission when the interface is not one that may be loaded.
[[nodiscard]] Result<SendOutcome> send_packets(const SendPlan& plan,
                                               const std::vector<Frame>& frames);

}  // namespace vedette::bench
