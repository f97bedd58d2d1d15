#include "sys/net/datagram_server.hpp"

#include <bit>
#include <cerrno>

namespace vedette::sys {
namespace {

constexpr std::size_t kControlBytes = CMSG_SPACE(sizeof(in6_pktinfo));
// Buffers whose distance is a power of two would all fall into the same few lines of the cache.
constexpr std::size_t kStagger = 192;

bool wants_destinations(const Descriptor& socket) noexcept {
    int wanted = 0;
    socklen_t length = sizeof(wanted);
    for (const auto& [level, name] :
         {std::pair{IPPROTO_IP, IP_PKTINFO}, {IPPROTO_IPV6, IPV6_RECVPKTINFO}}) {
        if (getsockopt(socket.get(), level, name, &wanted, &length) == 0 && wanted != 0)
            return true;
    }
    return false;
}

}  // namespace

// One header serves for receiving and for sending, with its buffer exchanged in between: what a
// datagram touches is what it costs.
struct DatagramServer::Batch {
    struct Parts {
        iovec query;
        iovec answer;
    };
    std::array<mmsghdr, kBatch> headers{};
    std::array<Parts, kBatch> parts{};
    std::array<sockaddr_storage, kBatch> clients;
    alignas(cmsghdr) std::array<std::array<std::uint8_t, kControlBytes>, kBatch> control;
    std::array<std::array<std::uint8_t, kReceiveBytes + kStagger>, kBatch> queries;
    std::array<std::array<std::uint8_t, kAnswerBytes + kStagger>, kBatch> answers;
    unsigned used = 0;         ///< headers that the last receive has changed
    std::uint32_t queued = 0;  ///< a bit for each that has an answer
    bool wants_control = false;

    void prepare(unsigned i) noexcept {
        parts[i] = {{queries[i].data(), kReceiveBytes}, {answers[i].data(), 0}};
        msghdr& header = headers[i].msg_hdr;
        header.msg_name = &clients[i];
        header.msg_iovlen = 1;
        if (wants_control) header.msg_control = control[i].data();
        expect(i);
    }
    void expect(unsigned i) noexcept {
        msghdr& header = headers[i].msg_hdr;
        header.msg_iov = &parts[i].query;
        header.msg_namelen = sizeof(clients[i]);
        if (wants_control) header.msg_controllen = kControlBytes;
    }
};
static_assert(DatagramServer::kBatch <= 32, "a bit for each");

DatagramServer::DatagramServer(Descriptor socket)
    : socket_(std::move(socket)), batch_(std::make_unique<Batch>()) {
    batch_->wants_control = wants_destinations(socket_);
    for (unsigned i = 0; i < kBatch; ++i)
        batch_->prepare(i);
}

DatagramServer::~DatagramServer() = default;
DatagramServer::DatagramServer(DatagramServer&&) noexcept = default;

int DatagramServer::receive() noexcept {
    return receive(MSG_WAITFORONE);
}

int DatagramServer::receive_waiting() noexcept {
    return receive(MSG_DONTWAIT);
}

int DatagramServer::receive(int flags) noexcept {
    Batch& batch = *batch_;
    for (unsigned i = 0; i < batch.used; ++i)
        batch.expect(i);
    batch.used = 0;
    batch.queued = 0;
    const int got = recvmmsg(socket_.get(), batch.headers.data(), kBatch, flags, nullptr);
    if (got < 0) return errno == EAGAIN || errno == EINTR ? 0 : -errno;
    batch.used = static_cast<unsigned>(got);
    return got;
}

ByteView DatagramServer::query(unsigned index) const noexcept {
    return {batch_->queries[index].data(), batch_->headers[index].msg_len};
}

const sockaddr_storage& DatagramServer::client(unsigned index) const noexcept {
    return batch_->clients[index];
}

std::span<std::uint8_t> DatagramServer::answer_buffer(unsigned index) noexcept {
    return std::span(batch_->answers[index]).first(kAnswerBytes);
}

void DatagramServer::queue_answer(unsigned index, std::size_t bytes) noexcept {
    Batch& batch = *batch_;
    batch.parts[index].answer.iov_len = bytes;
    // The control data of the query sends from the address that was asked.
    batch.headers[index].msg_hdr.msg_iov = &batch.parts[index].answer;
    batch.queued |= 1U << index;
}

DatagramServer::Sent DatagramServer::send() noexcept {
    Batch& batch = *batch_;
    Sent result;
    while (batch.queued != 0) {
        // Those without an answer lie between runs of those with one.
        const auto at = static_cast<unsigned>(std::countr_zero(batch.queued));
        const auto run = static_cast<unsigned>(std::countr_one(batch.queued >> at));
        const int done = sendmmsg(socket_.get(), batch.headers.data() + at, run, 0);
        if (done < 0 && errno == EINTR) continue;
        if (done > 0)
            result.sent += static_cast<unsigned>(done);
        else
            ++result.failed;  // this client cannot be reached; the others can
        const unsigned over = done > 0 ? static_cast<unsigned>(done) : 1U;
        batch.queued = at + over >= kBatch ? 0 : batch.queued >> (at + over) << (at + over);
    }
    return result;
}

}  // namespace vedette::sys
