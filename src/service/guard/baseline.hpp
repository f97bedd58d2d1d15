// The DNS servers that DHCP hands out, per network: the sensor that sees it, its VLAN, and the
// subnet by the mask (option 1) or the relay's address. Only the first DHCP server of a VLAN is
// believed, or of a subnet behind a relay, and those on the list: a second one authorizes nothing.
// A client in a subnet that DHCP does not serve has the servers of its whole VLAN.
// Interfaces are not told apart: a subnet is the same on each side of a bridge. Bounded; one
// thread.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "detect/bounded_table.hpp"
#include "model/dhcp_message.hpp"
#include "model/policy/baseline_network.hpp"
#include "model/policy/policy.hpp"

namespace vedette::service {

class Baseline {
  public:
    Baseline();

    /// From an Offer, an Ack, an Advertise or a Reply; anything else is nothing.
    void learn(const Policy& policy, const DhcpMessage& event, const ByteArena& bytes,
               std::string_view sensor);
    /// Where somebody asks from.
    struct Place {
        std::string_view sensor;
        std::uint16_t vlan = 0;
        IpAddress client;
    };
    /// Whether the address was handed out as a DNS server there.
    [[nodiscard]] bool holds(const Place& place, const IpAddress& server) const noexcept;

    /// What earlier runs learned, oldest first.
    void load(const std::vector<BaselineNetwork>& networks);
    /// Networks that changed since the last call.
    [[nodiscard]] std::vector<BaselineNetwork> take_changes();
    [[nodiscard]] std::size_t memory_bytes() const noexcept;

    static constexpr std::size_t kServers = 16;  ///< of a network; the oldest gives way

  private:
    struct Key {
        std::uint64_t sensor = 0;  ///< hash
        IpAddress subnet;
        std::uint16_t vlan = 0;
        std::uint8_t length = 0;
        bool v4 = false;
        friend bool operator==(const Key&, const Key&) noexcept = default;
    };
    struct KeyHash {
        std::size_t operator()(const Key& key) const noexcept {
            return mix64(IpHash{}(key.subnet) ^ key.sensor ^ std::uint64_t{key.vlan} << 40U ^
                         std::uint64_t{key.length} << 32U ^ (key.v4 ? 1U : 0U));
        }
    };
    struct Network {
        Key key;
        IpAddress dhcp_server;
        std::array<IpAddress, kServers> servers{};
        std::string sensor;
        Timestamp seen;
        std::uint64_t last = 0;
        std::uint8_t count = 0;
        bool changed = false;

        [[nodiscard]] bool used() const noexcept { return last != 0; }
        [[nodiscard]] std::uint64_t weight() const noexcept { return last; }
        [[nodiscard]] bool has(const IpAddress& server) const noexcept;
        void add(const IpAddress& server) noexcept;
    };
    /// A VLAN's first DHCP server of a family.
    struct Segment {
        Key key;
        IpAddress dhcp_server;
        std::uint64_t last = 0;
        [[nodiscard]] bool used() const noexcept { return last != 0; }
        [[nodiscard]] std::uint64_t weight() const noexcept { return last; }
    };

    [[nodiscard]] static Key key_of(std::string_view sensor, std::uint16_t vlan,
                                    const Prefix& subnet) noexcept;
    [[nodiscard]] bool is_first(const Key& key, const IpAddress& giver);
    void take(Network& network, const DhcpMessage& event, const ByteArena& bytes);
    Network& network(const Key& key, std::string_view sensor, const IpAddress& giver);

    detect::BoundedTable<Key, Network, KeyHash> networks_;
    detect::BoundedTable<Key, Segment, KeyHash> segments_;
    std::array<std::bitset<129>, 2> lengths_;  // of subnets that were learned: IPv6, IPv4
    std::uint64_t uses_ = 0;
    bool changed_ = false;
};

}  // namespace vedette::service
