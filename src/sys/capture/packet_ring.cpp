#include "sys/capture/packet_ring.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include "sys/capture/capture_parser.hpp"
#include "sys/capture/live_link.hpp"
#include "sys/os/error.hpp"
#include "sys/os/privileges.hpp"

namespace vedette::sys {
namespace {

constexpr std::string_view kAny = "any";
/// Room in front of each frame for a VLAN tag or a cooked header.
constexpr unsigned kReserveBytes = 32;
constexpr unsigned kFrameBytes = 2'048;  // the kernel wants a size; version 3 packs frames anyway
constexpr std::size_t kMinBlocks = 4;

template <typename T>
bool set(int socket, int option, const T& value) noexcept {
    return ::setsockopt(socket, SOL_PACKET, option, &value, sizeof value) == 0;
}

ifreq request_for(const std::string& name) noexcept {
    ifreq request{};
    name.copy(request.ifr_name, sizeof request.ifr_name - 1);
    return request;
}

Error open_error(const std::string& interface) {
    if (errno != EPERM && errno != EACCES) {
        return os_error(errno, fmt::format("cannot capture on {}", interface));
    }
    return {ErrorKind::Permission,
            fmt::format("capturing on {} needs the privilege CAP_NET_RAW; {}", interface,
                        how_to_grant("cap_net_raw"))};
}

/// The status word of a block is how it changes hands; everything else in it follows.
std::atomic_ref<std::uint32_t> status_of(std::uint8_t* block) noexcept {
    auto* description = reinterpret_cast<tpacket_block_desc*>(block);
    return std::atomic_ref<std::uint32_t>(description->hdr.bh1.block_status);
}

}  // namespace

Result<PacketRing> PacketRing::open(const std::string& interface, std::size_t ring_bytes,
                                    Promiscuity promiscuity) {
    // Protocol 0: nothing arrives before ring and filter are in place and start() binds.
    Descriptor socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
    if (!socket.open()) return std::unexpected(open_error(interface));
    PacketRing ring(std::move(socket), interface, promiscuity);
    if (interface != kAny) {
        ring.index_ = static_cast<int>(::if_nametoindex(interface.c_str()));
        if (ring.index_ == 0) {
            return fail(ErrorKind::NotFound,
                        fmt::format("there is no interface {}; `vedette interfaces` lists them",
                                    interface));
        }
        VEDETTE_TRY(ring.learn_link_type());
    }
    VEDETTE_TRY(ring.map(ring_bytes));
    return ring;
}

PacketRing::PacketRing(PacketRing&& other) noexcept
    : socket_(std::move(other.socket_)),
      name_(std::move(other.name_)),
      promiscuity_(other.promiscuity_),
      index_(other.index_),
      link_type_(other.link_type_),
      kernel_can_filter_(other.kernel_can_filter_),
      up_(other.up_),
      ring_(std::exchange(other.ring_, nullptr)),
      blocks_(other.blocks_),
      current_(other.current_),
      block_open_(other.block_open_),
      next_frame_(other.next_frame_),
      frames_left_(other.frames_left_),
      last_(other.last_) {}

PacketRing::~PacketRing() {
    if (ring_ != nullptr) ::munmap(ring_, blocks_ * kBlockBytes);
}

Result<void> PacketRing::learn_link_type() {
    ifreq request = request_for(name_);
    if (::ioctl(socket_.get(), SIOCGIFHWADDR, &request) != 0) {
        return fail_errno(fmt::format("cannot ask for the link type of {}", name_));
    }
    const LiveLink link = live_link(request.ifr_hwaddr.sa_family);
    link_type_ = link.link_type;
    kernel_can_filter_ = !link.cooked;
    return {};
}

Result<void> PacketRing::map(std::size_t ring_bytes) {
    const std::string what = fmt::format("cannot set up the capture ring of {}", name_);
    blocks_ = std::max(ring_bytes / kBlockBytes, kMinBlocks);
    tpacket_req3 request{};
    request.tp_block_size = kBlockBytes;
    request.tp_block_nr = static_cast<unsigned>(blocks_);
    request.tp_frame_size = kFrameBytes;
    request.tp_frame_nr = static_cast<unsigned>(blocks_ * (kBlockBytes / kFrameBytes));
    request.tp_retire_blk_tov = kRetireMillis;
    if (!set(socket_.get(), PACKET_VERSION, int{TPACKET_V3}) ||
        !set(socket_.get(), PACKET_RESERVE, kReserveBytes) ||
        !set(socket_.get(), PACKET_RX_RING, request)) {
        return fail_errno(what);
    }
    void* memory = ::mmap(nullptr, blocks_ * kBlockBytes, PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_POPULATE, socket_.get(), 0);
    if (memory == MAP_FAILED) return fail_errno(what);
    ring_ = static_cast<std::uint8_t*>(memory);
    return {};
}

Result<void> PacketRing::start() {
    return bind();
}

Result<void> PacketRing::bind() const {
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_protocol = htons(ETH_P_ALL);
    address.sll_ifindex = index_;
    if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        return std::unexpected(open_error(name_));
    }
    if (promiscuity_ == Promiscuity::On && !is_any()) {
        packet_mreq membership{};
        membership.mr_ifindex = index_;
        membership.mr_type = PACKET_MR_PROMISC;
        // Interfaces that cannot (some tunnels) deliver what they have.
        (void)set(socket_.get(), PACKET_ADD_MEMBERSHIP, membership);
    }
    return {};
}

void PacketRing::stop() noexcept {
    // A bound packet socket cannot be unbound, but a filter that refuses everything ends it.
    sock_filter refuse{BPF_RET | BPF_K, 0, 0, 0};
    const sock_fprog program{1, &refuse};
    (void)::setsockopt(socket_.get(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

bool PacketRing::read(PacketBatch& batch, InterfaceTable& interfaces) {
    std::uint8_t* block = ring_ + current_ * kBlockBytes;
    if (!block_open_) {
        if ((status_of(block).load(std::memory_order_acquire) & TP_STATUS_USER) == 0) return false;
        const auto& header = reinterpret_cast<const tpacket_block_desc*>(block)->hdr.bh1;
        block_open_ = true;
        frames_left_ = header.num_pkts;
        next_frame_ = block + header.offset_to_first_pkt;
    }
    while (frames_left_ > 0 && batch.packets.size() < kBatchPackets) {
        std::uint8_t* frame = next_frame_;
        next_frame_ += reinterpret_cast<const tpacket3_hdr*>(frame)->tp_next_offset;
        --frames_left_;
        append(frame, batch, interfaces);
    }
    return true;
}

void PacketRing::release() noexcept {
    if (!block_open_ || frames_left_ > 0) return;
    status_of(ring_ + current_ * kBlockBytes).store(TP_STATUS_KERNEL, std::memory_order_release);
    current_ = (current_ + 1) % blocks_;
    block_open_ = false;
}

void PacketRing::append(std::uint8_t* frame, PacketBatch& batch, InterfaceTable& interfaces) {
    const auto& header = *reinterpret_cast<const tpacket3_hdr*>(frame);
    const auto& from =
        *reinterpret_cast<const sockaddr_ll*>(frame + TPACKET_ALIGN(sizeof(tpacket3_hdr)));
    // Loopback shows each packet twice: leaving, and arriving. One of them is enough.
    if (from.sll_hatype == ARPHRD_LOOPBACK && from.sll_pkttype == PACKET_OUTGOING) return;

    const LiveLink link = live_link(from.sll_hatype);
    PacketRecord packet;
    packet.time = {static_cast<std::int64_t>(header.tp_sec) * kNanosPerSecond + header.tp_nsec};
    packet.link_type = link.link_type;
    packet.interface = number_of(from.sll_ifindex, link.link_type, interfaces);
    packet.captured = header.tp_snaplen;
    packet.original = header.tp_len;
    std::uint8_t* data = frame + header.tp_mac;
    const std::uint32_t link_bytes = header.tp_net - header.tp_mac;
    if (link.cooked && header.tp_net >= header.tp_mac && link_bytes <= packet.captured) {
        data = prepend_cooked_header(frame + header.tp_net,
                                     {from.sll_pkttype, from.sll_hatype, from.sll_halen,
                                      from.sll_addr, ntohs(from.sll_protocol)});
        packet.captured += kCookedHeaderBytes - link_bytes;
        packet.original += kCookedHeaderBytes - link_bytes;
    } else if ((header.tp_status & TP_STATUS_VLAN_VALID) != 0 && packet.captured >= 12) {
        const bool named = (header.tp_status & TP_STATUS_VLAN_TPID_VALID) != 0;
        data = restore_vlan_tag(data, named ? header.hv1.tp_vlan_tpid : ETH_P_8021Q,
                                static_cast<std::uint16_t>(header.hv1.tp_vlan_tci));
        packet.captured += kVlanTagBytes;
        packet.original += kVlanTagBytes;
    }
    packet.data = data;
    batch.packets.push_back(packet);
}

std::uint16_t PacketRing::number_of(int index, std::uint16_t link, InterfaceTable& interfaces) {
    if (index == last_.index && link == last_.link) return last_.number;
    char name[IF_NAMESIZE] = {};
    const bool named = is_any() && ::if_indextoname(static_cast<unsigned>(index), name) != nullptr;
    last_ = {index, link, interfaces.add({named ? std::string(name) : name_, link})};
    return last_.number;
}

std::string PacketRing::check_interface() {
    if (is_any()) return {};
    int pending = 0;  // reading the error clears it, else poll() would return at once for ever
    socklen_t size = sizeof pending;
    (void)::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &pending, &size);

    const bool was_up = up_;
    const int index = static_cast<int>(::if_nametoindex(name_.c_str()));
    if (index != 0 && index != index_) {  // deleted and made again
        index_ = index;
        if (!bind()) return fmt::format("{} is back but cannot be captured on", name_);
    }
    ifreq request = request_for(name_);
    up_ = index != 0 && ::ioctl(socket_.get(), SIOCGIFFLAGS, &request) == 0 &&
          (request.ifr_flags & IFF_UP) != 0;
    if (was_up == up_) return {};
    if (up_) return fmt::format("{} is up again", name_);
    return fmt::format("{} {}; waiting for it", name_, index == 0 ? "is gone" : "went down");
}

std::uint64_t PacketRing::take_drops() const noexcept {
    tpacket_stats_v3 statistics{};
    socklen_t size = sizeof statistics;
    if (::getsockopt(socket_.get(), SOL_PACKET, PACKET_STATISTICS, &statistics, &size) != 0) {
        return 0;
    }
    return statistics.tp_drops;
}

}  // namespace vedette::sys
