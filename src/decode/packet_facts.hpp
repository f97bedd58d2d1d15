// What one packet is, as a small view: addresses, ports, lengths and the protocol it is classed by.
// For whoever counts or lists packets (captures/, flows); Decoder makes the events. PacketInspector
// walks the layers with the same readers as LayerWalk and keeps bounded memory of flows and
// fragments, so that a protocol once recognized stays recognized. One thread. Facts borrow the
// packet and die with it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "decode/protocol/protocol.hpp"
#include "model/address.hpp"
#include "sys/capture/packet_batch.hpp"
#include "wire/anomaly/anomaly.hpp"
#include "wire/ip/ip.hpp"

namespace vedette::decode {

/// Of the innermost IP packet, unless said otherwise. What a packet does not have is zero.
struct PacketFacts {
    Timestamp time;
    std::uint64_t packet = 0;  ///< the number given to inspect()
    MacAddress link_source;
    MacAddress link_destination;
    IpAddress source;  ///< of ARP: sender and target
    IpAddress destination;
    IpAddress outer_source;  ///< of the outermost IP header: the tunnel's ends, or as above
    IpAddress outer_destination;
    ByteView payload;  ///< after UDP's or TCP's header, else after IP's; link padding cut off
    std::uint32_t captured = 0;       ///< bytes of the frame in the capture
    std::uint32_t original = 0;       ///< bytes of the frame on the wire
    std::uint32_t ip_bytes = 0;       ///< header and payload, as the header promises
    std::uint32_t payload_bytes = 0;  ///< as `payload`, on the wire
    std::uint32_t tcp_sequence = 0;
    std::uint32_t tcp_acknowledgment = 0;
    std::uint32_t fragment_offset = 0;  ///< bytes
    std::uint32_t fragment_id = 0;
    std::uint16_t source_port = 0;  ///< UDP, TCP and SCTP
    std::uint16_t destination_port = 0;
    std::uint16_t link_type = 0;
    std::uint16_t interface = 0;
    std::uint16_t ether_type = 0;  ///< innermost; 0 when the frame has none that was read
    std::uint16_t vlan = 0;        ///< outermost
    std::uint8_t ip_version = 0;   ///< 4, 6, or 0 without readable IP
    std::uint8_t ip_protocol = 0;
    std::uint8_t hop_limit = 0;
    std::uint8_t tcp_flags = 0;  ///< wire::transport::kTcp...
    std::uint8_t icmp_type = 0;
    std::uint8_t icmp_code = 0;
    ProtocolId protocol{};
    bool has_link = false;  ///< link_source is a real address
    bool has_ip = false;    ///< source and destination are of an IP header
    bool has_ports = false;
    bool is_icmp = false;  ///< icmp_type and icmp_code are read
    bool tunneled = false;
    bool fragment = false;
    wire::Damage damage;  ///< the first that was met below the application
};

struct InspectorOptions {
    /// As DecoderOptions: ports that carry DNS, and whether other ports are looked at for it.
    std::span<const std::uint16_t> dns_ports;
    bool guess_dns_ports = true;
    std::uint32_t max_tunnel_depth = 4;
    /// Flows remembered, a power of two; 8 bytes each. A newer flow may push out an older one.
    std::uint32_t max_flows = 65'536;
};

class PacketInspector {
  public:
    explicit PacketInspector(const InspectorOptions& options = {});
    ~PacketInspector();
    PacketInspector(PacketInspector&&) noexcept;
    PacketInspector& operator=(PacketInspector&&) noexcept;

    /// Reads one packet into `out`, overwriting all of it.
    void inspect(const sys::PacketRecord& record, std::uint64_t number, PacketFacts& out) noexcept;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace vedette::decode
