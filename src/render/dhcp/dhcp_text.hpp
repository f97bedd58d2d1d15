// DHCP options as people read them: names from the option tables, values by their kind (addresses,
// text, seconds, routes, search lists, parameter lists, identifiers). Unknown options are printed
// as text when they are text, else as hex. Output is safe for a terminal. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.hpp"

namespace vedette::render {

/// "domain-search"; "option-254" for codes without a name.
[[nodiscard]] std::string dhcp4_option_name(std::uint8_t code);
[[nodiscard]] std::string dhcp6_option_name(std::uint16_t code);

/// The value of one option, whole (RFC 3396 pieces put together).
[[nodiscard]] std::string dhcp4_option_text(std::uint8_t code, ByteView value);
[[nodiscard]] std::string dhcp6_option_text(std::uint16_t code, ByteView value);

/// "subnet-mask, routers, option-254": option 55, or 6 of DHCPv6 (two bytes each).
[[nodiscard]] std::string dhcp4_parameter_names(ByteView codes);
[[nodiscard]] std::string dhcp6_parameter_names(ByteView codes);
/// "192.0.2.0/24 via 10.0.0.1, default via 10.0.0.2": option 121.
[[nodiscard]] std::string dhcp_routes_text(ByteView value);
/// "duid-ll 00:0c:29:aa:bb:01", "ethernet 00:0c:29:aa:bb:01", "duid-uuid 0011...".
[[nodiscard]] std::string dhcp_client_id_text(ByteView value);
[[nodiscard]] std::string dhcp_duid_text(ByteView value);

struct DhcpOptionLine {
    std::string name;
    std::string value;
};
/// Every readable option of a message in the order of its first piece; for DHCPv6 those of the
/// innermost message. `message` is a DHCP payload as captured.
[[nodiscard]] std::vector<DhcpOptionLine> dhcp4_option_lines(ByteView message);
[[nodiscard]] std::vector<DhcpOptionLine> dhcp6_option_lines(ByteView message);

}  // namespace vedette::render
