// Settings [collect] -> listeners of the log server. Each mistake in them is told by its name.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "config/settings.hpp"
#include "service/collector/server/server.hpp"

namespace vedette::app {

struct CollectSetup {
    std::vector<collector::Listener> listeners;
    std::optional<collector::Tokens> tokens;
    std::shared_ptr<sys::TlsContext> tls;  ///< of all listeners; reloaded on SIGHUP
    std::vector<std::string> places;       ///< for a person: "tls://0.0.0.0:6054"
};

/// Opens every socket. With no place named, sensors are received on loopback without TLS.
[[nodiscard]] Result<CollectSetup> open_listeners(const config::Settings& settings);

}  // namespace vedette::app
