// The beginning of a TLS connection (RFC 8446 4.1.2) as far as it tells whom the client wants: the
// server name (RFC 6066 3). What is not a ClientHello is not damage: other traffic uses the same
// ports.
//
// Views borrow the bytes and die with them. Pure, safe on any thread.
#pragma once

#include "base/bytes.hpp"

namespace vedette::wire::tls {

struct ClientHello {
    bool is_hello = false;  ///< what there is of it is the beginning of a ClientHello
    bool cut = false;       ///< the bytes end before the extensions do
    ByteView server_name;   ///< letters, digits, '-', '.' and '_' only, at most 255; may be empty
};

/// The first bytes of a TCP stream, usually its first segment. A hello that goes on in the next
/// segment is read as far as it is there.
[[nodiscard]] ClientHello read_client_hello(ByteView bytes) noexcept;

/// The same without a record around it, as QUIC carries it (RFC 9001 4.1.3).
[[nodiscard]] ClientHello read_hello_message(ByteView bytes) noexcept;

}  // namespace vedette::wire::tls
