#include "wire/link/link.hpp"

#include <algorithm>

#include "wire/link/steps.hpp"

namespace vedette::wire::link {
namespace {

struct LinkKind {
    std::uint16_t type;
    Step step;
};

/// LINKTYPE_ numbers of https://www.tcpdump.org/linktypes.html, and the DLT_ numbers that old files
/// carry in their place. Sorted by type.
constexpr LinkKind kLinks[] = {
    {0, bsd_loopback},                  // NULL
    {1, ethernet},                      // ETHERNET
    {6, token_ring},                    // IEEE802_5
    {8, bsd_slip},                      // SLIP
    {9, ppp},                           // PPP
    {10, fddi},                         // FDDI
    {12, ip_by_version},                // DLT_RAW
    {14, ip_by_version},                // DLT_RAW of OpenBSD
    {50, ppp},                          // PPP_HDLC
    {51, pppoe},                        // PPP_ETHER
    {100, atm_llc},                     // ATM_RFC1483
    {101, ip_by_version},               // RAW
    {104, cisco_hdlc},                  // C_HDLC
    {105, wifi},                        // IEEE802_11
    {107, frame_relay},                 // FRELAY
    {108, bsd_loopback},                // LOOP
    {109, bsd_encrypted},               // ENC
    {113, linux_cooked},                // LINUX_SLL
    {117, packet_filter_log},           // PFLOG
    {119, prism},                       // IEEE802_11_PRISM
    {122, fibre_channel_ip},            // IP_OVER_FC
    {123, sun_atm},                     // SUNATM
    {127, radiotap},                    // IEEE802_11_RADIOTAP
    {138, firewire_ip},                 // APPLE_IP_OVER_IEEE1394
    {163, avs},                         // IEEE802_11_AVS
    {166, ppp_with_direction},          // PPP_PPPD
    {192, ppi},                         // PPI
    {204, ppp_with_direction},          // PPP_WITH_DIR
    {205, cisco_hdlc_with_direction},   // C_HDLC_WITH_DIR
    {206, frame_relay_with_direction},  // FRELAY_WITH_DIR
    {219, mpls_link},                   // MPLS
    {228, ip_by_version},               // IPV4
    {229, ipv6_only},                   // IPV6
    {239, nflog},                       // NFLOG
    {240, analyzer},                    // NETANALYZER
    {241, analyzer_transparent},        // NETANALYZER_TRANSPARENT
    {242, infiniband_ip},               // IPOIB
    {258, pktap},                       // PKTAP
    {274, mpacket},                     // ETHERNET_MPACKET
    {276, linux_cooked_v2},             // LINUX_SLL2
};
static_assert(std::ranges::is_sorted(kLinks, {}, &LinkKind::type));

/// A PKTAP in a PPI in a PKTAP is not a network; four headers are more than any tool writes.
constexpr unsigned kMaxLinkHeaders = 4;

Next next_link(Cursor& cursor, unsigned& headers) noexcept {
    const Step step = find_link(cursor.link_type);
    const bool too_many = ++headers > kMaxLinkHeaders;
    if (step != nullptr && !too_many) return step(cursor);
    cursor.view.damage.report(too_many ? AnomalyId::LinkTooManyTags : AnomalyId::LinkUnknownType,
                              cursor.reader.offset());
    return Next::Nothing;
}

// After a failure the reader stands in front of the bytes it missed.
void note_header(Cursor& cursor) noexcept {
    Reader left = cursor.reader;
    const ByteView rest = left.rest();
    // A span keeps its place even when it is empty.
    const std::size_t read = left.ok() ? static_cast<std::size_t>(rest.data() - cursor.frame_start)
                                       : cursor.reader.failure_offset();
    cursor.identities->header_bytes = static_cast<std::uint32_t>(read);
}

/// Runs steps until one says what the payload is. Ends because every step either consumes bytes,
/// finishes, or counts towards kMaxTags or kMaxLinkHeaders.
LinkView run(Cursor& cursor, Next next) noexcept {
    unsigned headers = 0;
    while (next != Next::Done && next != Next::Nothing) {
        switch (next) {
            case Next::LinkType:
                next = next_link(cursor, headers);
                break;
            case Next::EtherType:
                next = ether_type(cursor);
                break;
            case Next::LengthOrType:
                next = length_or_type(cursor);
                break;
            case Next::Llc:
                next = llc(cursor);
                break;
            case Next::Ppp:
                next = ppp(cursor);
                break;
            case Next::Ip:
                next = ip_by_version(cursor);
                break;
            case Next::Done:
            case Next::Nothing:
                break;
        }
        if (!cursor.reader.ok()) {
            cursor.view.damage.report(AnomalyId::LinkTruncated, cursor.reader.failure_offset());
            next = Next::Nothing;
        }
    }
    if (cursor.identities != nullptr) note_header(cursor);
    cursor.view.last_type = cursor.ether_type;
    if (next == Next::Done) {
        cursor.view.ether_type = cursor.ether_type;
        cursor.view.payload = cursor.reader.rest();
    }
    return cursor.view;
}

}  // namespace

void Cursor::identity(ByteView bytes) noexcept {
    if (identities == nullptr || bytes.empty()) return;
    if (identities->count == identities->places.size()) {
        reader.fail();  // no format has so many; rather lose the packet's content than tell
        return;
    }
    identities->places[identities->count++] = {
        static_cast<std::uint32_t>(bytes.data() - frame_start),
        static_cast<std::uint16_t>(bytes.size())};
}

void Cursor::source(ByteView mac) noexcept {
    if (mac.size() != view.source.size()) return;
    std::ranges::copy(mac, view.source.begin());
    view.has_source = true;
}

void Cursor::destination(ByteView mac) noexcept {
    if (mac.size() != view.destination.size()) return;
    std::ranges::copy(mac, view.destination.begin());
    view.has_destination = true;
}

Step find_link(std::uint16_t link_type) noexcept {
    const auto* kind = std::ranges::lower_bound(kLinks, link_type, {}, &LinkKind::type);
    return kind != std::end(kLinks) && kind->type == link_type ? kind->step : nullptr;
}

namespace {

LinkView link_of(Cursor&& cursor, std::uint16_t link_type) noexcept {
    cursor.link_type = link_type;
    return run(cursor, Next::LinkType);
}

// DA(6) SA(6) length(2) MSDU, padded to a multiple of four except for the last subframe.
LinkView subframe_of(Cursor&& cursor) noexcept {
    const ByteView destination = cursor.reader.bytes(6);
    cursor.identity(destination);
    cursor.destination(destination);
    const ByteView source = cursor.reader.bytes(6);
    cursor.identity(source);
    cursor.source(source);
    const std::size_t length = cursor.reader.u16();
    const ByteView msdu = cursor.reader.bytes(length);
    if (!cursor.reader.ok() || length == 0) {
        cursor.view.damage.report(AnomalyId::LinkTruncated, cursor.reader.failure_offset());
        return cursor.view;
    }
    const std::size_t padding = (4 - (14 + length) % 4) % 4;
    ByteView more;
    if (cursor.reader.remaining() > padding) {
        cursor.reader.skip(padding);
        more = cursor.reader.rest();
    }
    cursor.reader = Reader(msdu);
    LinkView view = run(cursor, Next::Llc);
    view.more = more;
    return view;
}

LinkView ether_type_of(Cursor&& cursor, std::uint16_t ether_type_value) noexcept {
    cursor.ether_type = ether_type_value;
    return run(cursor, Next::EtherType);
}

}  // namespace

LinkView read_link(std::uint16_t link_type, ByteView frame) noexcept {
    return link_of(Cursor(frame), link_type);
}

LinkView read_link(std::uint16_t link_type, ByteView frame, LinkIdentities& identities) noexcept {
    identities = {};
    return link_of(Cursor(frame, &identities), link_type);
}

LinkView read_subframe(ByteView amsdu) noexcept {
    return subframe_of(Cursor(amsdu));
}

LinkView read_subframe(ByteView amsdu, LinkIdentities& identities) noexcept {
    identities = {};
    return subframe_of(Cursor(amsdu, &identities));
}

LinkView read_ether_type(std::uint16_t ether_type_value, ByteView payload) noexcept {
    return ether_type_of(Cursor(payload), ether_type_value);
}

LinkView read_ether_type(std::uint16_t ether_type_value, ByteView payload,
                         LinkIdentities& identities) noexcept {
    identities = {};
    return ether_type_of(Cursor(payload, &identities), ether_type_value);
}

}  // namespace vedette::wire::link
