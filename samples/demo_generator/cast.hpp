// Who lives on the demo network. Addresses are documentation addresses (RFC 5737, RFC 3849), MAC
// prefixes are real manufacturers', names end in .example or other reserved names (RFC 2606).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "frames.hpp"

namespace demo {

/// What kind of life a machine leads; decides which scenes it plays in.
enum class Habit { Person, Windows, Appliance };

struct Client {
    std::string_view host;  ///< as it tells DHCP; empty: does not tell
    MacAddress mac;
    IpAddress ip;
    IpAddress ip6;
    IpAddress link_local;
    std::string_view vendor_class;  ///< DHCP option 60
    Habit habit = Habit::Appliance;
    unsigned joins_at = 0;       ///< seconds after the start
    unsigned leaves_at = 0;      ///< with a RELEASE; 0: stays
    std::string_view home_site;  ///< what an appliance asks for again and again
    unsigned every = 0;          ///< seconds between two such questions
};

/// Indexes into clients().
enum Part : std::size_t {
    kLaptop,
    kThinkpad,
    kOffice,
    kPrinter,
    kTelevision,
    kNas,
    kCamera,
    kPixel,
    kPhone,
    kSpeaker,
    kLights,
    kSensor,
    kBuilder,
    kParts,
};

[[nodiscard]] std::vector<Client> clients();

[[nodiscard]] IpAddress ip(std::string_view text);
[[nodiscard]] MacAddress mac(std::string_view text);

/// Machines that serve: stations on this wire, and what lies behind the gateway.
struct Servers {
    Endpoint gateway;           ///< also the DHCP server
    Endpoint gateway6;          ///< its link-local side
    Endpoint resolver;          ///< the network's own
    Endpoint resolver6;         ///< the same machine
    Endpoint rogue;             ///< a second DHCP server that nobody installed
    Endpoint outside_resolver;  ///< a public one: on this wire with the gateway's MAC
    Endpoint bad_resolver;      ///< the one that the rogue server hands out
    Endpoint victim;            ///< whose address is forged in the amplification burst
};

[[nodiscard]] Servers servers();

}  // namespace demo
