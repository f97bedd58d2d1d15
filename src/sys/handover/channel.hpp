// Messages with a descriptor each, between two processes on one machine: how sockets go from a
// server to the one that takes its place. Each message is a short text and at most one descriptor;
// order is kept. One thread at each end.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"
#include "base/time.hpp"
#include "sys/os/descriptor.hpp"

namespace vedette::sys {

struct ChannelMessage {
    std::string text;
    Descriptor passed;  ///< open when one came along
};

class Channel {
  public:
    Channel() = default;
    explicit Channel(Descriptor socket) noexcept : socket_(std::move(socket)) {}

    /// Two ends of one channel.
    [[nodiscard]] static Result<std::pair<Channel, Channel>> make_pair();

    [[nodiscard]] bool open() const noexcept { return socket_.open(); }
    [[nodiscard]] const Descriptor& socket() const noexcept { return socket_; }
    void close() noexcept { socket_.close(); }

    /// `passed` is duplicated into the other process; -1 passes none. Waits while the other side is
    /// behind. Unavailable when it is gone.
    [[nodiscard]] Result<void> send(std::string_view text, int passed = -1);
    /// Nothing when no message came in time; Unavailable when the other side is gone.
    [[nodiscard]] Result<std::optional<ChannelMessage>> receive(Duration patience);

  private:
    Descriptor socket_;
};

}  // namespace vedette::sys
