// The beginning of a TLS connection (RFC 8446 4.1.2) as far as it tells whom the client wants: the
// server name (RFC 6066 3). And whether a datagram begins a QUIC connection (RFC 9000 17.2). What
// is not a ClientHello is not damage: other traffic uses the same ports.
//
// Views borrow the bytes and die with them. Pure, safe on any thread.
#pragma once

#include "base/bytes.hpp"

namespace vedette::wire::tls {

struct ClientHello {
    bool is_hello = false;  ///< a handshake record that holds a ClientHello
    bool cut = false;       ///< the bytes end before the extensions do
    ByteView server_name;   ///< letters, digits, '-', '.' and '_' only, at most 255; may be empty
};

/// The first bytes of a TCP stream, usually its first segment. A hello that goes on in the next
/// segment is read as far as it is there.
[[nodiscard]] ClientHello read_client_hello(ByteView bytes) noexcept;

/// The first datagram of a client: a long header of the Initial type, with a version that is in use
/// and connection ids of possible length.
[[nodiscard]] bool is_quic_initial(ByteView bytes) noexcept;

}  // namespace vedette::wire::tls
