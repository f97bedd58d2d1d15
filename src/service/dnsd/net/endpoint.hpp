// The sockets that the server listens on. Every one has SO_REUSEPORT, so that each core has its own
// and a new process can take over before the old one ends.
#pragma once

#include "base/result.hpp"
#include "model/endpoint.hpp"
#include "sys/os/descriptor.hpp"

namespace vedette::dnsd {

using vedette::Endpoint;

/// A bound datagram socket. Port 0 lets the kernel choose.
[[nodiscard]] Result<sys::Descriptor> open_udp(const Endpoint& endpoint);
/// A bound, listening, non-blocking stream socket.
[[nodiscard]] Result<sys::Descriptor> open_tcp_listener(const Endpoint& endpoint);
/// What a socket is bound to.
[[nodiscard]] Endpoint bound_endpoint(const sys::Descriptor& socket) noexcept;

}  // namespace vedette::dnsd
