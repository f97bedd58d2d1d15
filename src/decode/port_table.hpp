// Which UDP or TCP ports carry what Decoder reads. One table, so that an ordinary datagram is told
// from DNS by two loads. Immutable after construction.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "wire/ip/tunnel.hpp"

namespace vedette::decode {

enum class Service : std::uint8_t { None, Dns, Mdns, Llmnr, Nbns, Dhcp, Dhcp6, Tunnel };

class PortTable {
  public:
    explicit PortTable(std::span<const std::uint16_t> dns_ports);

    /// The service of a datagram. When both ports have one, the lower port decides: it is the
    /// server's (a resolver may well ask from port 5353).
    [[nodiscard]] Service find(std::uint16_t source, std::uint16_t destination) const noexcept {
        const std::uint16_t low = source < destination ? source : destination;
        const std::uint16_t high = source < destination ? destination : source;
        const Service service = services_[low];
        return service != Service::None ? service : services_[high];
    }
    [[nodiscard]] bool is_dns(std::uint16_t source, std::uint16_t destination) const noexcept {
        return services_[source] == Service::Dns || services_[destination] == Service::Dns;
    }

  private:
    std::array<Service, 65'536> services_{};
};

}  // namespace vedette::decode
