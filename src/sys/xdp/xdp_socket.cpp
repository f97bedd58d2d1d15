#include "sys/xdp/xdp_socket.hpp"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <new>
#include <utility>

#include "sys/os/error.hpp"

namespace vedette::sys {
namespace {

constexpr std::size_t kFramesBytes = std::size_t{XdpSocket::kFrames} * XdpSocket::kFrameBytes * 2;
constexpr std::size_t kCacheLine = 64;
constexpr std::uint32_t kLayout = 0x56585331;  // of what follows the frames; another for another
constexpr int kMaxTxBudget = 9;                // XDP_MAX_TX_SKB_BUDGET, in Linux since 6.17
constexpr std::uint32_t kTxBudget = 256;
constexpr int kSendAttempts = 1'000;  // of a burst, 32 frames each with older kernels

Result<void> set(const Descriptor& socket, int option, std::uint32_t value) {
    if (::setsockopt(socket.get(), SOL_XDP, option, &value, sizeof(value)) != 0)
        return fail_errno("cannot set up AF_XDP");
    return {};
}

}  // namespace

// What lies behind the frames, for whoever holds the socket next.
struct XdpSocket::Estate {
    std::uint32_t layout;
    std::uint32_t frames;
    std::uint32_t frame_bytes;
    std::atomic<std::uint32_t> holder;   // whose everything is
    std::atomic<std::uint32_t> claimed;  // by the holder with this number
    std::uint32_t free_count;
    std::array<std::uint64_t, kFrames> free;  // frames to send that are not on their way
};
static_assert(std::atomic<std::uint32_t>::is_always_lock_free, "shared by processes");
namespace {
constexpr std::size_t kEstateBytes = 5 * 4'096;
constexpr std::size_t kMemoryBytes = kFramesBytes + kEstateBytes;
}  // namespace

XdpSocket::Memory::Memory(Memory&& other) noexcept
    : file_(std::move(other.file_)), bytes_(std::exchange(other.bytes_, {})) {}

XdpSocket::Memory& XdpSocket::Memory::operator=(Memory&& other) noexcept {
    std::swap(file_, other.file_);
    std::swap(bytes_, other.bytes_);
    return *this;
}

XdpSocket::Memory::~Memory() {
    if (!bytes_.empty()) ::munmap(bytes_.data(), bytes_.size());
}

Result<void> XdpSocket::Memory::make(std::size_t bytes) {
    Descriptor file(::memfd_create("af-xdp", MFD_CLOEXEC));
    if (!file.open() || ::ftruncate(file.get(), static_cast<off_t>(bytes)) != 0)
        return fail_errno("cannot make memory for AF_XDP");
    return map(std::move(file), bytes);
}

Result<void> XdpSocket::Memory::map(Descriptor file, std::size_t bytes) {
    void* const start =
        ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, file.get(), 0);
    if (start == MAP_FAILED) return fail_errno("cannot map memory for AF_XDP");
    file_ = std::move(file);
    bytes_ = {static_cast<std::uint8_t*>(start), bytes};
    return {};
}

XdpSocket::Estate& XdpSocket::estate() const noexcept {
    static_assert(sizeof(Estate) <= kEstateBytes);
    return *reinterpret_cast<Estate*>(memory_.bytes().data() + kFramesBytes);
}

Result<XdpSocket> XdpSocket::open(unsigned interface, std::uint32_t queue) {
    XdpSocket made;
    made.socket_ = Descriptor(::socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0));
    if (!made.socket_.open()) return fail_errno("cannot open an AF_XDP socket");
    VEDETTE_TRY(made.register_memory());
    for (const int ring : {XDP_UMEM_FILL_RING, XDP_UMEM_COMPLETION_RING, XDP_RX_RING, XDP_TX_RING})
        VEDETTE_TRY(set(made.socket_, ring, kFrames));
    VEDETTE_TRY(made.map_rings());
    VEDETTE_TRY(made.bind_to(interface, queue));
    for (std::uint64_t i = 0; i < kFrames; ++i) {
        made.fill_.put(i * kFrameBytes);
        made.free_.push_back((kFrames + i) * kFrameBytes);
    }
    made.fill_.publish();
    made.taken_.reserve(kFrames);
    made.acquired_ = true;
    Estate& estate = *new (&made.estate()) Estate{};
    estate.layout = kLayout;
    estate.frames = kFrames;
    estate.frame_bytes = kFrameBytes;
    estate.holder.store(made.holder_, std::memory_order_release);
    return made;
}

Result<XdpSocket> XdpSocket::adopt(Descriptor socket, Descriptor memory, std::uint32_t holder) {
    XdpSocket made;
    struct stat file{};
    if (::fstat(memory.get(), &file) != 0 || file.st_size != static_cast<off_t>(kMemoryBytes))
        return fail(ErrorKind::InvalidInput, "the AF_XDP memory is another version's");
    VEDETTE_TRY(made.memory_.map(std::move(memory), kMemoryBytes));
    const Estate& estate = made.estate();
    if (estate.layout != kLayout || estate.frames != kFrames || estate.frame_bytes != kFrameBytes)
        return fail(ErrorKind::InvalidInput, "the AF_XDP memory is another version's");
    made.socket_ = std::move(socket);
    made.holder_ = holder;
    VEDETTE_TRY(made.map_rings());
    made.learn_mode();
    made.free_.reserve(kFrames);
    made.taken_.reserve(kFrames);
    return made;
}

void XdpSocket::claim() noexcept {
    estate().claimed.store(holder_, std::memory_order_release);
}

void XdpSocket::expect_claim() const noexcept {
    estate().claimed.store(holder_, std::memory_order_release);
}

bool XdpSocket::claimed_by_next() const noexcept {
    return estate().claimed.load(std::memory_order_acquire) == holder_ + 1;
}

bool XdpSocket::acquire() noexcept {
    if (acquired_) return true;
    const Estate& estate = this->estate();
    if (estate.holder.load(std::memory_order_acquire) != holder_) return false;
    fill_.resume_producing();
    completion_.resume_consuming();
    received_.resume_consuming();
    send_.resume_producing();
    free_.assign(estate.free.begin(), estate.free.begin() + std::min(estate.free_count, kFrames));
    return acquired_ = true;
}

void XdpSocket::release() noexcept {
    reclaim_sent();
    Estate& estate = this->estate();
    estate.free_count = static_cast<std::uint32_t>(free_.size());  // the others will be completed
    std::ranges::copy(free_, estate.free.begin());
    acquired_ = false;
    estate.holder.store(holder_ + 1, std::memory_order_release);
}

Result<void> XdpSocket::register_memory() {
    VEDETTE_TRY(memory_.make(kMemoryBytes));
    // Counts against the limit of the process unless it has CAP_IPC_LOCK.
    const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
    (void)::setrlimit(RLIMIT_MEMLOCK, &unlimited);
    xdp_umem_reg memory{};
    memory.addr = reinterpret_cast<std::uint64_t>(memory_.bytes().data());
    memory.len = kFramesBytes;
    memory.chunk_size = kFrameBytes;
    if (::setsockopt(socket_.get(), SOL_XDP, XDP_UMEM_REG, &memory, sizeof(memory)) != 0) {
        Error error = os_error(errno, "cannot lock memory for AF_XDP");
        if (errno == ENOBUFS || errno == ENOMEM) error.text += " (raise RLIMIT_MEMLOCK)";
        return std::unexpected(std::move(error));
    }
    return {};
}

Result<void> XdpSocket::map_rings() {
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
    learn_mode();
    (void)set(socket_, kMaxTxBudget, kTxBudget);  // fewer calls for a burst
    return {};
}

void XdpSocket::learn_mode() noexcept {
    xdp_options options{};
    socklen_t length = sizeof(options);
    if (::getsockopt(socket_.get(), SOL_XDP, XDP_OPTIONS, &options, &length) == 0)
        zero_copy_ = (options.flags & XDP_OPTIONS_ZEROCOPY) != 0;
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
