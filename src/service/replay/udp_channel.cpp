#include "service/replay/udp_channel.hpp"

#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <random>

#include "sys/os/error.hpp"

namespace vedette::replay {
namespace {

constexpr unsigned kBatch = 64;
constexpr std::size_t kIds = 65'536;
constexpr std::size_t kAnswerBytes = 65'536;
constexpr int kBatchesPerRound = 4;  // so that sending goes on while answers pour in

}  // namespace

struct UdpChannel::Lane {
    sys::Descriptor socket;
    std::vector<Ticket> by_id;
    std::uint16_t next_id = 0;
};

struct UdpChannel::Buffers {
    std::array<mmsghdr, kBatch> in{};
    std::array<mmsghdr, kBatch> out{};
    std::array<iovec, kBatch> in_parts{};
    std::array<iovec, kBatch> out_parts{};
    std::vector<std::uint8_t> answers = std::vector<std::uint8_t>(kBatch * kAnswerBytes);

    Buffers() noexcept {
        for (unsigned i = 0; i < kBatch; ++i) {
            in_parts[i] = {answers.data() + i * kAnswerBytes, kAnswerBytes};
            in[i].msg_hdr.msg_iov = &in_parts[i];
            in[i].msg_hdr.msg_iovlen = 1;
            out[i].msg_hdr.msg_iov = &out_parts[i];
            out[i].msg_hdr.msg_iovlen = 1;
        }
    }
};

Result<std::unique_ptr<UdpChannel>> UdpChannel::open(const sys::SocketAddress& server,
                                                     const std::string& where, unsigned sockets,
                                                     const Parts& parts) {
    auto channel = std::make_unique<UdpChannel>(Key(), parts);
    std::random_device dice;
    for (unsigned i = 0; i < sockets; ++i) {
        auto socket = sys::connect_datagram(server, where);
        if (!socket) return std::unexpected(std::move(socket).error());
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = event_tag(parts.number, i);
        if (epoll_ctl(parts.epoll, EPOLL_CTL_ADD, socket->get(), &event) != 0)
            return sys::fail_errno("cannot watch a socket");
        channel->lanes_.push_back({std::move(*socket), std::vector<Ticket>(kIds, kNoTicket),
                                   static_cast<std::uint16_t>(dice())});
    }
    return channel;
}

UdpChannel::UdpChannel(Key, const Parts& parts)
    : parts_(parts), buffers_(std::make_unique<Buffers>()) {}

UdpChannel::~UdpChannel() = default;

// A free id of the current lane; there is one, because a lane never has all tickets' number of ids.
void UdpChannel::take_id(Ticket ticket) {
    Lane& lane = lanes_[current_];
    while (lane.by_id[lane.next_id] != kNoTicket)
        ++lane.next_id;
    Flight& flight = parts_.flights.at(ticket);
    flight.lane = current_;
    flight.id = lane.next_id;
    lane.by_id[lane.next_id++] = ticket;
}

bool UdpChannel::send(Ticket ticket) {
    Flight& flight = parts_.flights.at(ticket);
    const bool again = flight.id != kNoTicket;
    if (again && flight.lane != current_) {
        flush();
        if (queued_ != 0) return false;
        current_ = flight.lane;
    }
    if (queued_ == kBatch) {
        flush();
        if (queued_ == kBatch) return false;
    }
    if (!again) {
        if (queued_ == 0 && turn_ >= kBatch) {
            current_ = static_cast<std::uint16_t>((current_ + 1U) % lanes_.size());
            turn_ = 0;
        }
        ++turn_;
        take_id(ticket);
    }
    const auto bytes = parts_.plan.message(parts_.plan.messages[flight.message]);
    bytes[0] = static_cast<std::uint8_t>(flight.id >> 8U);
    bytes[1] = static_cast<std::uint8_t>(flight.id);
    buffers_->out_parts[queued_++] = {bytes.data(), bytes.size()};
    return true;
}

void UdpChannel::flush() {
    unsigned sent = 0;
    const int socket = lanes_[current_].socket.get();
    while (sent < queued_) {
        const int done = sendmmsg(socket, buffers_->out.data() + sent, queued_ - sent, 0);
        if (done > 0) {
            sent += static_cast<unsigned>(done);
        } else if (errno == ECONNREFUSED) {
            unreachable_ = true;  // about an earlier one; this one was not sent
        } else if (errno == EAGAIN || errno == ENOBUFS) {
            break;  // the kernel's buffers are full; later
        } else if (errno != EINTR) {
            unreachable_ = unreachable_ || errno != EMSGSIZE;
            ++sent;  // this one cannot be sent, which its patience will find out
        }
    }
    if (sent != 0) {
        std::copy(buffers_->out_parts.begin() + sent, buffers_->out_parts.begin() + queued_,
                  buffers_->out_parts.begin());
    }
    queued_ -= sent;
}

void UdpChannel::forget(Ticket ticket) {
    Flight& flight = parts_.flights.at(ticket);
    if (flight.id == kNoTicket) return;
    lanes_[flight.lane].by_id[flight.id] = kNoTicket;
    flight.id = kNoTicket;
}

void UdpChannel::ready(std::uint32_t lane, std::uint32_t) {
    receive(lanes_[lane]);
}

void UdpChannel::receive(Lane& lane) {
    for (int round = 0; round < kBatchesPerRound; ++round) {
        const int got =
            recvmmsg(lane.socket.get(), buffers_->in.data(), kBatch, MSG_DONTWAIT, nullptr);
        if (got < 0 && errno == ECONNREFUSED) {
            unreachable_ = true;
            continue;
        }
        if (got <= 0) return;
        for (unsigned i = 0; i < static_cast<unsigned>(got); ++i) {
            judge(lane, ByteView(static_cast<const std::uint8_t*>(buffers_->in_parts[i].iov_base),
                                 buffers_->in[i].msg_len));
        }
        if (static_cast<unsigned>(got) < kBatch) return;
    }
}

void UdpChannel::judge(Lane& lane, ByteView answer) {
    if (answer.size() < 12) return parts_.owner.on_stray();
    const auto id = static_cast<std::size_t>(answer[0]) << 8U | answer[1];
    const Ticket ticket = lane.by_id[id];
    if (ticket == kNoTicket) return parts_.owner.on_stray();
    const PlannedMessage& planned = parts_.plan.messages[parts_.flights.at(ticket).message];
    if (!answers_question(answer, parts_.plan.message(planned), planned.question_bytes))
        return parts_.owner.on_stray();
    parts_.owner.on_answer(ticket, answer, false);
}

}  // namespace vedette::replay
