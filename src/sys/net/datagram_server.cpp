#include "sys/net/datagram_server.hpp"

#include <cerrno>

namespace vedette::sys {
namespace {

constexpr std::size_t kControlBytes = CMSG_SPACE(sizeof(in6_pktinfo));

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

struct DatagramServer::Batch {
    std::array<mmsghdr, kBatch> in{};
    std::array<mmsghdr, kBatch> out{};
    std::array<iovec, kBatch> in_parts{};
    std::array<iovec, kBatch> out_parts{};
    std::array<sockaddr_storage, kBatch> clients;
    alignas(cmsghdr) std::array<std::array<std::uint8_t, kControlBytes>, kBatch> control;
    std::array<std::array<std::uint8_t, kReceiveBytes>, kBatch> queries;
    std::array<std::array<std::uint8_t, kAnswerBytes>, kBatch> answers;
    unsigned out_count = 0;
    bool wants_control = false;

    void prepare(unsigned i) noexcept {
        in_parts[i] = {queries[i].data(), kReceiveBytes};
        msghdr& header = in[i].msg_hdr;
        header = {};
        header.msg_name = &clients[i];
        header.msg_namelen = sizeof(clients[i]);
        header.msg_iov = &in_parts[i];
        header.msg_iovlen = 1;
        if (wants_control) {
            header.msg_control = control[i].data();
            header.msg_controllen = kControlBytes;
        }
    }
};

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
    batch_->out_count = 0;
    const int got = recvmmsg(socket_.get(), batch_->in.data(), kBatch, flags, nullptr);
    if (got >= 0) return got;
    return errno == EAGAIN || errno == EINTR ? 0 : -errno;
}

ByteView DatagramServer::query(unsigned index) const noexcept {
    return {batch_->queries[index].data(), batch_->in[index].msg_len};
}

const sockaddr_storage& DatagramServer::client(unsigned index) const noexcept {
    return batch_->clients[index];
}

std::span<std::uint8_t> DatagramServer::answer_buffer(unsigned index) noexcept {
    return batch_->answers[index];
}

void DatagramServer::queue_answer(unsigned index, std::size_t bytes) noexcept {
    Batch& batch = *batch_;
    const unsigned o = batch.out_count++;
    batch.out_parts[o] = {batch.answers[index].data(), bytes};
    msghdr& header = batch.out[o].msg_hdr;
    header = {};
    header.msg_name = &batch.clients[index];
    header.msg_namelen = batch.in[index].msg_hdr.msg_namelen;
    header.msg_iov = &batch.out_parts[o];
    header.msg_iovlen = 1;
    if (batch.wants_control) {  // the same control data sends from the address that was asked
        header.msg_control = batch.control[index].data();
        header.msg_controllen = batch.in[index].msg_hdr.msg_controllen;
    }
}

DatagramServer::Sent DatagramServer::send() noexcept {
    Batch& batch = *batch_;
    Sent result;
    unsigned at = 0;
    while (at < batch.out_count) {
        const int done = sendmmsg(socket_.get(), batch.out.data() + at, batch.out_count - at, 0);
        if (done > 0) {
            at += static_cast<unsigned>(done);
            result.sent += static_cast<unsigned>(done);
        } else if (errno != EINTR) {
            ++at;  // this client cannot be reached; the others can
            ++result.failed;
        }
    }
    batch.out_count = 0;
    // What was received into needs its lengths again.
    for (unsigned i = 0; i < kBatch; ++i) {
        batch.in[i].msg_hdr.msg_namelen = sizeof(batch.clients[i]);
        if (batch.wants_control) batch.in[i].msg_hdr.msg_controllen = kControlBytes;
    }
    return result;
}

}  // namespace vedette::sys
