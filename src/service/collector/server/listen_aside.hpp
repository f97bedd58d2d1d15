// For tests: a port that stays free when its listener goes and comes back.
#pragma once

#include <unistd.h>

#include <atomic>

#include "base/result.hpp"
#include "sys/net/sockets.hpp"

namespace vedette::collector::testing {

/// A listener on a port below those that the kernel gives to connections (32,768 on). A test that
/// closes it and opens it again finds it free: nobody's connection, not even that of its own
/// client, has taken it meanwhile.
inline Result<sys::Descriptor> listen_aside(std::uint16_t again = 0) {
    if (again != 0) return sys::listen_tcp({"127.0.0.1", again});
    static std::atomic<unsigned> next{static_cast<unsigned>(::getpid()) * 37U};
    Result<sys::Descriptor> socket = fail(ErrorKind::Failed, "no port is free");
    for (int tries = 0; tries < 100 && !socket; ++tries) {
        const unsigned port = 12'000U + next++ % 20'000U;
        socket = sys::listen_tcp({"127.0.0.1", static_cast<std::uint16_t>(port)});
    }
    return socket;
}

}  // namespace vedette::collector::testing
