// Questions over UDP: a few connected sockets, so that servers spread the load over their threads
// and only the server asked is heard. Sent and received in batches straight out of the plan's
// memory; nothing is allocated per question.
#pragma once

#include <memory>
#include <vector>

#include "base/result.hpp"
#include "service/replay/channel.hpp"
#include "sys/net/endpoint_socket.hpp"

namespace vedette::replay {

class UdpChannel final : public Channel {
  public:
    struct Parts {
        Plan& plan;
        Flights& flights;
        ChannelOwner& owner;
        int epoll = -1;
        std::uint8_t number = 0;  ///< of this channel, for epoll
    };
    [[nodiscard]] static Result<std::unique_ptr<UdpChannel>> open(const sys::SocketAddress& server,
                                                                  const std::string& where,
                                                                  unsigned sockets,
                                                                  const Parts& parts);
    class Key {
        friend class UdpChannel;
        Key() = default;
    };
    UdpChannel(Key, const Parts& parts);
    ~UdpChannel() override;

    bool send(Ticket ticket) override;
    void flush() override;
    void forget(Ticket ticket) override;
    void ready(std::uint32_t lane, std::uint32_t events) override;
    [[nodiscard]] bool is_behind() const noexcept override { return queued_ != 0; }

  private:
    struct Lane;
    struct Buffers;

    void take_id(Ticket ticket);
    void receive(Lane& lane);
    void judge(Lane& lane, ByteView answer);

    Parts parts_;
    std::vector<Lane> lanes_;
    std::unique_ptr<Buffers> buffers_;
    std::uint16_t current_ = 0;  // the lane of what is queued
    unsigned queued_ = 0;
    unsigned turn_ = 0;  // questions given to the current lane
    bool unreachable_ = false;

  public:
    /// Whether the host has said that nobody listens, since this was asked last.
    [[nodiscard]] bool take_unreachable() noexcept { return std::exchange(unreachable_, false); }
};

}  // namespace vedette::replay
