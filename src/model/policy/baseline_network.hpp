// A network and the DNS servers that DHCP hands out in it: what is authorized there without a list.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "model/address.hpp"

namespace vedette {

struct BaselineNetwork {
    /// In place of a VLAN: the messages went through a relay, so the clients' VLAN is not known.
    static constexpr std::uint16_t kAnyVlan = UINT16_MAX;

    std::string sensor;      ///< empty for this machine
    std::uint16_t vlan = 0;  ///< 0: untagged
    Prefix subnet;           ///< of length 0 when DHCP did not tell it
    IpAddress dhcp_server;   ///< which was first to hand something out
    std::vector<IpAddress> servers;
    Timestamp seen;  ///< when they were last handed out, about to the day
};

}  // namespace vedette
