// What DHCP clients said lately about themselves: servers' answers do not repeat it. By hardware
// address (v4) or DUID (v6). Bounded; single thread. Part of DhcpTracker.
#pragma once

#include <cstdint>
#include <string>

#include "decode/bounded_map.hpp"
#include "model/address.hpp"
#include "model/dns_transaction.hpp"

namespace vedette::decode {

struct DhcpClient {
    MacAddress mac;
    MacSource mac_source = MacSource::Unknown;
    IpAddress requested;    ///< what it last asked for
    std::string host_name;  ///< option 12, else its client FQDN
    std::string vendor_class;
    std::string client_id;  ///< raw bytes

    [[nodiscard]] std::uint8_t worth() const noexcept { return 0; }
};

/// A hardware address, or a hash of a DUID with the top bit set.
struct DhcpClientKey {
    std::uint64_t value = 0;

    [[nodiscard]] static DhcpClientKey of_mac(const MacAddress& mac) noexcept {
        return {mac.to_u64()};
    }
    /// FNV-1a, mixed. A forged collision mixes up two clients' names, nothing else.
    [[nodiscard]] static DhcpClientKey of_duid(ByteView duid) noexcept {
        std::uint64_t hash = 0xcbf29ce484222325ULL;
        for (const std::uint8_t byte : duid)
            hash = (hash ^ byte) * 0x100000001b3ULL;
        return {mix64(hash) | std::uint64_t{1} << 63U};
    }
    friend bool operator==(DhcpClientKey, DhcpClientKey) noexcept = default;
};
struct DhcpClientHash {
    [[nodiscard]] std::size_t operator()(DhcpClientKey key) const noexcept {
        return mix64(key.value);
    }
};

class DhcpClients {
  public:
    explicit DhcpClients(std::uint32_t capacity) : clients_(capacity) {}

    /// Null when nothing is known; valid until the next obtain().
    [[nodiscard]] const DhcpClient* find(DhcpClientKey key) noexcept {
        const std::uint32_t slot = clients_.find(key);
        return slot == clients_.kNoSlot ? nullptr : &clients_.at(slot);
    }
    [[nodiscard]] DhcpClient& obtain(DhcpClientKey key) {
        return clients_.at(clients_.obtain(key, [](DhcpClientKey, const DhcpClient&) {}));
    }
    [[nodiscard]] std::size_t size() const noexcept { return clients_.size(); }

  private:
    BoundedMap<DhcpClientKey, DhcpClient, DhcpClientHash> clients_;
};

}  // namespace vedette::decode
