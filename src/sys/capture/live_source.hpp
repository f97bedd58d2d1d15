// Live capture from one or several interfaces, each with its own ring. Packets point into the rings
// until the next read(). An interface that goes down or away is waited for. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "sys/capture/packet_ring.hpp"
#include "sys/capture/packet_source.hpp"

namespace vedette::sys {

struct LiveOptions {
    std::vector<std::string> interfaces;  ///< names, or the single name "any"
    Promiscuity promiscuity = Promiscuity::On;
    /// Packet filter in tcpdump's language; empty takes everything. See default_capture_filter().
    std::string filter = {};
    /// Memory of each interface's ring. At 200,000 DNS packets/s this holds about one second.
    std::size_t ring_bytes = 48U << 20U;
    /// Bytes kept of each packet.
    std::uint32_t snap_bytes = kMaxSnapBytes;
};

/// Opens the sockets; afterwards privileges can be dropped. Fails with Permission (naming the fix),
/// NotFound (no such interface) or Usage (the filter). The kernel runs the filter where it can see
/// what we deliver; elsewhere ("any", cooked links, filters that ask for VLANs) this program does,
/// and counts what it refuses.
[[nodiscard]] Result<std::unique_ptr<PacketSource>> make_live_source(const LiveOptions& options);

}  // namespace vedette::sys
