#include "decode/port_table.hpp"

namespace vedette::decode {
namespace {

struct PortService {
    std::uint16_t port;
    Service service;
};

/// IANA's port registry.
constexpr PortService kServices[] = {
    {67, Service::Dhcp},   {68, Service::Dhcp},   {137, Service::Nbns},  {546, Service::Dhcp6},
    {547, Service::Dhcp6}, {4011, Service::Dhcp}, {5353, Service::Mdns}, {5355, Service::Llmnr},
};

}  // namespace

PortTable::PortTable(std::span<const std::uint16_t> dns_ports) {
    for (std::uint32_t port = 0; port <= UINT16_MAX; ++port) {
        const auto number = static_cast<std::uint16_t>(port);
        if (wire::ip::tunnel_of_udp_port(number) != wire::ip::Tunnel::None) {
            services_[port] = Service::Tunnel;
        }
    }
    for (const PortService& entry : kServices)
        services_[entry.port] = entry.service;
    // The user's word stands above the registry's.
    for (const std::uint16_t port : dns_ports)
        services_[port] = Service::Dns;
}

}  // namespace vedette::decode
