// One of the four rings that an AF_XDP socket shares with the kernel: a power of two of entries,
// one side writes, the other reads. Single producer, single consumer.
#pragma once

#include <linux/if_xdp.h>

#include <atomic>
#include <cstdint>

#include "base/result.hpp"
#include "sys/os/descriptor.hpp"

namespace vedette::sys {

/// The mapped memory of a ring.
class RingMemory {
  public:
    RingMemory() noexcept = default;
    /// `place`: XDP_PGOFF_... or XDP_UMEM_PGOFF_...
    [[nodiscard]] static Result<RingMemory> map(const Descriptor& socket,
                                                const xdp_ring_offset& offsets,
                                                std::size_t entries_bytes, std::uint64_t place);
    RingMemory(RingMemory&& other) noexcept;
    RingMemory& operator=(RingMemory&& other) noexcept;
    ~RingMemory();

    [[nodiscard]] std::uint8_t* at(std::uint64_t offset) const noexcept { return start_ + offset; }

  private:
    std::uint8_t* start_ = nullptr;
    std::size_t bytes_ = 0;
};

template <typename Entry>
class XdpRing {
  public:
    XdpRing() noexcept = default;
    XdpRing(RingMemory memory, const xdp_ring_offset& offsets, std::uint32_t entries) noexcept
        : memory_(std::move(memory)),
          producer_(reinterpret_cast<std::uint32_t*>(memory_.at(offsets.producer))),
          consumer_(reinterpret_cast<std::uint32_t*>(memory_.at(offsets.consumer))),
          flags_(reinterpret_cast<std::uint32_t*>(memory_.at(offsets.flags))),
          entries_(reinterpret_cast<Entry*>(memory_.at(offsets.desc))),
          size_(entries) {}

    /// For the producing side: how many entries can be put.
    [[nodiscard]] std::uint32_t room() const noexcept { return size_ - (mine_ - load(consumer_)); }
    void put(const Entry& entry) noexcept { entries_[mine_++ & (size_ - 1)] = entry; }
    /// Lets the other side see what was put.
    void publish() noexcept { store(producer_, mine_); }

    /// Takes up a side where another process left it.
    void resume_producing() noexcept { mine_ = load(producer_); }
    void resume_consuming() noexcept { mine_ = load(consumer_); }

    /// For the consuming side: how many entries wait.
    [[nodiscard]] std::uint32_t waiting() const noexcept { return load(producer_) - mine_; }
    [[nodiscard]] Entry take() noexcept { return entries_[mine_++ & (size_ - 1)]; }
    /// Gives the other side the places of what was taken.
    void release() noexcept { store(consumer_, mine_); }

    [[nodiscard]] bool needs_wakeup() const noexcept {
        return (load(flags_) & XDP_RING_NEED_WAKEUP) != 0;
    }
    /// Entries that the producer published and nobody took yet.
    [[nodiscard]] std::uint32_t pending() const noexcept {
        return load(producer_) - load(consumer_);
    }

  private:
    static std::uint32_t load(std::uint32_t* place) noexcept {
        return std::atomic_ref(*place).load(std::memory_order_acquire);
    }
    static void store(std::uint32_t* place, std::uint32_t value) noexcept {
        std::atomic_ref(*place).store(value, std::memory_order_release);
    }

    RingMemory memory_;
    std::uint32_t* producer_ = nullptr;
    std::uint32_t* consumer_ = nullptr;
    std::uint32_t* flags_ = nullptr;
    Entry* entries_ = nullptr;
    std::uint32_t size_ = 0;
    std::uint32_t mine_ = 0;  // this side's position
};

}  // namespace vedette::sys
