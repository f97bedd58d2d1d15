// A series of messages with chosen directions, ports and times through a small tracker. Invariants:
// every message is told exactly once, counts agree with events, and slices lie in the arena.
//
// Input: per message one byte of choices, one byte of time, two of length, then the bytes.
#include <algorithm>

#include "base/assert.hpp"
#include "decode/dns_tracker.hpp"
#include "wire/dns/name.hpp"
#include "wire/reader/reader.hpp"

namespace {

using namespace vedette;
using namespace vedette::decode;

PacketContext packet_of(std::uint8_t choices, std::uint8_t time, std::uint64_t number) {
    PacketContext packet;
    // Mostly forwards within seconds, sometimes far away.
    packet.time = {(time < 250 ? time : time * 1'000'000LL) * 100'000'000LL};
    packet.packet = number;
    packet.source = IpAddress::from_v4(0xc0000201U);
    packet.destination =
        (choices & 0x08U) != 0 ? IpAddress::from_v4(0xe00000fbU) : IpAddress::from_v4(0xc0000202U);
    packet.source_port = 1000;
    packet.destination_port = 53;
    if ((choices & 0x01U) != 0) {
        std::swap(packet.source, packet.destination);
        std::swap(packet.source_port, packet.destination_port);
    }
    packet.transport = (choices & 0x02U) != 0 ? Transport::Tcp : Transport::Udp;
    packet.snapped = (choices & 0x04U) != 0;
    return packet;
}

/// Messages that the events of `out` stand for.
std::uint64_t check_events(const EventBatch& out) {
    std::uint64_t messages = 0;
    for (const DnsTransaction& event : out.dns) {
        const ByteView query = out.bytes.view(event.query_message);
        const ByteView answer = out.bytes.view(event.response_message);
        const ByteView qname = out.bytes.view(event.qname);
        VEDETTE_ASSERT(event.has_query() || event.has_response());
        VEDETTE_ASSERT((event.kind == TransactionKind::Matched) ==
                       (event.has_query() && event.has_response()));
        VEDETTE_ASSERT(qname.empty() || wire::dns::is_wire_name(qname));
        VEDETTE_ASSERT(query.size() <= event.query_bytes && answer.size() <= event.response_bytes);
        messages += (event.has_query() ? 1U : 0U) + event.answer_messages;
    }
    return messages;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Identity identity;
    TraceCounts counts;
    DnsTrackerLimits limits;
    limits.max_pending = 8;
    limits.max_pending_bytes = 2048;
    limits.hash_seed = 1;
    limits.sightings = true;
    DnsTracker tracker(identity, counts, limits);
    EventBatch out;
    std::uint64_t sent = 0;
    wire::Reader in{ByteView(data, size)};
    while (in.remaining() > 4) {
        const std::uint8_t choices = in.u8();
        const std::uint8_t time = in.u8();
        const std::size_t length = std::min<std::size_t>(in.u16(), in.remaining());
        const auto protocol = static_cast<DnsProtocol>(choices >> 4U & 3U);
        tracker.on_message(packet_of(choices, time, ++sent), protocol, in.bytes(length), out);
    }
    tracker.flush(out);
    VEDETTE_ASSERT(check_events(out) == sent);
    VEDETTE_ASSERT(out.sightings.size() == sent);
    VEDETTE_ASSERT(counts.matched + counts.unanswered + counts.orphans + counts.one_way ==
                   out.dns.size());
    return 0;
}
