// The TCP connections that carry DNS, each direction a DnsStream. Bounded in streams and in
// buffered bytes; who leaves is flushed first, so what it held is still told. One thread.
#pragma once

#include <cstdint>

#include "decode/bounded_map.hpp"
#include "decode/dns_stream.hpp"
#include "decode/packet_context.hpp"
#include "wire/transport/transport.hpp"

namespace vedette::decode {

struct StreamLimits {
    std::uint32_t max_streams = 65'536;
    std::uint32_t max_bytes = 32U << 20U;
};

/// Receives messages with the addressing of their stream.
class StreamMessageSink {
  public:
    virtual ~StreamMessageSink() = default;
    virtual void on_stream_message(const PacketContext& context, ByteView message) = 0;
    virtual void on_stream_anomaly(const PacketContext& context, wire::AnomalyId id) = 0;
    /// A traced frame. Called while the table is at work: keep the frame, add no segment.
    virtual void on_stream_traced(const PacketContext& context, ByteView frame) {
        (void)context, (void)frame;
    }
};

class StreamTable {
  public:
    explicit StreamTable(StreamLimits limits) : limits_(limits), streams_(limits.max_streams) {}

    /// One segment; `context` holds its addresses and ports.
    void add(const PacketContext& context, const wire::transport::TcpView& segment,
             StreamMessageSink& sink);
    /// Gives up old holes.
    void expire(Timestamp now, StreamMessageSink& sink);
    /// Tells everything that is still held back by holes.
    void finish(StreamMessageSink& sink);

    [[nodiscard]] std::size_t size() const noexcept { return streams_.size(); }
    [[nodiscard]] std::uint64_t buffered_bytes() const noexcept { return bytes_; }

  private:
    struct Key {
        IpAddress source;
        IpAddress destination;
        std::uint32_t ports = 0;  // source in the upper half
        friend bool operator==(const Key&, const Key&) noexcept = default;
    };
    struct KeyHash {
        std::uint64_t operator()(const Key& key) const noexcept;
    };
    struct Stream {
        DnsStream dns;
        PacketContext context;  // of the last segment
        [[nodiscard]] std::uint8_t worth() const noexcept { return dns.worth(); }
    };

    template <typename Work>
    void with(Stream& stream, StreamMessageSink& sink, Work&& work);
    void drop(Stream& stream, StreamMessageSink& sink);
    void reclaim(Timestamp now, StreamMessageSink& sink);

    StreamLimits limits_;
    std::uint64_t bytes_ = 0;
    Timestamp reclaimed_;
    Timestamp swept_{0};
    std::uint32_t holes_ = 0;  // streams that wait for a hole
    BoundedMap<Key, Stream, KeyHash> streams_;
};

}  // namespace vedette::decode
