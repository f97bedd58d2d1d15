// The words for the model's enumerations, as stores, logs and filters spell them.
#include <array>

#include "model/alert.hpp"
#include "model/dhcp_message.hpp"
#include "model/dns_transaction.hpp"

namespace vedette {
namespace {

template <std::size_t N, typename Enum>
std::string_view pick(const std::array<std::string_view, N>& names, Enum value) noexcept {
    const auto index = static_cast<std::size_t>(value);
    return index < N ? names[index] : std::string_view("unknown");
}

// RFC 2132 9.6 and the IANA registry (RFC 3203, 4388, 6926, 7724).
constexpr std::array<std::string_view, 19> kDhcp4{"BOOTP",
                                                  "Discover",
                                                  "Offer",
                                                  "Request",
                                                  "Decline",
                                                  "ACK",
                                                  "NAK",
                                                  "Release",
                                                  "Inform",
                                                  "Force-Renew",
                                                  "Lease-Query",
                                                  "Lease-Unassigned",
                                                  "Lease-Unknown",
                                                  "Lease-Active",
                                                  "Bulk-Lease-Query",
                                                  "Lease-Query-Done",
                                                  "Active-Lease-Query",
                                                  "Lease-Query-Status",
                                                  "TLS"};
// RFC 8415 7.3 and the IANA registry (RFC 5007, 5460, 6977, 7341, 7653, 8156).
constexpr std::array<std::string_view, 37> kDhcp6{"Reserved",
                                                  "Solicit",
                                                  "Advertise",
                                                  "Request",
                                                  "Confirm",
                                                  "Renew",
                                                  "Rebind",
                                                  "Reply",
                                                  "Release",
                                                  "Decline",
                                                  "Reconfigure",
                                                  "Information-Request",
                                                  "Relay-Forward",
                                                  "Relay-Reply",
                                                  "Lease-Query",
                                                  "Lease-Query-Reply",
                                                  "Lease-Query-Done",
                                                  "Lease-Query-Data",
                                                  "Reconfigure-Request",
                                                  "Reconfigure-Reply",
                                                  "DHCPv4-Query",
                                                  "DHCPv4-Response",
                                                  "Active-Lease-Query",
                                                  "Start-TLS",
                                                  "Binding-Update",
                                                  "Binding-Reply",
                                                  "Pool-Request",
                                                  "Pool-Response",
                                                  "Update-Request",
                                                  "Update-Request-All",
                                                  "Update-Done",
                                                  "Connect",
                                                  "Connect-Reply",
                                                  "Disconnect",
                                                  "State",
                                                  "Contact",
                                                  "Addr-Reg-Inform"};

}  // namespace

std::string_view to_text(Transport transport) noexcept {
    static constexpr std::array<std::string_view, 7> kNames{"udp", "tcp",      "dot",  "doh",
                                                            "doq", "dnscrypt", "other"};
    return pick(kNames, transport);
}

std::string_view to_text(DnsProtocol protocol) noexcept {
    static constexpr std::array<std::string_view, 4> kNames{"dns", "mdns", "llmnr", "nbns"};
    return pick(kNames, protocol);
}

std::string_view to_text(TransactionKind kind) noexcept {
    static constexpr std::array<std::string_view, 4> kNames{"matched", "unanswered", "orphan",
                                                            "one-way"};
    return pick(kNames, kind);
}

std::string_view to_text(MacSource source) noexcept {
    static constexpr std::array<std::string_view, 7> kNames{"unknown", "link", "lease",   "arp",
                                                            "ndp",     "edns", "option82"};
    return pick(kNames, source);
}

std::string_view to_text(LeaseState state) noexcept {
    static constexpr std::array<std::string_view, 6> kNames{"offered", "bound",    "released",
                                                            "expired", "declined", "refused"};
    return pick(kNames, state);
}

std::string_view to_text(AlertState state) noexcept {
    static constexpr std::array<std::string_view, 3> kNames{"open", "acknowledged", "ended"};
    return pick(kNames, state);
}

std::string_view to_text(AlertChange change) noexcept {
    static constexpr std::array<std::string_view, 5> kNames{"new", "continued", "ended", "muted",
                                                            "returned"};
    return pick(kNames, change);
}

std::string_view dhcp_type_text(DhcpType type, bool v6) noexcept {
    return v6 ? pick(kDhcp6, type) : pick(kDhcp4, type);
}

}  // namespace vedette
