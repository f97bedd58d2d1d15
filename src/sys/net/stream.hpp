// One byte stream to another program, plain or TLS, non-blocking. Who drives it asks what to wait
// for. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace vedette::sys {

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
    /// The common name of the peer's certificate, when it showed one and it was verified; known
    /// once bytes have moved.
    [[nodiscard]] virtual std::string peer_name() const { return {}; }
    /// Why the stream closed, for a person; empty when the other side just ended it.
    [[nodiscard]] virtual std::string failure() const { return {}; }
    /// Whether bytes wait inside that no poll of the socket tells of.
    [[nodiscard]] virtual bool has_buffered() const noexcept { return false; }
    /// Says goodbye, once, without waiting.
    virtual void close() noexcept {}
};

/// Over a connected, non-blocking socket, which it borrows.
[[nodiscard]] std::unique_ptr<Stream> make_plain_stream(int socket);

}  // namespace vedette::sys
