// Questions over TCP or TLS, as DNS with lengths (RFC 1035 4.2.2, RFC 7858) or as traced frames: a
// few connections, many questions on each, answers in any order (RFC 7766 6.2.1.1). A connection
// that ends is opened anew, and what was under way on it goes back to the owner.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "service/replay/channel.hpp"
#include "sys/net/endpoint_socket.hpp"
#include "sys/net/stream.hpp"

namespace vedette::replay {

class StreamChannel final : public Channel {
  public:
    struct Parts {
        Plan& plan;
        Flights& flights;
        ChannelOwner& owner;
        const Clock& clock;
        int epoll = -1;
        std::uint8_t number = 0;
    };
    struct Target {
        sys::SocketAddress server;
        std::string where;  ///< for messages
        unsigned connections = 4;
        bool traced = false;
        /// Makes the stream over a connected socket: plain, or TLS.
        std::function<std::unique_ptr<sys::Stream>(int socket)> wrap;
    };
    StreamChannel(Target target, const Parts& parts);
    ~StreamChannel() override;

    bool send(Ticket ticket) override;
    void flush() override;
    void forget(Ticket ticket) override;
    void ready(std::uint32_t lane, std::uint32_t events) override;
    [[nodiscard]] bool is_behind() const noexcept override { return false; }

    /// Connections that failed in a row before one that worked, and why the last did.
    [[nodiscard]] unsigned failures() const noexcept { return failures_; }
    [[nodiscard]] const std::string& failure() const noexcept { return failure_; }

  private:
    struct Lane;

    [[nodiscard]] Lane* choose();
    [[nodiscard]] bool connect(Lane& lane, std::uint32_t number);
    [[nodiscard]] bool establish(Lane& lane);
    void write_out(Lane& lane);
    void read_in(Lane& lane);
    void watch(Lane& lane, std::uint32_t wanted);
    [[nodiscard]] bool take_all(Lane& lane);
    void take_message(Lane& lane, ByteView message);
    void take_frame(Lane& lane, const wire::traced::FrameView& frame);
    void put_message(Lane& lane, Ticket ticket);
    void put_frame(Lane& lane, Ticket ticket);
    void close(Lane& lane, Cause cause, std::string why);

    Target target_;
    Parts parts_;
    std::vector<Lane> lanes_;
    std::vector<std::uint8_t> read_buffer_;
    std::uint32_t turn_ = 0;
    unsigned failures_ = 0;
    std::string failure_;
};

}  // namespace vedette::replay
