// One DNS exchange as an owned event: the query, its answer, who asked. Everything of variable
// length is a slice of the batch's arena, so a million events cost no allocation.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "model/address.hpp"
#include "wire/anomaly/anomaly.hpp"

namespace vedette {

enum class Transport : std::uint8_t { Udp, Tcp, Dot, Doh, Doq, DnsCrypt, Other };
enum class DnsProtocol : std::uint8_t { Dns, Mdns, Llmnr, Nbns };

/// What the event is made of. An AXFR stream is one Matched event per query; its answer messages
/// are counted in `answer_messages`.
enum class TransactionKind : std::uint8_t {
    Matched,     ///< a query and its answer
    Unanswered,  ///< a query whose answer did not come within the timeout or the capture
    Orphan,      ///< an answer whose query was not seen
    OneWay,      ///< multicast and other messages that are never paired; `response` tells which
};

/// How client_mac is known; never a guess (see decode/identity).
enum class MacSource : std::uint8_t { Unknown, Link, Lease, Arp, Ndp, Edns, Option82 };

[[nodiscard]] std::string_view to_text(Transport transport) noexcept;
[[nodiscard]] std::string_view to_text(DnsProtocol protocol) noexcept;
[[nodiscard]] std::string_view to_text(TransactionKind kind) noexcept;
[[nodiscard]] std::string_view to_text(MacSource source) noexcept;

/// Set bits of DnsTransaction::marks: what EDNS and decoding found, for cheap filters.
struct DnsMarks {
    static constexpr std::uint16_t kQueryEdns = 1U << 0U;
    static constexpr std::uint16_t kQueryDo = 1U << 1U;
    static constexpr std::uint16_t kEcs = 1U << 2U;
    static constexpr std::uint16_t kCookie = 1U << 3U;
    static constexpr std::uint16_t kResponseEdns = 1U << 4U;
    static constexpr std::uint16_t kMultiQuestion = 1U << 5U;
    static constexpr std::uint16_t kFragmented = 1U << 6U;       ///< rebuilt from IP fragments
    static constexpr std::uint16_t kTunneled = 1U << 7U;         ///< inside GRE, VXLAN, ...
    static constexpr std::uint16_t kUnicastReply = 1U << 8U;     ///< mDNS QU bit
    static constexpr std::uint16_t kTransfer = 1U << 9U;         ///< AXFR or IXFR
    static constexpr std::uint16_t kPolicyBanned = 1U << 10U;    ///< the resolver, by a policy list
    static constexpr std::uint16_t kPolicyUnlisted = 1U << 11U;  ///< it is not on the allow list
    static constexpr std::uint16_t kClientBanned = 1U << 12U;    ///< the client's MAC address
    static constexpr std::uint16_t kClientUnlisted = 1U << 13U;
    static constexpr std::uint16_t kPolicy =
        kPolicyBanned | kPolicyUnlisted | kClientBanned | kClientUnlisted;
};

/// Shapes: ports host order, sizes in bytes of the DNS message without transport framing, flags as
/// the 16 bits of RFC 1035 4.1.1 including opcode and rcode.
struct DnsTransaction {
    Timestamp query_time;     ///< kNever for Orphan and one-way answers
    Timestamp response_time;  ///< kNever for Unanswered and one-way queries
    IpAddress client;         ///< who asked (for an orphan: the answer's destination)
    IpAddress server;
    MacAddress client_mac;   ///< valid when mac_source != Unknown
    MacAddress link_source;  ///< of the frame that carried the query (else the answer)
    MacAddress link_destination;
    std::uint16_t client_port = 0;
    std::uint16_t server_port = 0;
    std::uint16_t vlan = 0;  ///< outermost VLAN id, 0 when untagged
    std::uint16_t id = 0;
    std::uint16_t qtype = 0;
    std::uint16_t qclass = 0;
    std::uint16_t query_flags = 0;
    std::uint16_t response_flags = 0;
    std::uint16_t rcode = 0;        ///< extended with EDNS's upper bits; valid when answered
    std::uint16_t marks = 0;        ///< DnsMarks
    std::uint32_t query_bytes = 0;  ///< original size; the slice may be shorter when cut
    std::uint32_t response_bytes = 0;
    std::uint32_t answer_messages = 0;  ///< 1 for an ordinary answer, n for a transfer
    std::uint32_t interface = 0;
    std::uint64_t query_packet = 0;  ///< 1-based number in the source, 0 when absent
    std::uint64_t response_packet = 0;
    Transport transport = Transport::Udp;
    DnsProtocol protocol = DnsProtocol::Dns;
    TransactionKind kind = TransactionKind::OneWay;
    MacSource mac_source = MacSource::Unknown;
    wire::Damage query_damage;
    wire::Damage response_damage;
    ByteSlice qname;             ///< first question's name in wire form, case kept, uncompressed;
                                 ///< empty when there is no readable question (root is one 0 byte)
    ByteSlice query_message;     ///< the whole DNS message as captured
    ByteSlice response_message;  ///< first answer message
    ByteSlice client_host;       ///< host name by DHCP at that moment, text

    [[nodiscard]] bool has_query() const noexcept { return query_time.known(); }
    [[nodiscard]] bool has_response() const noexcept { return response_time.known(); }
    /// When it happened: the query's time, else the answer's.
    [[nodiscard]] Timestamp time() const noexcept {
        return query_time.known() ? query_time : response_time;
    }
    /// Answer minus query; zero unless Matched.
    [[nodiscard]] Duration latency() const noexcept {
        return kind == TransactionKind::Matched ? response_time - query_time : Duration{};
    }
    [[nodiscard]] std::uint8_t opcode() const noexcept {
        const std::uint16_t flags = has_query() ? query_flags : response_flags;
        return static_cast<std::uint8_t>(flags >> 11U & 0xfU);
    }
    /// The first thing found wrong in either message.
    [[nodiscard]] wire::Damage damage() const noexcept {
        return query_damage ? query_damage : response_damage;
    }
};

}  // namespace vedette
