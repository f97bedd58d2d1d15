#include <sys/socket.h>

#include <cerrno>

#include "sys/net/stream.hpp"

namespace vedette::sys {
namespace {

class PlainStream final : public Stream {
  public:
    explicit PlainStream(int socket) noexcept : socket_(socket) {}

    IoResult read(std::span<std::uint8_t> into) noexcept override {
        return judge(recv(socket_, into.data(), into.size(), 0), IoStatus::WantRead);
    }
    IoResult write(ByteView bytes) noexcept override {
        return judge(send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL), IoStatus::WantWrite);
    }

  private:
    static IoResult judge(ssize_t moved, IoStatus later) noexcept {
        if (moved > 0) return {IoStatus::Done, static_cast<std::size_t>(moved)};
        if (moved < 0 && (errno == EAGAIN || errno == EINTR)) return {later, 0};
        return {IoStatus::Closed, 0};
    }
    int socket_;
};

}  // namespace

std::unique_ptr<Stream> make_plain_stream(int socket) {
    return std::make_unique<PlainStream>(socket);
}

}  // namespace vedette::sys
