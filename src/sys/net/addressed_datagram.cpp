#include "sys/net/addressed_datagram.hpp"

#include <array>
#include <cstring>

namespace vedette::sys {
namespace {

struct Control {
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(in6_pktinfo))> bytes{};
};

// Puts what the control data says in the place of the address that the socket is bound to.
void read_destination(msghdr& header, SocketAddress& to) noexcept {
    for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr;
         part = CMSG_NXTHDR(&header, part)) {
        if (part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_PKTINFO) {
            in_pktinfo info;
            std::memcpy(&info, CMSG_DATA(part), sizeof(info));
            auto* const own = reinterpret_cast<sockaddr_in*>(&to.storage);
            own->sin_addr = info.ipi_addr;
        } else if (part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_PKTINFO) {
            in6_pktinfo info;
            std::memcpy(&info, CMSG_DATA(part), sizeof(info));
            auto* const own = reinterpret_cast<sockaddr_in6*>(&to.storage);
            own->sin6_addr = info.ipi6_addr;
        }
    }
}

template <typename Info>
void put_control(msghdr& header, Control& control, int level, int type, const Info& info) noexcept {
    header.msg_control = control.bytes.data();
    header.msg_controllen = CMSG_SPACE(sizeof(info));
    cmsghdr* const part = CMSG_FIRSTHDR(&header);
    part->cmsg_level = level;
    part->cmsg_type = type;
    part->cmsg_len = CMSG_LEN(sizeof(info));
    std::memcpy(CMSG_DATA(part), &info, sizeof(info));
}

}  // namespace

std::optional<AddressedDatagram> receive_addressed(const Descriptor& socket,
                                                   std::span<std::uint8_t> into) noexcept {
    AddressedDatagram got;
    Control control;
    iovec part{into.data(), into.size()};
    msghdr header{};
    header.msg_name = &got.from.storage;
    header.msg_namelen = sizeof(got.from.storage);
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.bytes.data();
    header.msg_controllen = control.bytes.size();
    const ssize_t bytes = ::recvmsg(socket.get(), &header, MSG_DONTWAIT);
    if (bytes < 0) return std::nullopt;
    got.bytes = static_cast<std::size_t>(bytes);
    got.from.length = header.msg_namelen;
    got.to = bound_address(socket);
    read_destination(header, got.to);
    return got;
}

bool send_addressed(const Descriptor& socket, ByteView bytes, const SocketAddress& from,
                    const SocketAddress& to) noexcept {
    SocketAddress target = to;
    Control control;
    iovec part{const_cast<std::uint8_t*>(bytes.data()), bytes.size()};  // sendmsg only reads it
    msghdr header{};
    header.msg_name = &target.storage;
    header.msg_namelen = target.length;
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    if (from.is_v4()) {
        in_pktinfo info{};
        info.ipi_spec_dst = reinterpret_cast<const sockaddr_in*>(&from.storage)->sin_addr;
        put_control(header, control, IPPROTO_IP, IP_PKTINFO, info);
    } else {
        in6_pktinfo info{};
        info.ipi6_addr = reinterpret_cast<const sockaddr_in6*>(&from.storage)->sin6_addr;
        put_control(header, control, IPPROTO_IPV6, IPV6_PKTINFO, info);
    }
    return ::sendmsg(socket.get(), &header, MSG_DONTWAIT) == static_cast<ssize_t>(bytes.size());
}

}  // namespace vedette::sys
