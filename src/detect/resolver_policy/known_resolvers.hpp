// Resolvers that anybody may ask over TLS, HTTPS or QUIC, by address and by name: what tells DNS
// that goes around the network's resolver from other encrypted traffic. A table (.def), constant
// after its first use; thread safe.
#pragma once

#include <string_view>

#include "model/address.hpp"

namespace vedette::detect {

/// The operator; empty when the address is no known resolver's.
[[nodiscard]] std::string_view known_resolver(const IpAddress& address);
/// The same by name: lower case, without final dot; names below a known one count.
[[nodiscard]] std::string_view known_resolver_name(std::string_view name);

}  // namespace vedette::detect
