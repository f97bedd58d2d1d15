#include "decode/stream_table.hpp"

namespace vedette::decode {
namespace {

using wire::transport::TcpView;

/// An exchange over TCP that pauses this long in mid-message has failed (RFC 7766 6.2.3 allows
/// idle connections to be closed after seconds).
constexpr Duration kIdle = Duration::seconds(5);

/// Gives a stream's messages the context of the stream.
class ContextSink final : public StreamSink {
  public:
    ContextSink(const PacketContext& context, StreamMessageSink& sink) noexcept
        : context_(context), sink_(sink) {}

    void on_message(Timestamp time, std::uint64_t packet, ByteView message) override {
        context_.time = time;
        context_.packet = packet;
        sink_.on_stream_message(context_, message);
    }
    void on_traced(Timestamp time, std::uint64_t packet, ByteView frame) override {
        context_.time = time;
        context_.packet = packet;
        sink_.on_stream_traced(context_, frame);
    }
    void on_anomaly(wire::AnomalyId id, std::uint64_t packet) override {
        if (packet != 0) context_.packet = packet;
        sink_.on_stream_anomaly(context_, id);
    }

  private:
    PacketContext context_;
    StreamMessageSink& sink_;
};

}  // namespace

std::uint64_t StreamTable::KeyHash::operator()(const Key& key) const noexcept {
    return mix64(IpHash{}(key.source) * 31 + IpHash{}(key.destination) + key.ports);
}

// Runs `work` on a stream and keeps the sums over all streams right.
template <typename Work>
void StreamTable::with(Stream& stream, StreamMessageSink& sink, Work&& work) {
    bytes_ -= stream.dns.buffered_bytes();
    holes_ -= stream.dns.has_hole() ? 1U : 0U;
    ContextSink context_sink(stream.context, sink);
    work(stream.dns, context_sink);
    bytes_ += stream.dns.buffered_bytes();
    holes_ += stream.dns.has_hole() ? 1U : 0U;
}

void StreamTable::add(const PacketContext& context, const TcpView& segment,
                      StreamMessageSink& sink) {
    const bool syn = (segment.flags & wire::transport::kTcpSyn) != 0;
    if (segment.payload.empty() && !syn) return;
    const Key key{context.source, context.destination,
                  std::uint32_t{context.source_port} << 16U | context.destination_port};
    const std::uint32_t slot = streams_.obtain(key, [&](const Key&, Stream& leaving) {
        with(leaving, sink, [](DnsStream& dns, StreamSink& out) { dns.flush(out); });
        bytes_ -= leaving.dns.buffered_bytes();
    });
    Stream& stream = streams_.at(slot);
    stream.context = context;
    with(stream, sink, [&](DnsStream& dns, StreamSink& out) {
        if (syn) dns.open(segment.sequence, out);
        dns.add({context.time, context.packet, segment.sequence + (syn ? 1U : 0U), segment.payload},
                out);
    });
    if (bytes_ <= limits_.max_bytes) return;
    reclaim(context.time, sink);
    // When nobody is idle, the stream that asks for more pays.
    if (bytes_ > limits_.max_bytes) drop(stream, sink);
}

// What the stream holds is told, its unfinished message is not.
void StreamTable::drop(Stream& stream, StreamMessageSink& sink) {
    with(stream, sink, [](DnsStream& dns, StreamSink& out) {
        dns.flush(out);
        dns = DnsStream{};
        out.on_anomaly(wire::AnomalyId::TcpBudget, 0);
    });
}

// Takes memory back from streams that fell silent. Looks at all of them, so at most once a second.
void StreamTable::reclaim(Timestamp now, StreamMessageSink& sink) {
    if (reclaimed_.known() && now - reclaimed_ < Duration::seconds(1)) return;
    reclaimed_ = now;
    streams_.for_each([&](const Key&, Stream& stream) {
        const bool idle = now - stream.context.time > kIdle;
        if (idle && stream.dns.buffered_bytes() != 0) drop(stream, sink);
    });
}

void StreamTable::expire(Timestamp now, StreamMessageSink& sink) {
    // Looks at every stream, so not for every batch; a stream that still gets segments looks
    // itself.
    const Duration since = now - swept_;
    if (holes_ == 0 || (since < DnsStream::kHoleTimeout && since > Duration::seconds(-1))) return;
    swept_ = now;
    streams_.for_each([&](const Key&, Stream& stream) {
        if (!stream.dns.has_hole()) return;
        with(stream, sink, [now](DnsStream& dns, StreamSink& out) { dns.expire(now, out); });
    });
}

void StreamTable::finish(StreamMessageSink& sink) {
    streams_.for_each([&](const Key&, Stream& stream) {
        with(stream, sink, [](DnsStream& dns, StreamSink& out) { dns.flush(out); });
    });
}

}  // namespace vedette::decode
