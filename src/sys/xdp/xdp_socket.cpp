#include "sys/xdp/xdp_socket.hpp"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "sys/os/error.hpp"

namespace vedette::sys {
namespace {

constexpr std::size_t kMemoryBytes = std::size_t{XdpSocket::kFrames} * XdpSocket::kFrameBytes * 2;
constexpr std::size_t kCacheLine = 64;
constexpr int kMaxTxBudget = 9;  // XDP_MAX_TX_SKB_BUDGET, in Linux since 6.17
constexpr std::uint32_t kTxBudget = 256;
constexpr int kSendAttempts = 1'000;  // of a burst, 32 frames each with older kernels

Result<void> set(const Descriptor& socket, int option, std::uint32_t value) {
    if (::setsockopt(socket.get(), SOL_XDP, option, &value, sizeof(value)) != 0)
        return fail_errno("cannot set up AF_XDP");
    return {};
}

}  // namespace

XdpSocket::Memory::Memory(Memory&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}

XdpSocket::Memory& XdpSocket::Memory::operator=(Memory&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
}

XdpSocket::Memory::~Memory() {
    if (!bytes_.empty()) ::munmap(bytes_.data(), bytes_.size());
}

Result<void> XdpSocket::Memory::map(std::size_t bytes) {
    void* const start = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (start == MAP_FAILED) return fail_errno("cannot map memory for AF_XDP");
    bytes_ = {static_cast<std::uint8_t*>(start), bytes};
    return {};
}

Result<XdpSocket> XdpSocket::open(unsigned interface, std::uint32_t queue) {
    XdpSocket made;
    made.socket_ = Descriptor(::socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0));
    if (!made.socket_.open()) return fail_errno("cannot open an AF_XDP socket");
    VEDETTE_TRY(made.register_memory());
    VEDETTE_TRY(made.map_rings());
    VEDETTE_TRY(made.bind_to(interface, queue));
    for (std::uint64_t i = 0; i < kFrames; ++i) {
        made.fill_.put(i * kFrameBytes);
        made.free_.push_back((kFrames + i) * kFrameBytes);
    }
    made.fill_.publish();
    made.taken_.reserve(kFrames);
    return made;
}

Result<void> XdpSocket::register_memory() {
    VEDETTE_TRY(memory_.map(kMemoryBytes));
    // Counts against the limit of the process unless it has CAP_IPC_LOCK.
    const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
    (void)::setrlimit(RLIMIT_MEMLOCK, &unlimited);
    xdp_umem_reg memory{};
    memory.addr = reinterpret_cast<std::uint64_t>(memory_.bytes().data());
    memory.len = kMemoryBytes;
    memory.chunk_size = kFrameBytes;
    if (::setsockopt(socket_.get(), SOL_XDP, XDP_UMEM_REG, &memory, sizeof(memory)) != 0) {
        Error error = os_error(errno, "cannot lock memory for AF_XDP");
        if (errno == ENOBUFS || errno == ENOMEM) error.text += " (raise RLIMIT_MEMLOCK)";
        return std::unexpected(std::move(error));
    }
    return {};
}

Result<void> XdpSocket::map_rings() {
    for (const int ring : {XDP_UMEM_FILL_RING, XDP_UMEM_COMPLETION_RING, XDP_RX_RING, XDP_TX_RING})
        VEDETTE_TRY(set(socket_, ring, kFrames));
    xdp_mmap_offsets offsets{};
    socklen_t length = sizeof(offsets);
    if (::getsockopt(socket_.get(), SOL_XDP, XDP_MMAP_OFFSETS, &offsets, &length) != 0)
        return fail_errno("cannot set up AF_XDP");
    if (length != sizeof(offsets))
        return fail(ErrorKind::Failed, "this kernel's AF_XDP is too old (Linux 5.4 is needed)");
    const auto addresses = [&](const xdp_ring_offset& ring, std::uint64_t place) {
        return RingMemory::map(socket_, ring, kFrames * sizeof(std::uint64_t), place);
    };
    const auto descriptors = [&](const xdp_ring_offset& ring, std::uint64_t place) {
        return RingMemory::map(socket_, ring, kFrames * sizeof(xdp_desc), place);
    };
    auto fill = addresses(offsets.fr, XDP_UMEM_PGOFF_FILL_RING);
    auto completion = addresses(offsets.cr, XDP_UMEM_PGOFF_COMPLETION_RING);
    auto received = descriptors(offsets.rx, XDP_PGOFF_RX_RING);
    auto send = descriptors(offsets.tx, XDP_PGOFF_TX_RING);
    for (const auto* const mapped : {&fill, &completion, &received, &send})
        if (!*mapped) return std::unexpected(mapped->error());
    fill_ = {std::move(*fill), offsets.fr, kFrames};
    completion_ = {std::move(*completion), offsets.cr, kFrames};
    received_ = {std::move(*received), offsets.rx, kFrames};
    send_ = {std::move(*send), offsets.tx, kFrames};
    return {};
}

Result<void> XdpSocket::bind_to(unsigned interface, std::uint32_t queue) {
    sockaddr_xdp address{};
    address.sxdp_family = AF_XDP;
    address.sxdp_ifindex = interface;
    address.sxdp_queue_id = queue;
    address.sxdp_flags = XDP_USE_NEED_WAKEUP;  // the kernel copies where the card cannot do without
    if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
        return fail_errno("cannot bind an AF_XDP socket to queue " + std::to_string(queue) +
                          (errno == EBUSY ? " (another program has one there)" : ""));
    xdp_options options{};
    socklen_t length = sizeof(options);
    if (::getsockopt(socket_.get(), SOL_XDP, XDP_OPTIONS, &options, &length) == 0)
        zero_copy_ = (options.flags & XDP_OPTIONS_ZEROCOPY) != 0;
    (void)set(socket_, kMaxTxBudget, kTxBudget);  // fewer calls for a burst
    return {};
}

std::size_t XdpSocket::receive(std::span<ByteView> frames) noexcept {
    const std::size_t count = std::min<std::size_t>(received_.waiting(), frames.size());
    for (std::size_t i = 0; i < count; ++i) {
        const xdp_desc frame = received_.take();
        frames[i] = memory_.bytes().subspan(frame.addr, frame.len);
        // Another core has written it: headers and a short question are fetched while the frames
        // before it are answered.
        __builtin_prefetch(frames[i].data());
        __builtin_prefetch(frames[i].data() + kCacheLine);
        taken_.push_back(frame.addr - frame.addr % kFrameBytes);
    }
    if (count != 0) received_.release();
    return count;
}

void XdpSocket::done_receiving() noexcept {
    for (const std::uint64_t frame : taken_)  // the ring holds all there are
        fill_.put(frame);
    fill_.publish();
    taken_.clear();
    if (fill_.needs_wakeup())
        (void)::recvfrom(socket_.get(), nullptr, 0, MSG_DONTWAIT, nullptr, nullptr);
}

std::span<std::uint8_t> XdpSocket::begin_send() noexcept {
    if (free_.empty()) reclaim_sent();
    if (free_.empty()) return {};
    return memory_.bytes().subspan(free_.back(), kFrameBytes);
}

void XdpSocket::end_send(std::size_t bytes) noexcept {
    if (bytes == 0) return;
    send_.put({free_.back(), static_cast<std::uint32_t>(bytes), 0});
    free_.pop_back();
    ++queued_;
}

std::size_t XdpSocket::flush() noexcept {
    if (queued_ == 0) return 0;
    send_.publish();
    for (int i = 0; i < kSendAttempts && send_.pending() != 0; ++i) {
        // Copying sockets send here, some dozens at a call; others only need to be woken.
        if (send_.needs_wakeup() &&
            ::sendto(socket_.get(), nullptr, 0, MSG_DONTWAIT, nullptr, 0) < 0 && errno != EAGAIN &&
            errno != EBUSY && errno != ENOBUFS && errno != EINTR)
            break;
        if (zero_copy_) break;
        reclaim_sent();
    }
    reclaim_sent();
    return std::exchange(queued_, 0);
}

void XdpSocket::reclaim_sent() noexcept {
    const std::uint32_t count = completion_.waiting();
    for (std::uint32_t i = 0; i < count; ++i)
        free_.push_back(completion_.take());
    if (count != 0) completion_.release();
}

}  // namespace vedette::sys
