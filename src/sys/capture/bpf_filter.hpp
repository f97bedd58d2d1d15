// A packet filter in tcpdump's language (pcap-filter(7)), compiled for one link type by libpcap: to
// attach to a socket, or to run here over files and over frames whose VLAN tag was put back.
// Immutable after making; matches() may be called from any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "sys/capture/packet_batch.hpp"

namespace vedette::sys {

/// What tcpdump keeps of a packet when nobody says.
inline constexpr std::uint32_t kMaxSnapBytes = 262'144;

class BpfFilter {
  public:
    /// Fails with Usage and libpcap's sentence. An empty expression matches everything. Attached to
    /// a socket, it also cuts packets to `snap_bytes`.
    [[nodiscard]] static Result<BpfFilter> compile(const std::string& expression,
                                                   std::uint16_t link_type,
                                                   std::uint32_t snap_bytes = kMaxSnapBytes);

    BpfFilter(BpfFilter&& other) noexcept;
    BpfFilter& operator=(BpfFilter&& other) noexcept;
    ~BpfFilter();

    [[nodiscard]] bool matches(const PacketRecord& packet) const noexcept;
    /// Lets the kernel filter what arrives at `socket`.
    [[nodiscard]] Result<void> attach(int socket) const;

  private:
    struct Program;
    explicit BpfFilter(std::unique_ptr<Program> program) noexcept;
    std::unique_ptr<Program> program_;
};

/// What the kernel may refuse without Vedette losing sight of anything: TCP on ports that carry no
/// DNS, and QUIC. Written so that unknown encapsulations and fragments pass.
enum class Handshakes : std::uint8_t { Left, Taken };
[[nodiscard]] std::string default_capture_filter(const std::vector<std::uint16_t>& dns_ports,
                                                 Handshakes handshakes = Handshakes::Left);

}  // namespace vedette::sys
