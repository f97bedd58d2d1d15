// The flags of `vedette replay` -> what is to be done. Pure but for the look-up of the server's
// name; errors say which flag is wrong.
#pragma once

#include <memory>
#include <string>

#include "app/cli/arguments.hpp"
#include "base/result.hpp"
#include "model/endpoint.hpp"
#include "service/replay/replayer.hpp"

namespace vedette::app {

/// A server to ask, and how its certificate must be named.
struct ReplayTarget {
    Endpoint endpoint;
    std::string host;  ///< as typed: name or address
    std::string text;  ///< for people: "ns.example (192.0.2.1:53)"
};

/// `transport` gives the port when none is typed. Refuses groups, broadcasts and no address at all.
[[nodiscard]] Result<ReplayTarget> replay_target(const std::string& typed, replay::Via transport);

struct ReplayOptions {
    replay::ReplaySettings settings;  ///< server and wrap are not set
    std::uint64_t most = 0;           ///< questions
    bool any_opcode = false;
    bool compare = false;
};
[[nodiscard]] Result<ReplayOptions> replay_options(const Arguments& arguments);

/// Points `settings` at a target; sets up TLS when that is the transport.
[[nodiscard]] Result<void> aim(replay::ReplaySettings& settings, const ReplayTarget& target,
                               const Arguments& arguments);

/// "at most 1,000 a second", "as in the capture, 10 times as fast".
[[nodiscard]] std::string pace_text(const replay::Pace& pace);

}  // namespace vedette::app
