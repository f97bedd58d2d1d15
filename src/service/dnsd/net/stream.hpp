// One byte stream of a client, plain or TLS, non-blocking. The worker asks what to wait for.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "sys/os/descriptor.hpp"

namespace vedette::dnsd {

enum class IoStatus : std::uint8_t {
    Done,       ///< `bytes` were moved
    WantRead,   ///< nothing now; try when the socket is readable
    WantWrite,  ///< nothing now; try when the socket is writable
    Closed,     ///< the other side ended, or broke the protocol
};

struct IoResult {
    IoStatus status = IoStatus::Closed;
    std::size_t bytes = 0;
};

class Stream {
  public:
    virtual ~Stream() = default;
    [[nodiscard]] virtual IoResult read(std::span<std::uint8_t> into) noexcept = 0;
    [[nodiscard]] virtual IoResult write(ByteView bytes) noexcept = 0;
    /// The application protocol that TLS agreed on (RFC 7301): "dot", "h2", "http/1.1" or empty.
    [[nodiscard]] virtual std::string_view protocol() const noexcept { return {}; }
    /// Says goodbye, once, without waiting.
    virtual void close() noexcept {}
};

/// Over a connected, non-blocking socket, which it borrows.
[[nodiscard]] std::unique_ptr<Stream> make_plain_stream(int socket);

/// Certificates and session keys for TLS servers; replaced as a whole when they are reloaded.
/// Thread safe; streams keep what they need alive.
class TlsContext {
  public:
    /// `alpn` in wire form: length octet and name, repeated; a client that offers none is served.
    [[nodiscard]] static Result<std::shared_ptr<TlsContext>> load(const std::string& certificate,
                                                                  const std::string& key,
                                                                  std::string_view alpn);
    virtual ~TlsContext() = default;
    /// Reads the files again; new connections use what is in them, old ones go on.
    [[nodiscard]] virtual Result<void> reload() = 0;
    [[nodiscard]] virtual std::unique_ptr<Stream> accept(int socket) = 0;
};

}  // namespace vedette::dnsd
