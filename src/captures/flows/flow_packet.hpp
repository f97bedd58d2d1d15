// What a packet says about its flow: the outermost IP header and the ports behind it. Tunnels are
// not opened: to a network, what travels inside is one flow. Pure; views borrow the packet.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "model/address.hpp"
#include "sys/capture/packet_batch.hpp"

namespace vedette::captures {

struct FlowPacket {
    bool is_ip = false;  ///< everything below may be used
    IpAddress source;
    IpAddress destination;
    std::uint32_t ip_bytes = 0;  ///< by the IP header, captured or not
    std::uint32_t fragment_id = 0;
    std::uint16_t source_port = 0;
    std::uint16_t destination_port = 0;
    std::uint16_t icmp = 0;  ///< type * 256 + code
    std::uint16_t vlan = 0;
    std::uint8_t protocol = 0;
    std::uint8_t tcp_flags = 0;
    bool fragment = false;
    bool first_fragment = false;  ///< the fragment that holds the ports
    ByteView payload;             ///< of IP, as captured
};

[[nodiscard]] FlowPacket read_flow_packet(const sys::PacketRecord& record) noexcept;

}  // namespace vedette::captures
