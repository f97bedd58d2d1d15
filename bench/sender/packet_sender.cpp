#include "sender/packet_sender.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <memory>
#include <thread>

#include "sys/os/descriptor.hpp"
#include "sys/os/error.hpp"

namespace vedette::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kBurst = 64;

/// Whether this process is outside the machine's own network namespace, as far as it may look.
bool in_own_namespace() {
    struct stat mine{};
    struct stat machine{};
    return ::stat("/proc/self/ns/net", &mine) == 0 && ::stat("/proc/1/ns/net", &machine) == 0 &&
           (mine.st_ino != machine.st_ino || mine.st_dev != machine.st_dev);
}

/// The interface at the other end of a veth cable, by its number; 0 for other kinds.
unsigned cable_end(const std::string& interface) {
    const sys::Descriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ifreq request{};
    interface.copy(request.ifr_name, sizeof request.ifr_name - 1);
    ethtool_drvinfo driver{};
    driver.cmd = ETHTOOL_GDRVINFO;
    request.ifr_data = reinterpret_cast<char*>(&driver);
    if (::ioctl(socket.get(), SIOCETHTOOL, &request) != 0 ||
        std::string_view(driver.driver) != "veth" || driver.n_stats == 0) {
        return 0;
    }
    // The first statistic of a veth is the number of its peer.
    std::vector<std::uint64_t> answer(sizeof(ethtool_stats) / 8 + driver.n_stats);
    auto* statistics = reinterpret_cast<ethtool_stats*>(answer.data());
    statistics->cmd = ETHTOOL_GSTATS;
    statistics->n_stats = driver.n_stats;
    request.ifr_data = reinterpret_cast<char*>(statistics);
    if (::ioctl(socket.get(), SIOCETHTOOL, &request) != 0) return 0;
    return static_cast<unsigned>(statistics->data[0]);
}

/// A cable with both ends in this namespace leads nowhere else.
bool is_cable_to_itself(const std::string& interface) {
    char name[IF_NAMESIZE] = {};
    return ::if_indextoname(cable_end(interface), name) != nullptr &&
           cable_end(name) == ::if_nametoindex(interface.c_str());
}

bool may_be_loaded(const std::string& interface) {
    return interface == "lo" || in_own_namespace() || is_cable_to_itself(interface);
}

Result<sys::Descriptor> open_socket(const std::string& interface) {
    if (!may_be_loaded(interface)) {
        return fail(ErrorKind::Permission,
                    fmt::format("{} belongs to this machine's network; the sender only loads "
                                "loopback, network namespaces and veth cables inside one",
                                interface));
    }
    sys::Descriptor socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
    if (!socket.open()) return sys::fail_errno("cannot send raw packets");
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_protocol = htons(ETH_P_ALL);
    address.sll_ifindex = static_cast<int>(::if_nametoindex(interface.c_str()));
    if (address.sll_ifindex == 0 ||
        ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        return sys::fail_errno(fmt::format("cannot send on {}", interface));
    }
    const int on = 1;
    (void)::setsockopt(socket.get(), SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on);
    return socket;
}

/// Frames that the interface accepted and could not hand to its other end, since it exists.
std::uint64_t dropped_by(const std::string& interface) {
    ifaddrs* entries = nullptr;
    if (::getifaddrs(&entries) != 0) return 0;
    const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(entries, &::freeifaddrs);
    for (const ifaddrs* entry = entries; entry != nullptr; entry = entry->ifa_next) {
        if (entry->ifa_addr != nullptr && entry->ifa_addr->sa_family == AF_PACKET &&
            interface == entry->ifa_name && entry->ifa_data != nullptr) {
            return static_cast<const rtnl_link_stats*>(entry->ifa_data)->tx_dropped;
        }
    }
    return 0;
}

/// Sends frames[first..] (wrapping around) and returns how many the kernel took.
Result<std::size_t> send_burst(int socket, const std::vector<Frame>& frames, std::uint64_t first,
                               std::size_t count) {
    std::array<iovec, kBurst> parts{};
    std::array<mmsghdr, kBurst> messages{};
    for (std::size_t i = 0; i < count; ++i) {
        const Frame& frame = frames[(first + i) % frames.size()];
        parts[i] = {const_cast<std::uint8_t*>(frame.data()), frame.size()};
        messages[i].msg_hdr.msg_iov = &parts[i];
        messages[i].msg_hdr.msg_iovlen = 1;
    }
    const int sent = ::sendmmsg(socket, messages.data(), static_cast<unsigned>(count), 0);
    if (sent >= 0) return static_cast<std::size_t>(sent);
    if (errno == ENOBUFS || errno == EAGAIN || errno == EINTR) return 0U;
    return sys::fail_errno("cannot send");
}

}  // namespace

Result<SendOutcome> send_packets(const SendPlan& plan, const std::vector<Frame>& frames) {
    const Result<sys::Descriptor> socket = open_socket(plan.interface);
    if (!socket) return std::unexpected(socket.error());
    SendOutcome outcome;
    const std::uint64_t dropped_before = dropped_by(plan.interface);
    const auto began = SteadyClock::now();
    while (outcome.sent < plan.packets) {
        std::uint64_t allowed = plan.packets;
        if (plan.packets_per_second > 0) {
            const std::chrono::duration<double> elapsed = SteadyClock::now() - began;
            allowed = std::min(
                allowed, static_cast<std::uint64_t>(elapsed.count() * plan.packets_per_second));
            if (allowed <= outcome.sent) {
                std::this_thread::sleep_for(std::chrono::microseconds(100));
                continue;
            }
        }
        const std::size_t count = std::min<std::uint64_t>(kBurst, allowed - outcome.sent);
        const Result<std::size_t> sent = send_burst(socket->get(), frames, outcome.sent, count);
        if (!sent) return std::unexpected(sent.error());
        outcome.sent += *sent;
    }
    outcome.seconds = std::chrono::duration<double>(SteadyClock::now() - began).count();
    outcome.dropped = dropped_by(plan.interface) - dropped_before;
    outcome.sent -= std::min(outcome.sent, outcome.dropped);
    return outcome;
}

}  // namespace vedette::bench
