#include "service/dnsd/log/neighbours.hpp"

#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <array>
#include <cstring>

#include "sys/os/descriptor.hpp"
#include "sys/os/error.hpp"
#include "wire/reader/reader.hpp"

namespace vedette::dnsd {
namespace {

constexpr std::size_t kMaxEntries = 65'536;
constexpr timeval kPatience{1, 0};

using Table = std::unordered_map<IpAddress, MacAddress, IpHash>;

template <typename T>
T load(ByteView bytes) noexcept {
    T value{};
    if (bytes.size() >= sizeof(T)) std::memcpy(&value, bytes.data(), sizeof(T));
    return value;
}

// One RTM_NEWNEIGH: ndmsg, then attributes of length, type and data, padded to four octets.
void read_entry(ByteView body, Table& table) {
    constexpr std::uint16_t kUseless = NUD_FAILED | NUD_INCOMPLETE | NUD_NOARP;
    const auto head = load<ndmsg>(body);
    if (body.size() < sizeof(head) || (head.ndm_state & kUseless) != 0) return;
    IpAddress address;
    MacAddress mac;
    wire::Reader reader(body.subspan(sizeof(head)));
    while (reader.remaining() >= sizeof(rtattr)) {
        const auto attribute = load<rtattr>(reader.bytes(sizeof(rtattr)));
        if (attribute.rta_len < sizeof(rtattr)) return;
        const std::size_t length = attribute.rta_len - sizeof(rtattr);
        const ByteView data = reader.bytes(length);
        if (!reader.ok()) return;
        reader.skip(std::min(reader.remaining(), RTA_ALIGN(length) - length));
        if (attribute.rta_type == NDA_DST) address = IpAddress::from_bytes(data);
        if (attribute.rta_type == NDA_LLADDR && data.size() == 6)
            mac = MacAddress::from_bytes(data);
    }
    if (!mac.is_zero() && table.size() < kMaxEntries) table[address] = mac;
}

/// True at the end of the dump.
bool read_messages(ByteView bytes, Table& table) {
    while (bytes.size() >= sizeof(nlmsghdr)) {
        const auto header = load<nlmsghdr>(bytes);
        if (header.nlmsg_len < sizeof(header) || header.nlmsg_len > bytes.size()) return true;
        if (header.nlmsg_type == NLMSG_DONE || header.nlmsg_type == NLMSG_ERROR) return true;
        if (header.nlmsg_type == RTM_NEWNEIGH)
            read_entry(bytes.subspan(sizeof(header), header.nlmsg_len - sizeof(header)), table);
        bytes = bytes.subspan(std::min<std::size_t>(bytes.size(), NLMSG_ALIGN(header.nlmsg_len)));
    }
    return false;
}

}  // namespace

Result<void> Neighbours::refresh() {
    const sys::Descriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
    if (!socket.open()) return sys::fail_errno("cannot open a netlink socket");
    (void)setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof(kPatience));
    struct {
        nlmsghdr header{};
        ndmsg body{};
    } request;
    request.header.nlmsg_len = sizeof(request);
    request.header.nlmsg_type = RTM_GETNEIGH;
    request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    if (send(socket.get(), &request, sizeof(request), 0) != sizeof(request))
        return sys::fail_errno("cannot ask for the neighbour table");
    Table table;
    std::array<std::uint8_t, 32'768> buffer;
    while (true) {
        const ssize_t got = recv(socket.get(), buffer.data(), buffer.size(), 0);
        if (got <= 0) return sys::fail_errno("cannot read the neighbour table");
        if (read_messages({buffer.data(), static_cast<std::size_t>(got)}, table)) break;
    }
    table_ = std::move(table);
    return {};
}

}  // namespace vedette::dnsd
