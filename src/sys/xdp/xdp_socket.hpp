// An AF_XDP socket of one queue of one interface: received frames out of shared memory, frames to
// send into it. Frames to receive into and frames to send from are apart, so that each side's
// supply is fixed. Nothing is allocated or copied after opening. One thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "sys/os/descriptor.hpp"
#include "sys/xdp/xdp_ring.hpp"

namespace vedette::sys {

class XdpSocket {
  public:
    static constexpr std::uint32_t kFrameBytes = 2'048;
    static constexpr std::uint32_t kFrames = 2'048;  ///< of each direction: 8 MiB together

    /// Needs CAP_NET_RAW, and as much lockable memory as the frames (RLIMIT_MEMLOCK).
    [[nodiscard]] static Result<XdpSocket> open(unsigned interface, std::uint32_t queue);
    XdpSocket(XdpSocket&&) noexcept = default;
    XdpSocket& operator=(XdpSocket&&) = delete;
    ~XdpSocket() = default;

    [[nodiscard]] const Descriptor& descriptor() const noexcept { return socket_; }
    /// Whether the card writes to our memory itself.
    [[nodiscard]] bool zero_copy() const noexcept { return zero_copy_; }

    /// Received frames, at most as many as fit; valid until done_receiving().
    [[nodiscard]] std::size_t receive(std::span<ByteView> frames) noexcept;
    /// The kernel may write to them again.
    void done_receiving() noexcept;

    /// A frame to write; empty when all are on their way.
    [[nodiscard]] std::span<std::uint8_t> begin_send() noexcept;
    /// Its first `bytes` are to go out; 0 gives it back. Ends begin_send().
    void end_send(std::size_t bytes) noexcept;
    /// Hands what is to go out to the kernel. How many frames went.
    std::size_t flush() noexcept;

  private:
    class Memory {
      public:
        Memory() noexcept = default;
        Memory(Memory&& other) noexcept;
        Memory& operator=(Memory&& other) noexcept;
        ~Memory();
        [[nodiscard]] Result<void> map(std::size_t bytes);
        [[nodiscard]] std::span<std::uint8_t> bytes() const noexcept { return bytes_; }

      private:
        std::span<std::uint8_t> bytes_;
    };
    XdpSocket() = default;
    [[nodiscard]] Result<void> register_memory();
    [[nodiscard]] Result<void> map_rings();
    [[nodiscard]] Result<void> bind_to(unsigned interface, std::uint32_t queue);
    void reclaim_sent() noexcept;

    Memory memory_;
    Descriptor socket_;
    XdpRing<std::uint64_t> fill_;
    XdpRing<std::uint64_t> completion_;
    XdpRing<xdp_desc> received_;
    XdpRing<xdp_desc> send_;
    std::vector<std::uint64_t> free_;   // frames to send, by address
    std::vector<std::uint64_t> taken_;  // received, not yet done with
    std::uint32_t queued_ = 0;
    bool zero_copy_ = false;
};

}  // namespace vedette::sys
