// Settings [collect] -> listeners of the log server. Each mistake in them is told by its name.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "config/settings.hpp"
#include "service/collector/server/server.hpp"

namespace vedette::app {

struct CollectSetup {
    std::vector<collector::Listener> listeners;
    std::unique_ptr<collector::TokenHolder> tokens;  ///< null: certificates only
    std::shared_ptr<sys::TlsContext> tls;            ///< of all listeners
    std::vector<std::string> places;                 ///< for a person: "tls://0.0.0.0:6054"

    /// Reads certificates and tokens again: new connections use them. What happened, for a person.
    [[nodiscard]] std::vector<std::string> reload(const config::Settings& settings) const;
};

/// Opens every socket. With no place named, sensors are received on loopback without TLS.
[[nodiscard]] Result<CollectSetup> open_listeners(const config::Settings& settings);

}  // namespace vedette::app
