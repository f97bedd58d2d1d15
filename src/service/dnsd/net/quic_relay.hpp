// Packets of QUIC connections, between the process that reads the sockets and the one that did
// before: a connection stays with the process that began it, and only that one can tell which
// packets are its own. One end in each process; one thread at each end.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "service/dnsd/net/quic_connection.hpp"
#include "sys/os/descriptor.hpp"

namespace vedette::dnsd {

class QuicRelay {
  public:
    enum class Kind : std::uint8_t {
        Yours = 1,    ///< to the successor: the sockets are read by you from now on
        Unknown = 2,  ///< to the predecessor: a packet of no connection of mine
        NotMine = 3,  ///< and back: nor of mine, so it begins one
        Left = 4,     ///< to the successor: send no more; what was sent comes back, then the end
    };
    static constexpr std::size_t kMessageBytes = 65'536 + 64;

    QuicRelay() = default;
    explicit QuicRelay(sys::Descriptor socket) noexcept : socket_(std::move(socket)) {}
    /// This end, and the one to be passed on.
    [[nodiscard]] static Result<std::pair<QuicRelay, sys::Descriptor>> make();

    [[nodiscard]] bool open() const noexcept { return socket_.open(); }
    [[nodiscard]] int descriptor() const noexcept { return socket_.get(); }
    void close() noexcept { socket_.close(); }
    /// Nothing more is sent from here; the other side sees the end after what was.
    void finish() noexcept;

    /// False when it did not go: the other side is gone or behind. Never waits.
    bool send(Kind kind, const QuicPath& path, ByteView packet) noexcept;

    struct Message {
        Kind kind = Kind::Yours;
        QuicPath path;
        ByteView packet;  ///< into `buffer`
    };
    /// Nothing when none waits; closes itself when the other side is gone. What makes no sense is
    /// left out. `buffer`: kMessageBytes.
    [[nodiscard]] std::optional<Message> receive(std::span<std::uint8_t> buffer) noexcept;

  private:
    sys::Descriptor socket_;
    bool finished_ = false;
};

}  // namespace vedette::dnsd
