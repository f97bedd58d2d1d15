// The control protocols of IP in PacketScrub: ICMP, ICMPv6 with neighbour discovery, IGMP and MLD.
#include <algorithm>
#include <array>

#include "captures/anonymize/name_scrub.hpp"
#include "captures/anonymize/packet_scrub.hpp"
#include "wire/icmp/ndp.hpp"
#include "wire/link/link.hpp"
#include "wire/reader/reader.hpp"

namespace vedette::captures {
namespace {

using wire::Reader;
using wire::ip::IpView;

constexpr std::uint16_t kAnyIp = wire::link::kEtherIpv4;  // the version nibble decides

}  // namespace

// type(8) code(8) checksum(16) rest(32) | data: RFC 792. Errors quote the packet they are about.
PacketScrub::Round PacketScrub::icmp(const IpView& view) {
    constexpr std::uint8_t kUnreachable = 3;
    constexpr std::uint8_t kQuench = 4;
    constexpr std::uint8_t kRedirect = 5;
    constexpr std::uint8_t kRouterAdvertisement = 9;
    constexpr std::uint8_t kTimeExceeded = 11;
    constexpr std::uint8_t kParameter = 12;
    checksum(view.payload, 2, wire::ip::kProtoIcmp, view.missing == 0);
    ByteView rest = keep_first(view.payload, 4);
    const std::uint8_t type = view.payload.empty() ? 0 : view.payload[0];
    if (type == kRedirect && rest.size() >= 4) {
        address(rest.first(4));
        rest = rest.subspan(4);
    } else {
        rest = keep_first(rest, 4);
    }
    switch (type) {
        case kUnreachable:
        case kQuench:
        case kRedirect:
        case kTimeExceeded:
        case kParameter:
            if (quoted_) return {};
            quoted_ = true;
            return {kAnyIp, rest};
        case kRouterAdvertisement:
            for (Reader in{rest}; in.remaining() >= 8;) {
                address(in.bytes(4));
                canvas_.keep(in.bytes(4));
            }
            return {};
        case 13:  // timestamp and its reply
        case 14:
            keep_first(rest, 12);
            return {};
        case 17:  // address mask and its reply
        case 18:
            keep_first(rest, 4);
            return {};
        default:
            return {};
    }
}

PacketScrub::Round PacketScrub::icmp6(const IpView& view) {
    constexpr std::uint8_t kLastError = 4;
    constexpr std::uint8_t kListenerQuery = 130;
    constexpr std::uint8_t kListenerDone = 132;
    constexpr std::uint8_t kListenerReport2 = 143;
    const ByteView message = view.payload;
    checksum(message, 2, wire::ip::kProtoIcmp6, view.missing == 0);
    if (message.empty()) return {};
    const std::uint8_t type = message[0];
    if (type >= wire::icmp::kRouterSolicitation && type <= wire::icmp::kRedirect) {
        ndp(message);
        return {};
    }
    const ByteView rest = keep_first(message, 8);
    if (type >= 1 && type <= kLastError && !quoted_) {
        quoted_ = true;
        return {kAnyIp, rest};
    }
    if (type >= kListenerQuery && type <= kListenerDone && rest.size() >= 16) {
        address(rest.first(16));
        addresses(keep_first(rest.subspan(16), 4), 16);  // sources of a version 2 query
    } else if (type == kListenerReport2) {
        multicast_report(rest, 16);
    }
    return {};
}

// RFC 4861 4
void PacketScrub::ndp(ByteView message) {
    const std::uint8_t type = message[0];
    ByteView rest = keep_first(message, type == wire::icmp::kRouterAdvertisement ? 16 : 8);
    const std::size_t targets = type == wire::icmp::kRedirect                ? 2
                                : type >= wire::icmp::kNeighbourSolicitation ? 1
                                                                             : 0;
    const ByteView fixed = rest.first(std::min(rest.size(), targets * 16));
    addresses(fixed, 16);
    ndp_options(rest.subspan(fixed.size()));
}

void PacketScrub::ndp_options(ByteView options) {
    Reader in{options};
    while (in.remaining() >= 2) {
        const std::size_t length = in.peek(1) * std::size_t{8};
        if (length == 0) {
            canvas_.keep(in.bytes(2));
            return;
        }
        ndp_option(in.bytes(std::min(length, in.remaining())));
    }
}

// type(8) length(8, of 8 bytes) ...: RFC 4861 4.6, RFC 4191 2.3, RFC 8106 5
void PacketScrub::ndp_option(ByteView option) {
    switch (option[0]) {
        case 1:  // link-layer addresses
        case 2: {
            const ByteView mac = keep_first(option, 2);
            if (mac.size() == 6) disguise_.mac(mac, canvas_.at(mac));
            return;
        }
        case 3: {  // prefix information
            const ByteView prefix = keep_first(option, 16);
            if (prefix.size() < 16) return;
            const ByteView whole = prefix.first(16);
            disguise_.addresses().map_prefix(whole, option[2], canvas_.at(whole));
            return;
        }
        case 5:  // MTU
            canvas_.keep(option);
            return;
        case 24: {  // route information: a prefix of 0, 8 or 16 bytes
            const ByteView prefix = keep_first(option, 8);
            std::array<std::uint8_t, 16> whole{};
            std::array<std::uint8_t, 16> mapped{};
            if (option.size() < 3 || prefix.size() > whole.size()) return;
            std::ranges::copy(prefix, whole.begin());
            disguise_.addresses().map_prefix(whole, option[2], mapped);
            std::copy_n(mapped.begin(), prefix.size(), canvas_.at(prefix).begin());
            return;
        }
        case 25:  // recursive servers
            addresses(keep_first(option, 8), 16);
            return;
        case 31:  // search list
            scrub_name_list(canvas_, keep_first(option, 8), disguise_);
            return;
        default:
            keep_first(option, 2);
            return;
    }
}

// type(8) auxiliary words(8) sources(16) group, sources, auxiliary data: RFC 3376 4.2, RFC 3810 5.2
void PacketScrub::multicast_report(ByteView records, std::size_t address_bytes) {
    Reader in{records};
    while (in.remaining() >= 4 + address_bytes) {
        const ByteView head = in.bytes(4);
        canvas_.keep(head);
        const std::size_t sources = std::size_t{head[2]} << 8U | head[3];
        const std::size_t wanted = (1 + sources) * address_bytes;
        addresses(in.bytes(std::min(wanted, in.remaining())), address_bytes);
        in.skip(std::min<std::size_t>(head[1] * std::size_t{4}, in.remaining()));
    }
}

// type(8) code(8) checksum(16) group(32): RFC 2236; reports of RFC 3376 count records instead
void PacketScrub::igmp(const IpView& view) {
    constexpr std::uint8_t kReport3 = 0x22;
    checksum(view.payload, 2, 0, view.missing == 0);
    ByteView rest = keep_first(view.payload, 4);
    if (rest.size() < 4) return;
    if (view.payload[0] == kReport3) {
        multicast_report(keep_first(rest, 4), 4);
        return;
    }
    address(rest.first(4));
    addresses(keep_first(rest.subspan(4), 4), 4);
}

}  // namespace vedette::captures
