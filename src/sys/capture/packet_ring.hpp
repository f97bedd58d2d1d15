// One AF_PACKET socket with a receive ring shared with the kernel (TPACKET_V3, packet(7)): the
// kernel fills blocks of packets, we walk them in place and give them back. Nothing is copied; VLAN
// tags that the kernel or the hardware took out are put back in place. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "sys/capture/bpf_filter.hpp"
#include "sys/capture/interface_table.hpp"
#include "sys/capture/packet_batch.hpp"
#include "sys/os/descriptor.hpp"

namespace vedette::sys {

/// Whether to ask the interface for frames that are not addressed to this machine.
enum class Promiscuity : std::uint8_t { Off, On };

class PacketRing {
  public:
    static constexpr std::size_t kBlockBytes = 512U << 10U;
    /// The kernel hands over a block that is not full after this long.
    static constexpr int kRetireMillis = 50;

    /// Opens the socket; nothing is received before start(). `interface` is a name, or "any" for
    /// all of them. Fails with Permission (naming the fix) or NotFound.
    [[nodiscard]] static Result<PacketRing> open(const std::string& interface,
                                                 std::size_t ring_bytes, Promiscuity promiscuity);
    PacketRing(PacketRing&& other) noexcept;
    PacketRing& operator=(PacketRing&&) = delete;
    ~PacketRing();

    /// The link type of its packets; 0 for "any", which mixes them.
    [[nodiscard]] std::uint16_t link_type() const noexcept { return link_type_; }
    /// Whether a kernel filter would see the bytes that we deliver.
    [[nodiscard]] bool kernel_can_filter() const noexcept { return kernel_can_filter_; }
    [[nodiscard]] Result<void> filter(const BpfFilter& filter) const {
        return filter.attach(socket_.get());
    }
    [[nodiscard]] Result<void> start();
    /// Receives no more; what the ring holds can still be read.
    void stop() noexcept;

    /// Appends packets of the current block while there is room; they stay valid until release().
    /// False when the kernel has handed over no block.
    bool read(PacketBatch& batch, InterfaceTable& interfaces);
    /// Gives the current block back when it is read to its end.
    void release() noexcept;

    /// Looks whether the interface went down, away or came back, and follows it. Called about once
    /// a second. A sentence when its state changed, else empty.
    [[nodiscard]] std::string check_interface();
    /// Packets the kernel dropped since the last call because the ring was full.
    [[nodiscard]] std::uint64_t take_drops() const noexcept;

    [[nodiscard]] int descriptor() const noexcept { return socket_.get(); }
    [[nodiscard]] const std::string& interface() const noexcept { return name_; }

  private:
    PacketRing(Descriptor socket, std::string name, Promiscuity promiscuity) noexcept
        : socket_(std::move(socket)), name_(std::move(name)), promiscuity_(promiscuity) {}

    [[nodiscard]] Result<void> learn_link_type();
    [[nodiscard]] Result<void> map(std::size_t ring_bytes);
    [[nodiscard]] Result<void> bind() const;
    [[nodiscard]] bool is_any() const noexcept { return index_ == 0; }
    void append(std::uint8_t* frame, PacketBatch& batch, InterfaceTable& interfaces);
    [[nodiscard]] std::uint16_t number_of(int index, std::uint16_t link,
                                          InterfaceTable& interfaces);

    Descriptor socket_;
    std::string name_;
    Promiscuity promiscuity_;
    int index_ = 0;  // of the interface, 0 for any
    std::uint16_t link_type_ = 0;
    bool kernel_can_filter_ = false;
    bool up_ = true;

    std::uint8_t* ring_ = nullptr;
    std::size_t blocks_ = 0;
    std::size_t current_ = 0;  // block being read
    bool block_open_ = false;
    std::uint8_t* next_frame_ = nullptr;
    std::uint32_t frames_left_ = 0;

    struct {
        int index = -1;
        std::uint16_t link = 0;
        std::uint16_t number = 0;
    } last_;  // interface of the last packet, so that the table is asked once per change
};

}  // namespace vedette::sys
