// Lists of places to listen, as settings and flags give them. Pure; errors name the setting.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/endpoint.hpp"

namespace vedette::app {

/// Each of `texts` as an endpoint; those without a port get `port`.
[[nodiscard]] Result<std::vector<Endpoint>> parse_endpoints(std::string_view setting,
                                                            const std::vector<std::string>& texts,
                                                            std::uint16_t port);

}  // namespace vedette::app
