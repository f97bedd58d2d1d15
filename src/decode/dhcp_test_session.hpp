// For tests: a tracker with its books, and messages sent to it as if captured on one segment.
#pragma once

#include <string>
#include <string_view>

#include "decode/dhcp_tracker.hpp"
#include "wire/dhcp/example_messages.hpp"

namespace vedette::decode {

inline constexpr std::uint64_t kClientMac = 0x000c29aabb01;
inline constexpr std::uint64_t kServerMac = 0x00000c000001;

inline Timestamp dhcp_at(std::int64_t second) {
    return Timestamp::from_seconds(1'700'000'000 + second);
}
inline IpAddress dhcp_ip(std::string_view text) {
    return IpAddress::parse(text).value();
}

struct DhcpSession {
    Identity identity;
    TraceCounts counts;
    EventBatch out;
    DhcpTracker tracker{identity, counts};
    PacketContext packet;

    DhcpSession() {
        packet.has_link = true;
        packet.link_destination = MacAddress::from_u64(0xffffffffffff);
        packet.source_port = 68;
        packet.destination_port = 67;
    }
    /// The frame's addresses from now on.
    DhcpSession& link(std::uint64_t source, std::uint64_t destination) {
        packet.link_source = MacAddress::from_u64(source);
        packet.link_destination = MacAddress::from_u64(destination);
        return *this;
    }
    DhcpSession& route(std::string_view source, std::string_view destination) {
        packet.source = dhcp_ip(source);
        packet.destination = dhcp_ip(destination);
        return *this;
    }
    const DhcpMessage& v4(std::int64_t second, const wire::dhcp::Bytes& message) {
        packet.time = dhcp_at(second);
        ++packet.packet;
        tracker.on_v4(packet, message, out);
        return out.dhcp.back();
    }
    const DhcpMessage& v6(std::int64_t second, const wire::dhcp::Bytes& message) {
        packet.time = dhcp_at(second);
        ++packet.packet;
        tracker.on_v6(packet, message, out);
        return out.dhcp.back();
    }
    [[nodiscard]] std::string text(ByteSlice slice) const {
        return std::string(out.bytes.text(slice));
    }
    /// The newest change of a lease: "bound 192.0.2.5 00:0c:29:aa:bb:01 3600", the last number its
    /// seconds left; empty when there was none since the last call.
    std::string news() {
        std::string all;
        for (const LeaseEvent& lease : out.leases) {
            if (!all.empty()) all += ", ";
            all += std::string(to_text(lease.state)) + ' ' + lease.address.to_text() + ' ' +
                   lease.mac.to_text();
            const auto left = lease.end.known() ? (lease.end - lease.time).nanos / kNanosPerSecond
                                                : std::int64_t{-1};
            all += ' ' + std::to_string(left);
        }
        out.leases.clear();
        return all;
    }
};

}  // namespace vedette::decode
