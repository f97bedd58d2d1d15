// Any sequence of bytes as DHCP messages, v4 and v6 mixed: bounds hold, every slice is in its
// arena, every event's times are in order. Input: length (1), flags (1), message, again.
#include "decode/dhcp_tracker.hpp"

using namespace vedette;
using namespace vedette::decode;

namespace {

void require(bool condition) {
    if (!condition) __builtin_trap();
}

void check(const EventBatch& out) {
    for (const DhcpMessage& event : out.dhcp) {
        for (const ByteSlice slice :
             {event.host_name, event.client_fqdn, event.domain, event.vendor_class, event.client_id,
              event.server_id, event.parameters, event.routers, event.dns_servers, event.circuit_id,
              event.remote_id, event.text, event.boot_file, event.captive_portal, event.message}) {
            require(out.bytes.view(slice).size() == slice.length);
        }
        require(event.client_mac.is_zero() || event.mac_source != MacSource::Unknown);
    }
    for (const LeaseEvent& lease : out.leases) {
        require(out.bytes.view(lease.host_name).size() <= 255);
        require(lease.start <= lease.time && !lease.mac.is_zero());
        require(lease.state == LeaseState::Bound || lease.state == LeaseState::Offered ||
                lease.end <= lease.time);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Identity identity({16, 3});
    TraceCounts counts;
    constexpr DhcpTrackerLimits kLimits{8, 4};
    DhcpTracker tracker(identity, counts, kLimits);
    EventBatch out;
    PacketContext packet;
    packet.time = Timestamp::from_seconds(1'700'000'000);
    packet.has_link = true;
    ByteView rest(data, size);
    while (rest.size() >= 2) {
        const std::size_t length = std::min<std::size_t>(rest[0] * 2U, rest.size() - 2);
        const std::uint8_t flags = rest[1];
        const ByteView message = rest.subspan(2, length);
        rest = rest.subspan(2 + length);
        packet.time = packet.time + Duration::seconds(flags >> 4U);
        packet.snapped = (flags & 2U) != 0;
        packet.link_source.octets[5] = flags & 4U;
        ++packet.packet;
        if ((flags & 1U) != 0) {
            tracker.on_v6(packet, message, out);
        } else {
            tracker.on_v4(packet, message, out);
        }
        tracker.expire(packet.time, out);
        require(tracker.lease_count() <= kLimits.max_leases);
        require(tracker.client_count() <= kLimits.max_transactions);
        require(identity.host_count() <= 16);
        check(out);
        out.clear();
    }
    return 0;
}
