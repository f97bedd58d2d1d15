// One direction of one TCP connection that carries DNS (RFC 1035 4.2.2: a 16-bit length before each
// message): segments in any order become whole messages. Works without the handshake, and finds
// message boundaries again after bytes that the capture missed. A stream whose first bytes are the
// header of a traced frame (docs/formats/replay.md) is cut into frames instead. One thread.
//
// Sequence numbers are compared modulo 2^32 (RFC 9293 3.4). A hole is waited for until the missing
// bytes come, a second has passed, or too much is held; then reading resumes behind it. When the
// length of the message in the hole is known, so is the next boundary; else the start of a segment
// must look like a message to be taken as one.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "wire/anomaly/anomaly.hpp"

namespace vedette::decode {

struct StreamSegment {
    Timestamp time;
    std::uint64_t packet = 0;
    std::uint32_t sequence = 0;  ///< of the first byte of `payload` (SYN already counted)
    ByteView payload;
};

/// Receives what a stream puts together. Bytes are valid during the call only.
class StreamSink {
  public:
    virtual ~StreamSink() = default;
    /// One message without its length; `time` and `packet` are of the segment that completed it.
    virtual void on_message(Timestamp time, std::uint64_t packet, ByteView message) = 0;
    virtual void on_anomaly(wire::AnomalyId id, std::uint64_t packet) = 0;
    /// One whole traced frame with its header.
    virtual void on_traced(Timestamp time, std::uint64_t packet, ByteView frame) {
        (void)time, (void)packet, (void)frame;
    }
};

class DnsStream {
  public:
    /// Held bytes of one stream; more means the hole will not be filled.
    static constexpr std::size_t kMaxHeldBytes = 1U << 20U;
    static constexpr std::size_t kMaxHeldSegments = 512;
    static constexpr Duration kHoleTimeout = Duration::seconds(1);

    /// A SYN: the stream's first byte has sequence `initial` + 1. The same SYN again changes
    /// nothing.
    void open(std::uint32_t initial, StreamSink& sink);
    void add(const StreamSegment& segment, StreamSink& sink);
    /// Gives up holes older than kHoleTimeout.
    void expire(Timestamp now, StreamSink& sink);
    /// Gives up every hole: nothing more will come.
    void flush(StreamSink& sink);

    [[nodiscard]] std::size_t buffered_bytes() const noexcept {
        return held_bytes_ + partial_.capacity();
    }
    [[nodiscard]] bool has_hole() const noexcept { return !held_.empty(); }

    /// Rank for BoundedMap: streams with unfinished work leave last.
    [[nodiscard]] std::uint8_t worth() const noexcept {
        return held_.empty() && partial_.empty() ? 0 : 1;
    }

  private:
    struct Held {
        std::uint32_t sequence = 0;
        Timestamp time;
        std::uint64_t packet = 0;
        std::vector<std::uint8_t> bytes;
    };
    /// How far the framing is known.
    enum class Sync : std::uint8_t {
        Lost,       ///< wait for a segment that starts like a message
        Tentative,  ///< a boundary was guessed; the first message must look like DNS
        Sure,       ///< boundaries follow from the start of the stream or from a good message
    };

    enum class Framing : std::uint8_t { Lengths, Traced };

    void consume(const StreamSegment& segment, StreamSink& sink);
    void hold(const StreamSegment& segment);
    void release(StreamSink& sink);
    void skip_hole(StreamSink& sink);
    void find_boundary(ByteView payload, const StreamSegment& segment, StreamSink& sink);
    void frame(ByteView payload, const StreamSegment& segment, StreamSink& sink);
    [[nodiscard]] bool guess_failed(ByteView payload) const noexcept;
    [[nodiscard]] std::size_t take_partial(ByteView payload, const StreamSegment& segment,
                                           StreamSink& sink);
    [[nodiscard]] std::size_t take_frame(ByteView payload, const StreamSegment& segment,
                                         StreamSink& sink);
    [[nodiscard]] bool knows_end() const noexcept;
    [[nodiscard]] std::size_t whole_bytes() const noexcept;
    bool deliver(ByteView message, const StreamSegment& segment, StreamSink& sink);
    void check_overlap(const StreamSegment& segment, std::size_t overlap, StreamSink& sink) const;
    void lose_sync() noexcept;
    void reset(std::uint32_t next, Sync sync) noexcept;

    std::uint32_t next_ = 0;  // sequence number of the next byte wanted
    std::uint32_t skip_ = 0;  // bytes of a damaged message to pass over before the boundary
    std::size_t held_bytes_ = 0;
    bool started_ = false;
    bool fresh_ = true;  // nothing was delivered since the boundary was found
    Framing framing_ = Framing::Lengths;
    Sync sync_ = Sync::Lost;
    std::vector<std::uint8_t> partial_;  // length bytes and what came of the message
    std::vector<Held> held_;             // sorted by sequence, behind the hole
};

}  // namespace vedette::decode
