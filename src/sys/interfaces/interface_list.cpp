#include "sys/interfaces/interface_list.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <linux/wireless.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <bit>
#include <fstream>
#include <memory>
#include <sstream>
#include <utility>

#include "sys/capture/live_link.hpp"
#include "sys/os/descriptor.hpp"
#include "sys/os/error.hpp"

namespace vedette::sys {
namespace {

constexpr std::uint16_t kHardwareLoopback = 772;  // ARPHRD_LOOPBACK
constexpr std::uint16_t kEthernet = 1;            // LINKTYPE_ETHERNET

/// What drivers call themselves.
struct DriverRow {
    std::string_view driver;
    InterfaceKind kind;
};
constexpr std::array<DriverRow, 8> kDrivers{{
    {"bridge", InterfaceKind::Bridge},
    {"802.1Q VLAN Support", InterfaceKind::Vlan},
    {"veth", InterfaceKind::Virtual},
    {"dummy", InterfaceKind::Virtual},
    {"bonding", InterfaceKind::Virtual},
    {"team", InterfaceKind::Virtual},
    {"macvlan", InterfaceKind::Virtual},
    {"tun", InterfaceKind::Virtual},  // a TAP; a TUN has no Ethernet frames and is told by its link
}};

ifreq request_for(const std::string& name) noexcept {
    ifreq request{};
    name.copy(request.ifr_name, sizeof request.ifr_name - 1);
    return request;
}

std::string driver_of(int socket, const std::string& name) {
    ethtool_drvinfo driver{};
    driver.cmd = ETHTOOL_GDRVINFO;
    ifreq request = request_for(name);
    request.ifr_data = reinterpret_cast<char*>(&driver);
    return ::ioctl(socket, SIOCETHTOOL, &request) == 0 ? driver.driver : "";
}

bool is_wireless(int socket, const std::string& name) noexcept {
    iwreq request{};
    name.copy(request.ifr_name, sizeof request.ifr_name - 1);
    return ::ioctl(socket, SIOCGIWNAME, &request) == 0;
}

InterfaceKind kind_of(int socket, const std::string& name, std::uint16_t hardware) {
    if (hardware == kHardwareLoopback) return InterfaceKind::Loopback;
    if (live_link(hardware).link_type != kEthernet) return InterfaceKind::Tunnel;
    if (is_wireless(socket, name)) return InterfaceKind::Wireless;
    const std::string driver = driver_of(socket, name);
    for (const DriverRow& row : kDrivers) {
        if (row.driver == driver) return row.kind;
    }
    return InterfaceKind::Ethernet;
}

std::uint32_t mtu_of(int socket, const std::string& name) noexcept {
    ifreq request = request_for(name);
    return ::ioctl(socket, SIOCGIFMTU, &request) == 0 ? static_cast<std::uint32_t>(request.ifr_mtu)
                                                      : 0;
}

InterfaceState state_of(unsigned flags) noexcept {
    if ((flags & IFF_UP) == 0) return InterfaceState::Down;
    return (flags & IFF_RUNNING) != 0 ? InterfaceState::Up : InterfaceState::NoCarrier;
}

/// The link-layer entry of an interface, of which there is one each.
InterfaceStatus read_link(int socket, const ifaddrs& entry) {
    const auto& link = *reinterpret_cast<const sockaddr_ll*>(entry.ifa_addr);
    InterfaceStatus status;
    status.name = entry.ifa_name;
    status.index = static_cast<std::uint32_t>(link.sll_ifindex);
    status.state = state_of(entry.ifa_flags);
    status.kind = kind_of(socket, status.name, link.sll_hatype);
    status.link_type = live_link(link.sll_hatype).link_type;
    status.mtu = mtu_of(socket, status.name);
    status.promiscuous = (entry.ifa_flags & IFF_PROMISC) != 0;
    if (link.sll_halen == 6 && status.kind != InterfaceKind::Loopback) {
        const auto* mac = link.sll_addr;
        status.mac = fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", mac[0], mac[1],
                                 mac[2], mac[3], mac[4], mac[5]);
    }
    if (entry.ifa_data != nullptr) {
        const auto& counters = *static_cast<const rtnl_link_stats*>(entry.ifa_data);
        status.received_packets = counters.rx_packets;
        status.received_bytes = counters.rx_bytes;
    }
    return status;
}

int prefix_length(const void* mask, std::size_t bytes) noexcept {
    const auto* octets = static_cast<const std::uint8_t*>(mask);
    int length = 0;
    for (std::size_t i = 0; i < bytes; ++i)
        length += std::popcount(octets[i]);
    return length;
}

/// "192.0.2.1/24"; empty for other families.
std::string address_of(const ifaddrs& entry) {
    const int family = entry.ifa_addr->sa_family;
    const bool v6 = family == AF_INET6;
    if ((family != AF_INET && !v6) || entry.ifa_netmask == nullptr) return {};
    const auto part = [v6](const sockaddr* address) -> const void* {
        if (v6) return &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
        return &reinterpret_cast<const sockaddr_in*>(address)->sin_addr;
    };
    std::array<char, INET6_ADDRSTRLEN> text{};
    ::inet_ntop(family, part(entry.ifa_addr), text.data(), text.size());
    return fmt::format("{}/{}", text.data(), prefix_length(part(entry.ifa_netmask), v6 ? 16 : 4));
}

/// Names of interfaces with a default route: /proc/net/route and ipv6_route.
std::vector<std::string> default_routes() {
    std::vector<std::string> names;
    std::string line;
    std::ifstream v4("/proc/net/route");
    while (std::getline(v4, line)) {
        std::istringstream fields(line);
        std::string name;
        std::string destination;
        if (fields >> name >> destination && destination == "00000000") names.push_back(name);
    }
    std::ifstream v6("/proc/net/ipv6_route");
    while (std::getline(v6, line)) {
        std::istringstream fields(line);
        std::array<std::string, 10> column;
        for (std::string& text : column)
            fields >> text;
        const bool everywhere = column[0] == std::string(32, '0') && column[1] == "00";
        if (everywhere && column[9] != "lo") names.push_back(column[9]);
    }
    return names;
}

}  // namespace

std::string_view to_text(InterfaceState state) noexcept {
    constexpr std::array<std::string_view, 3> kTexts{"down", "no carrier", "up"};
    return kTexts[static_cast<std::size_t>(state)];
}

std::string_view to_text(InterfaceKind kind) noexcept {
    constexpr std::array<std::string_view, 7> kTexts{"ethernet", "wireless", "loopback", "bridge",
                                                     "vlan",     "virtual",  "tunnel"};
    return kTexts[static_cast<std::size_t>(kind)];
}

Result<std::vector<InterfaceStatus>> list_interfaces() {
    ifaddrs* entries = nullptr;
    if (::getifaddrs(&entries) != 0) return fail_errno("cannot list the interfaces");
    const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(entries, &::freeifaddrs);
    const Descriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const std::vector<std::string> routes = default_routes();
    std::vector<InterfaceStatus> interfaces;
    for (const ifaddrs* entry = entries; entry != nullptr; entry = entry->ifa_next) {
        if (entry->ifa_addr == nullptr || entry->ifa_addr->sa_family != AF_PACKET) continue;
        interfaces.push_back(read_link(socket.get(), *entry));
        interfaces.back().default_route =
            std::ranges::find(routes, entry->ifa_name) != routes.end();
    }
    for (const ifaddrs* entry = entries; entry != nullptr; entry = entry->ifa_next) {
        if (entry->ifa_addr == nullptr) continue;
        std::string address = address_of(*entry);
        const auto owner_of =
            std::ranges::find(interfaces, std::string(entry->ifa_name), &InterfaceStatus::name);
        if (!address.empty() && owner_of != interfaces.end()) {
            owner_of->addresses.push_back(std::move(address));
        }
    }
    std::ranges::sort(interfaces, {}, &InterfaceStatus::index);
    return interfaces;
}

std::string_view sight_of(const InterfaceStatus& interface) noexcept {
    switch (interface.kind) {
        case InterfaceKind::Loopback:
            return "only what this machine says to itself";
        case InterfaceKind::Wireless:
            return "this machine and broadcasts; other stations' traffic does not arrive here";
        case InterfaceKind::Bridge:
            return "this machine and everybody whose traffic crosses the bridge to it";
        case InterfaceKind::Tunnel:
            return "everybody behind the tunnel, but without MAC addresses";
        case InterfaceKind::Vlan:
            return "one VLAN of the interface below it";
        case InterfaceKind::Virtual:
            return "the machine or container at its other end";
        case InterfaceKind::Ethernet:
            break;
    }
    if (interface.addresses.empty() && interface.state == InterfaceState::Up) {
        return "no address: looks like a mirror (SPAN) port, which sees everybody";
    }
    return "this machine and broadcasts; for everybody, use a mirror (SPAN) port or the router";
}

const InterfaceStatus* best_to_watch(const std::vector<InterfaceStatus>& interfaces) noexcept {
    const auto rank = [](const InterfaceStatus& interface) {
        if (interface.state != InterfaceState::Up) return 0;
        if (interface.kind == InterfaceKind::Ethernet && interface.addresses.empty()) return 4;
        if (interface.default_route) return 3;
        return interface.kind == InterfaceKind::Loopback ? 1 : 2;
    };
    const InterfaceStatus* best = nullptr;
    int best_rank = 0;
    for (const InterfaceStatus& interface : interfaces) {
        if (rank(interface) <= best_rank) continue;
        best = &interface;
        best_rank = rank(interface);
    }
    return best;
}

}  // namespace vedette::sys
