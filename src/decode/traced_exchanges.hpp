// Traced frames (docs/formats/replay.md) -> the DNS messages in them, each with the addresses it
// had when it was captured. An answer comes back without a packet around it, so the addressing of
// its question is remembered until then. Bounded; one thread.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "decode/bounded_map.hpp"
#include "decode/packet_messages.hpp"
#include "wire/traced/frame.hpp"

namespace vedette::decode {

class TracedExchanges {
  public:
    /// Questions that wait for their answer; beyond it the longest silent is forgotten, and its
    /// answer is told with the addresses of the connection.
    static constexpr std::uint32_t kMaxWaiting = 65'536;
    /// Messages read out of one packet.
    static constexpr std::size_t kMaxMessages = 16;

    TracedExchanges() : waiting_(kMaxWaiting) {}

    /// Copies a whole sound frame; `connection` is the addressing of the stream that carried it.
    void keep(const PacketContext& connection, ByteView frame);

    /// Calls visit(const PacketContext&, DnsProtocol, ByteView message) for what the kept frames
    /// carry, in order, and forgets them. Frames kept meanwhile wait for the next call.
    template <typename Visit>
    void drain(Visit&& visit) {
        if (kept_.empty()) return;
        kept_.swap(draining_);
        bytes_.swap(draining_bytes_);
        for (const Kept& kept : draining_) {
            const std::size_t count = open(kept);
            for (std::size_t i = 0; i < count; ++i)
                visit(found_[i].context, found_[i].protocol, found_[i].message);
        }
        draining_.clear();
        draining_bytes_.clear();
    }
    [[nodiscard]] std::size_t waiting() const noexcept { return waiting_.size(); }

  private:
    struct Kept {
        PacketContext connection;
        std::size_t offset = 0;
        std::size_t bytes = 0;
    };
    /// A question by its connection, seen from who asked, and its number there.
    struct Key {
        IpAddress client;
        IpAddress server;
        std::uint32_t ports = 0;  // the client's in the upper half
        std::uint32_t id = 0;
        friend bool operator==(const Key&, const Key&) noexcept = default;
    };
    struct KeyHash {
        std::uint64_t operator()(const Key& key) const noexcept;
    };
    struct Waiting {
        PacketContext context;
        DnsProtocol protocol = DnsProtocol::Dns;
        [[nodiscard]] std::uint8_t worth() const noexcept { return 0; }
    };

    std::size_t open(const Kept& kept);
    std::size_t open_question(const Kept& kept, const wire::traced::FrameView& frame);
    std::size_t open_answer(const Kept& kept, const wire::traced::FrameView& frame);

    std::vector<Kept> kept_;
    std::vector<Kept> draining_;
    std::vector<std::uint8_t> bytes_;
    std::vector<std::uint8_t> draining_bytes_;
    std::array<PacketMessage, kMaxMessages> found_;
    BoundedMap<Key, Waiting, KeyHash> waiting_;
};

}  // namespace vedette::decode
