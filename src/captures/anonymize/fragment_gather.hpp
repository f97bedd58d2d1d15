// IP datagrams of which fragments are held, put together to be scrubbed as a whole. Overlapping
// fragments: the bytes that came first count. Bounded in datagrams and bytes. Internal to
// captures/anonymize. One thread.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <vector>

#include "captures/anonymize/held_packets.hpp"
#include "captures/anonymize/packet_scrub.hpp"

namespace vedette::captures {

class FragmentGather {
  public:
    FragmentGather(PacketScrub& scrub, HeldPackets& packets) : scrub_(scrub), packets_(packets) {}

    /// A fragment of packets.newest() at `offset` of its bytes. Scrubs the datagram when it is
    /// whole.
    void add(const FragmentPiece& fragment, std::uint32_t offset);
    /// Gives up every datagram that has a piece in `packet` (all of them when `all`).
    void give_up(std::uint64_t packet);
    void give_up_all();

  private:
    struct Key {
        Endpoints::Octets source{};
        Endpoints::Octets destination{};
        std::uint32_t id = 0;
        std::uint32_t protocol = 0;
        friend bool operator==(const Key&, const Key&) noexcept = default;
    };
    struct KeyHash {
        std::size_t operator()(const Key& key) const noexcept;
    };
    struct Datagram {
        FragmentPiece first;  // addresses and protocol; its bytes are not used
        std::vector<std::uint8_t> bytes;
        std::vector<bool> filled;  // of 8 bytes each, as offsets count
        std::vector<Piece> pieces;
        std::uint32_t length = 0;  // 0 until the last fragment is known
        bool has_first = false;
    };

    [[nodiscard]] static bool is_whole(const Datagram& datagram) noexcept;
    void finish(Datagram& datagram);

    PacketScrub& scrub_;
    HeldPackets& packets_;
    boost::unordered_flat_map<Key, Datagram, KeyHash> datagrams_;
};

}  // namespace vedette::captures
