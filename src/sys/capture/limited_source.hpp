// A source that ends early: after a number of packets, or after a length of time. What lies beyond
// the end was not received: it is in no count.
#pragma once

#include <cstdint>
#include <memory>

#include "base/time.hpp"
#include "sys/capture/packet_source.hpp"

namespace vedette::sys {

/// Zero is no limit.
struct SourceLimits {
    std::uint64_t packets = 0;
    /// Of a live source by `clock`, from its first read; of a file by its packets' own times, from
    /// the first packet.
    Duration duration;
};

/// `clock` must outlive the source.
[[nodiscard]] std::unique_ptr<PacketSource> make_limited_source(std::unique_ptr<PacketSource> inner,
                                                                SourceLimits limits,
                                                                const Clock& clock);

}  // namespace vedette::sys
