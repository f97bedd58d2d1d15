#include "sys/handover/channel.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "sys/os/error.hpp"

namespace vedette::sys {
namespace {

constexpr std::size_t kMessageBytes = 1'024;

struct Control {
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> bytes{};
};

Descriptor passed_with(msghdr& header) noexcept {
    Descriptor passed;
    for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr;
         part = CMSG_NXTHDR(&header, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS ||
            part->cmsg_len != CMSG_LEN(sizeof(int)))
            continue;
        int fd = -1;
        std::memcpy(&fd, CMSG_DATA(part), sizeof(fd));
        passed = Descriptor(fd);
    }
    return passed;
}

}  // namespace

Result<std::pair<Channel, Channel>> Channel::make_pair() {
    int ends[2] = {-1, -1};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return fail_errno("cannot make a channel");
    return std::pair(Channel(Descriptor(ends[0])), Channel(Descriptor(ends[1])));
}

Result<void> Channel::send(std::string_view text, int passed) {
    if (text.size() > kMessageBytes) return fail(ErrorKind::InvalidInput, "a message is too long");
    std::string copy(text);
    iovec part{copy.data(), copy.size()};
    Control control;
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    if (passed >= 0) {
        header.msg_control = control.bytes.data();
        header.msg_controllen = control.bytes.size();
        cmsghdr* const rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof(int));
        std::memcpy(CMSG_DATA(rights), &passed, sizeof(passed));
    }
    while (::sendmsg(socket_.get(), &header, MSG_NOSIGNAL) < 0) {
        if (errno == EPIPE || errno == ECONNRESET)
            return fail(ErrorKind::Unavailable, "the other process is gone");
        if (errno != EINTR) return fail_errno("cannot pass a message");
    }
    return {};
}

Result<std::optional<ChannelMessage>> Channel::receive(Duration patience) {
    pollfd waiting{socket_.get(), POLLIN, 0};
    const int ready = ::poll(&waiting, 1, static_cast<int>(patience.nanos / 1'000'000));
    if (ready == 0 || (ready < 0 && errno == EINTR)) return std::nullopt;
    ChannelMessage message;
    message.text.resize(kMessageBytes);
    iovec part{message.text.data(), message.text.size()};
    Control control;
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.bytes.data();
    header.msg_controllen = control.bytes.size();
    const ssize_t got = ::recvmsg(socket_.get(), &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return std::nullopt;
    if (got <= 0) return fail(ErrorKind::Unavailable, "the other process is gone");
    message.text.resize(static_cast<std::size_t>(got));
    message.passed = passed_with(header);
    return message;
}

}  // namespace vedette::sys
