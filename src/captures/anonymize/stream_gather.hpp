// TCP streams of DNS ports, of which segments are held until the messages they carry are whole
// (RFC 1035 4.2.2: a 16-bit length before each). Segments may come in any order and again; a hole
// is waited for as long as the packets can be held. Bounded in streams and bytes. Internal to
// captures/anonymize. One thread.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <vector>

#include "captures/anonymize/held_packets.hpp"
#include "captures/anonymize/packet_scrub.hpp"

namespace vedette::captures {

class StreamGather {
  public:
    StreamGather(PacketScrub& scrub, HeldPackets& packets) : scrub_(scrub), packets_(packets) {}

    /// A segment of packets.newest() at `offset` of its bytes.
    void add(const SegmentPiece& segment, std::uint32_t offset);
    /// Gives up whatever keeps `packet` from being written.
    void give_up(std::uint64_t packet);
    void give_up_all();

  private:
    struct Key {
        Endpoints::Octets source{};
        Endpoints::Octets destination{};
        std::uint32_t ports = 0;
        friend bool operator==(const Key&, const Key&) noexcept = default;
    };
    struct KeyHash {
        std::size_t operator()(const Key& key) const noexcept;
    };
    struct Segment {
        std::uint32_t sequence = 0;
        std::vector<std::uint8_t> bytes;
        Piece piece;
    };
    struct Stream {
        bool started = false;
        bool sure = false;                // the next byte begins a message
        std::uint32_t begin = 0;          // sequence number of bytes[0]
        std::uint32_t skip = 0;           // bytes that belong to a message given up
        std::vector<std::uint8_t> bytes;  // in order, not scrubbed yet
        std::vector<Piece> pieces;        // of `bytes`
        std::vector<Segment> ahead;       // behind a hole
        std::size_t ahead_bytes = 0;
        std::vector<std::uint8_t> written;  // the last bytes before `begin`, scrubbed
        [[nodiscard]] std::uint32_t next() const noexcept {
            return begin + static_cast<std::uint32_t>(bytes.size());
        }
    };

    void take(Stream& stream, std::uint32_t sequence, ByteView bytes, Piece piece);
    void repeat(Stream& stream, std::uint32_t sequence, const Piece& piece);
    void append(Stream& stream, ByteView bytes, const Piece& piece);
    void take_ahead(Stream& stream);
    void scrub_whole(Stream& stream);
    [[nodiscard]] static bool begins_like_message(ByteView bytes) noexcept;
    [[nodiscard]] static bool is_lone_message(ByteView bytes) noexcept;
    void consume(Stream& stream, std::size_t count, ByteView scrubbed);
    void zero(Stream& stream, std::size_t count);
    void skip_hole(Stream& stream);
    void flush(Stream& stream);

    PacketScrub& scrub_;
    HeldPackets& packets_;
    boost::unordered_flat_map<Key, Stream, KeyHash> streams_;
};

}  // namespace vedette::captures
