// Tells machines that were never seen before, and known host names on a new MAC address; says when
// the address is randomized. Knows who was there from the store; where nobody is known, the first
// day is for learning. Constant memory.
//
//   client.new      a MAC address that nobody has seen
//   client.new-mac  a host name of DHCP that another MAC address has had
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "base/time.hpp"
#include "detect/detector.hpp"
#include "model/log_query.hpp"

namespace vedette::detect {

struct NewcomerSettings {
    bool newcomers = true;  ///< tell client.new
    /// Without known clients: everybody who comes within this is known.
    Duration learning = Duration::seconds(86'400);
    std::size_t max_clients = 65'536;
    std::size_t max_hosts = 16'384;

    [[nodiscard]] static NewcomerSettings of(Preset preset) noexcept {
        NewcomerSettings settings;
        settings.newcomers = preset != Preset::Quiet;
        if (preset == Preset::Strict) settings.learning = Duration::seconds(3'600);
        return settings;
    }
};

/// `known`: the clients of the store, with their host names.
[[nodiscard]] std::unique_ptr<Detector> make_newcomer_detector(
    const NewcomerSettings& settings, const std::vector<ClientRow>& known = {});

}  // namespace vedette::detect
