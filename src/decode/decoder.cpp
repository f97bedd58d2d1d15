#include "decode/decoder.hpp"

#include <algorithm>

#include "decode/layer_walk.hpp"

namespace vedette::decode {
namespace {

/// Packets ahead whose first bytes are asked for: their cache misses overlap with decoding.
constexpr std::size_t kPrefetchAhead = 4;

/// 146 years around 1970. Within it, differences of times cannot overflow.
constexpr std::int64_t kLatest = std::int64_t{1} << 62U;

}  // namespace

struct Decoder::State {
    explicit State(DecoderOptions&& chosen) : options(std::move(chosen)), walk(options, counts) {}

    void book(Outcome outcome) noexcept;
    Timestamp sane(Timestamp time) noexcept;

    DecoderOptions options;
    TraceCounts counts;
    LayerWalk walk;
    Timestamp latest{0};   // newest packet time seen
    Timestamp current{0};  // of the packet under way
};

void Decoder::State::book(Outcome outcome) noexcept {
    switch (outcome) {
        case Outcome::NotOurs:
            ++counts.not_ours;
            break;
        case Outcome::Damaged:
            ++counts.damaged;
            break;
        case Outcome::Held:
            ++counts.held;
            break;
        case Outcome::Decoded:
            ++counts.decoded;
            break;
    }
}

// Files may hold any number as a time, or none: a packet without one is as late as the one before.
Timestamp Decoder::State::sane(Timestamp time) noexcept {
    if (time.known()) current.nanos = std::clamp(time.nanos, -kLatest, kLatest);
    latest = std::max(latest, current);
    return current;
}

Decoder::Decoder(DecoderOptions options) : state_(std::make_unique<State>(std::move(options))) {}

Decoder::~Decoder() = default;

void Decoder::decode(const sys::PacketBatch& batch, EventBatch& out) {
    State& state = *state_;
    state.walk.begin_batch();
    const std::size_t count = batch.packets.size();
    for (std::size_t i = 0; i < count; ++i) {
        if (i + kPrefetchAhead < count) {
            __builtin_prefetch(batch.packets[i + kPrefetchAhead].data);
        }
        const sys::PacketRecord& record = batch.packets[i];
        ++state.counts.packets;
        state.counts.bytes += record.captured;
        const Timestamp time = state.sane(record.time);
        state.book(state.walk.packet(record, time, state.counts.packets, out));
    }
    if (count != 0) state.walk.expire(state.current, out);
    out.watermark = state.latest;
}

void Decoder::advance(Timestamp now, EventBatch& out) {
    const Timestamp time = state_->sane(now);
    state_->walk.expire(time, out);
    out.watermark = state_->latest;
}

void Decoder::finish(EventBatch& out) {
    state_->walk.finish(out);
    out.watermark = state_->latest;
}

const TraceCounts& Decoder::counts() const noexcept {
    return state_->counts;
}

}  // namespace vedette::decode
