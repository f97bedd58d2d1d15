#include "decode/dhcp_events.hpp"

#include <algorithm>

#include "render/name_text.hpp"
#include "wire/dhcp/domain.hpp"
#include "wire/dhcp/option_values.hpp"

namespace vedette::decode {
namespace {

namespace dhcp = wire::dhcp;

enum Option4 : std::uint8_t {
    kSubnetMask = 1,
    kRouters = 3,
    kDnsServers = 6,
    kHostName = 12,
    kDomainName = 15,
    kRequestedAddress = 50,
    kLeaseTime = 51,
    kServerIdentifier = 54,
    kParameters = 55,
    kText = 56,
    kRenewalTime = 58,
    kRebindingTime = 59,
    kVendorClass = 60,
    kClientIdentifier = 61,
    kBootFile = 67,
    kClientFqdn = 81,
    kAgentInformation = 82,
    kCaptivePortal = 114,
};
constexpr std::uint8_t kCircuitId = 1;
constexpr std::uint8_t kRemoteId = 2;

enum Option6 : std::uint16_t {
    kClientDuid = 1,
    kServerDuid = 2,
    kOptionRequest = 6,
    kVendorClass6 = 16,
    kDnsServers6 = 23,
    kDomainSearch6 = 24,
    kClientFqdn6 = 39,
    kBootFileUrl6 = 59,
    kCaptivePortal6 = 103,
};
constexpr std::size_t kEnterpriseBytes = 4;

/// The value's place in the event's message when it stands there, else a copy.
[[nodiscard]] ByteSlice keep(ByteView value, const DhcpMessage& event, ByteView payload,
                             EventBatch& out) {
    if (value.empty()) return {};
    const std::less_equal<> not_after;
    if (not_after(payload.data(), value.data()) &&
        not_after(value.data() + value.size(), payload.data() + payload.size())) {
        return event.message.part(static_cast<std::uint32_t>(value.data() - payload.data()),
                                  static_cast<std::uint32_t>(value.size()));
    }
    return out.bytes.append(value);
}

/// Text options should not be NUL-terminated, but Windows does it (RFC 2132 section 2).
[[nodiscard]] ByteView without_nuls(ByteView text) noexcept {
    while (!text.empty() && text.back() == 0)
        text = text.first(text.size() - 1);
    return text;
}
[[nodiscard]] ByteView up_to_nul(ByteView field) noexcept {
    const auto nul = std::ranges::find(field, std::uint8_t{0});
    return field.first(static_cast<std::size_t>(nul - field.begin()));
}

[[nodiscard]] IpAddress address_of(std::uint32_t host_order) noexcept {
    return host_order == 0 ? IpAddress{} : IpAddress::from_v4(host_order);
}

[[nodiscard]] bool is_ethernet(const dhcp::Header4& header) noexcept {
    return (header.htype == 1 || header.htype == 6) && header.hlen == 6 &&
           header.chaddr.size() >= 6;
}

/// Who the client is, and how that is known. The frame proves it on the client's own segment; a
/// relay that adds option 82 vouches for it; else DHCP's own word stands (Lease).
void fill_client_v4(DhcpMessage& event, const PacketContext& packet, const dhcp::MessageView4& view,
                    ByteView agent) {
    const dhcp::Header4& header = view.header();
    const MacAddress hardware =
        is_ethernet(header) ? MacAddress::from_bytes(header.chaddr) : MacAddress{};
    const bool link = packet.has_link && !packet.tunneled && header.giaddr == 0;
    const MacAddress& near = header.op == 2 ? packet.link_destination : packet.link_source;
    if (!hardware.is_zero() && !hardware.is_group()) {
        event.client_mac = hardware;
        event.mac_source = link && near == hardware ? MacSource::Link
                           : agent.empty()          ? MacSource::Lease
                                                    : MacSource::Option82;
        return;
    }
    const ByteView by_id = dhcp::mac_of_client_id(view.first_piece(kClientIdentifier));
    const ByteView remote = dhcp::find_suboption(agent, kRemoteId);
    if (!by_id.empty()) {
        event.client_mac = MacAddress::from_bytes(by_id);
        event.mac_source = MacSource::Lease;
    } else if (remote.size() == 6) {
        event.client_mac = MacAddress::from_bytes(remote);
        event.mac_source = MacSource::Option82;
    } else if (link && !near.is_group() && !near.is_zero()) {
        event.client_mac = near;
        event.mac_source = MacSource::Link;
    }
}

void fill_packet(DhcpMessage& event, const PacketContext& packet) {
    event.time = packet.time;
    event.link_source = packet.link_source;
    event.link_destination = packet.link_destination;
    event.source = packet.source;
    event.destination = packet.destination;
    event.source_port = packet.source_port;
    event.destination_port = packet.destination_port;
    event.vlan = packet.vlan;
    event.packet = packet.packet;
    event.interface = packet.interface;
}

/// On the client's own segment the frame proves the MAC; next best is what the relay beside the
/// client saw (RFC 6939); a DUID only tells some card of the machine.
void fill_client_v6(DhcpMessage& event, const PacketContext& packet,
                    const dhcp::MessageView6& view) {
    const bool server = is_server_type6(view.type());
    const MacAddress& near = server ? packet.link_destination : packet.link_source;
    const IpAddress& address = server ? packet.destination : packet.source;
    const bool direct = packet.has_link && !packet.tunneled && view.relays() == 0 &&
                        address.is_link_local() && !near.is_group() && !near.is_zero();
    const ByteView relayed = view.client_link_mac();
    const ByteView by_duid = dhcp::Duid::of(view.find(kClientDuid)).mac;
    if (direct) {
        event.client_mac = near;
        event.mac_source = MacSource::Link;
    } else if (!relayed.empty()) {
        event.client_mac = MacAddress::from_bytes(relayed);
        event.mac_source = MacSource::Option82;
    } else if (!by_duid.empty()) {
        event.client_mac = MacAddress::from_bytes(by_duid);
        event.mac_source = MacSource::Lease;
    }
}

}  // namespace

bool is_server_type6(std::uint8_t type) noexcept {
    // Advertise, Reply, Reconfigure, Relay-Reply, Leasequery-Reply/Done/Data, DHCPv4-Response.
    return type == 2 || type == 7 || type == 10 || type == 13 || (type >= 15 && type <= 17) ||
           type == 21;
}

DhcpMessage& DhcpEvents::add_v4(const PacketContext& packet, ByteView payload,
                                const dhcp::MessageView4& view, EventBatch& out) {
    DhcpMessage& event = out.dhcp.emplace_back();
    fill_packet(event, packet);
    const dhcp::Header4& header = view.header();
    event.op = header.op;
    event.type = view.type();
    event.transaction_id = header.xid;
    event.damage = view.damage();
    event.client_ip = address_of(header.ciaddr);
    event.your_ip = address_of(header.yiaddr);
    event.relay_ip = address_of(header.giaddr);
    event.requested_ip = address_of(view.number(kRequestedAddress));
    event.subnet_mask = address_of(view.number(kSubnetMask));
    event.server_ip = address_of(view.number(kServerIdentifier, header.siaddr));
    if (event.server_ip.is_unspecified() && header.op == 2) event.server_ip = packet.source;
    event.lease_seconds = view.number(kLeaseTime);
    event.renewal_seconds = view.number(kRenewalTime);
    event.rebinding_seconds = view.number(kRebindingTime);
    event.message = out.bytes.append(payload);
    fill_texts_v4(event, view, payload, out);
    const ByteView agent = view.value(kAgentInformation, scratch_);
    event.circuit_id = keep(dhcp::find_suboption(agent, kCircuitId), event, payload, out);
    event.remote_id = keep(dhcp::find_suboption(agent, kRemoteId), event, payload, out);
    fill_client_v4(event, packet, view, agent);
    return event;
}

void DhcpEvents::fill_texts_v4(DhcpMessage& event, const dhcp::MessageView4& view, ByteView payload,
                               EventBatch& out) {
    struct Field {
        std::uint8_t code;
        bool text;
        ByteSlice DhcpMessage::* slice;
    };
    static constexpr Field kFields[] = {
        {kHostName, true, &DhcpMessage::host_name},
        {kDomainName, true, &DhcpMessage::domain},
        {kVendorClass, true, &DhcpMessage::vendor_class},
        {kClientIdentifier, false, &DhcpMessage::client_id},
        {kParameters, false, &DhcpMessage::parameters},
        {kRouters, false, &DhcpMessage::routers},
        {kDnsServers, false, &DhcpMessage::dns_servers},
        {kText, true, &DhcpMessage::text},
        {kBootFile, true, &DhcpMessage::boot_file},
        {kCaptivePortal, true, &DhcpMessage::captive_portal},
    };
    for (const Field& field : kFields) {
        if (!view.has(field.code)) continue;
        const ByteView value = view.value(field.code, scratch_);
        event.*field.slice = keep(field.text ? without_nuls(value) : value, event, payload, out);
    }
    if (event.boot_file.empty() && (view.overload() & 1U) == 0) {
        event.boot_file = keep(up_to_nul(view.header().file), event, payload, out);
    }
    event.client_fqdn = fqdn(view.value(kClientFqdn, scratch_), false, event, payload, out);
}

ByteSlice DhcpEvents::fqdn(ByteView value, bool v6, const DhcpMessage& event, ByteView payload,
                           EventBatch& out) {
    if (value.empty()) return {};
    const auto name =
        v6 ? dhcp::ClientFqdn::of_option39(value) : dhcp::ClientFqdn::of_option81(value);
    if (!name.sound) return {};
    if (!name.wire_form) return keep(without_nuls(name.name), event, payload, out);
    dhcp::DomainCursor cursor(name.name, dhcp::DomainCompression::Forbidden);
    wire::dns::NameBuffer wire_name;
    if (!cursor.next(wire_name)) return {};
    name_.clear();
    render::append_name(name_, wire_name.view());
    if (cursor.partial()) name_.pop_back();  // the dot of a root that was not sent
    return out.bytes.append(std::string_view(name_));
}

DhcpMessage& DhcpEvents::add_v6(const PacketContext& packet, ByteView payload,
                                const dhcp::MessageView6& view, EventBatch& out) {
    DhcpMessage& event = out.dhcp.emplace_back();
    fill_packet(event, packet);
    event.v6 = true;
    event.type = view.type();
    event.transaction_id = view.transaction_id();
    event.damage = view.damage();
    event.relay_ip = IpAddress::from_bytes(view.relay_link());
    event.status = view.status();
    if (is_server_type6(view.type())) event.server_ip = packet.source;
    fill_bindings_v6(event, view);
    event.message = out.bytes.append(payload);
    const auto slice = [&](ByteView value) { return keep(value, event, payload, out); };
    event.client_id = slice(view.find(kClientDuid));
    event.server_id = slice(view.find(kServerDuid));
    event.parameters = slice(view.find(kOptionRequest));
    event.dns_servers = slice(view.find(kDnsServers6));
    event.boot_file = slice(view.find(kBootFileUrl6));
    event.captive_portal = slice(view.find(kCaptivePortal6));
    event.text = slice(view.status_text());
    event.circuit_id = slice(view.interface_id());
    event.remote_id = slice(view.remote_id());
    if (const ByteView vendor = view.find(kVendorClass6); vendor.size() > kEnterpriseBytes) {
        dhcp::PartCursor parts(vendor.subspan(kEnterpriseBytes));
        if (ByteView first; parts.next(first)) event.vendor_class = slice(first);
    }
    event.client_fqdn = fqdn(view.find(kClientFqdn6), true, event, payload, out);
    dhcp::DomainCursor domains(view.find(kDomainSearch6), dhcp::DomainCompression::Forbidden);
    if (wire::dns::NameBuffer first; domains.next(first)) {
        name_.clear();
        render::append_name(name_, first.view());
        event.domain = out.bytes.append(std::string_view(name_));
    }
    fill_client_v6(event, packet, view);
    return event;
}

void DhcpEvents::fill_bindings_v6(DhcpMessage& event, const dhcp::MessageView6& view) {
    dhcp::BindingCursor cursor = view.bindings();
    dhcp::Binding binding;
    if (!cursor.next(binding)) return;
    const IpAddress address = IpAddress::from_bytes(binding.address);
    (is_server_type6(view.type()) ? event.your_ip : event.client_ip) = address;
    event.lease_seconds = binding.valid_seconds;
    event.renewal_seconds = binding.renewal_seconds;
    event.rebinding_seconds = binding.rebinding_seconds;
    if (binding.kind == dhcp::BindingKind::Prefix) event.prefix_length = binding.prefix_length;
}

}  // namespace vedette::decode
