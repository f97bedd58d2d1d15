// An AF_XDP socket of one queue of one interface: received frames out of shared memory, frames to
// send into it. Frames to receive into and frames to send from are apart, so that each side's
// supply is fixed. Nothing is allocated or copied after opening. One thread; what is
// about claims any.
//
// The memory is a file without a name, so that a successor can map it too: it needs no privilege,
// and what lies in the rings waits there while the socket changes hands (adopt, release, acquire).
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
    /// One that another process has open, with its memory and one number more than that process
    /// has. Nothing but acquire() may be called before acquire() said yes. InvalidInput when its
    /// memory is not laid out like ours.
    [[nodiscard]] static Result<XdpSocket> adopt(Descriptor socket, Descriptor memory,
                                                 std::uint32_t holder);
    XdpSocket(XdpSocket&&) noexcept = default;
    XdpSocket& operator=(XdpSocket&&) = delete;
    ~XdpSocket() = default;

    [[nodiscard]] const Descriptor& descriptor() const noexcept { return socket_; }
    [[nodiscard]] const Descriptor& memory() const noexcept { return memory_.file(); }
    /// The how-manyth process this is that holds the socket.
    [[nodiscard]] std::uint32_t holder() const noexcept { return holder_; }
    /// Tells the holder that this process will take the socket.
    void claim() noexcept;
    /// Forgets the claim of a successor that came to nothing.
    void expect_claim() const noexcept;
    /// Whether the next holder did so.
    [[nodiscard]] bool claimed_by_next() const noexcept;
    /// Whether the socket is this process's by now; cheap.
    [[nodiscard]] bool acquire() noexcept;
    /// The next holder's from here on. Everything received must be done with and flushed.
    void release() noexcept;
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
        /// Of a new file, or of one that is there already.
        [[nodiscard]] Result<void> make(std::size_t bytes);
        [[nodiscard]] Result<void> map(Descriptor file, std::size_t bytes);
        [[nodiscard]] std::span<std::uint8_t> bytes() const noexcept { return bytes_; }
        [[nodiscard]] const Descriptor& file() const noexcept { return file_; }

      private:
        Descriptor file_;
        std::span<std::uint8_t> bytes_;
    };
    struct Estate;
    XdpSocket() = default;
    [[nodiscard]] Result<void> register_memory();
    [[nodiscard]] Result<void> map_rings();
    [[nodiscard]] Result<void> bind_to(unsigned interface, std::uint32_t queue);
    void learn_mode() noexcept;
    void reclaim_sent() noexcept;
    [[nodiscard]] Estate& estate() const noexcept;

    Memory memory_;
    Descriptor socket_;
    XdpRing<std::uint64_t> fill_;
    XdpRing<std::uint64_t> completion_;
    XdpRing<xdp_desc> received_;
    XdpRing<xdp_desc> send_;
    std::vector<std::uint64_t> free_;   // frames to send, by address
    std::vector<std::uint64_t> taken_;  // received, not yet done with
    std::uint32_t queued_ = 0;
    std::uint32_t holder_ = 1;
    bool acquired_ = false;
    bool zero_copy_ = false;
};

}  // namespace vedette::sys
