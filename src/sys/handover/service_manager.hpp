// The two small protocols of a service manager such as systemd: sockets that it opened for this
// process (sd_listen_fds(3)), and what it wants to be told (sd_notify(3)). Spoken here without its
// library. Taking sockets changes the environment: at the start, before threads.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "sys/os/descriptor.hpp"

namespace vedette::sys {

struct GivenSocket {
    Descriptor socket;
    std::string name;  ///< FileDescriptorName= of its unit; by default the unit's own name
};

/// LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES; empty when they are not there or meant for another
/// process. The variables are removed, so that no child takes the sockets for its own. InvalidInput
/// when they name descriptors that are not there.
[[nodiscard]] Result<std::vector<GivenSocket>> take_given_sockets();

/// Lines such as "READY=1" to NOTIFY_SOCKET. False when nobody wants to know. Waits two
/// seconds at most.
bool tell_service_manager(std::string_view lines) noexcept;

/// "RELOADING=1" with the time that the protocol asks for.
void tell_reloading() noexcept;

}  // namespace vedette::sys
