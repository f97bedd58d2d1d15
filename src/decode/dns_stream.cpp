#include "decode/dns_stream.hpp"

#include <algorithm>

#include "decode/dns_tracker.hpp"
#include "wire/dns/message.hpp"
#include "wire/reader/reader.hpp"
#include "wire/traced/frame.hpp"

namespace vedette::decode {
namespace {

using wire::AnomalyId;

constexpr std::size_t kPrefix = 2;
/// Sequence jumps beyond this are another connection on the same ports, not a hole.
constexpr std::int32_t kMaxJump = 1 << 24;

/// RFC 9293 3.4: the distance from `from` to `to` modulo 2^32.
std::int32_t distance(std::uint32_t from, std::uint32_t to) noexcept {
    return static_cast<std::int32_t>(to - from);
}

std::size_t prefix_of(ByteView bytes) noexcept {
    wire::Reader reader{bytes};
    return reader.u16();
}

/// A whole message with its length at the start of a segment.
bool is_framed_message(ByteView payload) noexcept {
    const std::size_t length = prefix_of(payload);
    return length >= wire::dns::kHeaderBytes && payload.size() - kPrefix >= length &&
           DnsTracker::looks_like_dns(payload.subspan(kPrefix, length));
}

/// The beginning of a longer message: its length alone, or with as much of a header as is there. A
/// header has an assigned opcode, Z clear, at most one question, and no more records than fit.
bool may_start_message(ByteView payload) noexcept {
    constexpr std::size_t kSmallestRecord = 11;
    const std::size_t length = prefix_of(payload);
    if (length < wire::dns::kHeaderBytes) return false;
    if (payload.size() - kPrefix >= length) return false;
    wire::Reader reader{payload.subspan(kPrefix)};
    reader.skip(2);
    const std::uint16_t flags = reader.u16();
    const std::uint16_t questions = reader.u16();
    const std::size_t records = std::size_t{reader.u16()} + reader.u16() + reader.u16();
    // What is not there yet reads as zero, which is plausible.
    const bool whole_header = reader.ok();
    return (flags >> 11U & 0xfU) <= 5 && (flags & wire::dns::kFlagZ) == 0 && questions <= 1 &&
           (!whole_header || questions + records != 0) && records * kSmallestRecord <= length;
}

}  // namespace

void DnsStream::reset(std::uint32_t next, Sync sync) noexcept {
    next_ = next;
    skip_ = 0;
    sync_ = sync;
    started_ = true;
    fresh_ = true;
    framing_ = Framing::Lengths;
    partial_.clear();
    held_.clear();
    held_bytes_ = 0;
}

void DnsStream::open(std::uint32_t initial, StreamSink& sink) {
    const std::uint32_t first = initial + 1;
    // A repeated SYN of a stream that is under way is a retransmission.
    if (started_ && distance(first, next_) >= 0 && distance(first, next_) < kMaxJump) return;
    flush(sink);
    reset(first, Sync::Sure);
}

void DnsStream::lose_sync() noexcept {
    sync_ = Sync::Lost;
    fresh_ = true;
    framing_ = Framing::Lengths;
    partial_.clear();
}

void DnsStream::add(const StreamSegment& segment, StreamSink& sink) {
    if (segment.payload.empty()) return;
    if (!started_) reset(segment.sequence, Sync::Lost);
    const std::int32_t ahead = distance(next_, segment.sequence);
    if (ahead > kMaxJump || ahead < -kMaxJump) {
        flush(sink);
        reset(segment.sequence, Sync::Lost);
    } else if (ahead > 0) {
        hold(segment);
        expire(segment.time, sink);
        return;
    }
    consume(segment, sink);
    release(sink);
    expire(segment.time, sink);
}

// Whether bytes that come again say what they said before; only the unfinished message is kept.
void DnsStream::check_overlap(const StreamSegment& segment, std::size_t overlap,
                              StreamSink& sink) const {
    const std::size_t known = std::min(overlap, partial_.size());
    const ByteView again = segment.payload.subspan(overlap - known, known);
    const ByteView before = ByteView(partial_).last(known);
    if (!std::ranges::equal(again, before)) {
        sink.on_anomaly(AnomalyId::TcpOverlapDiffers, segment.packet);
    }
}

// Takes what is new of a segment that starts at or before next_.
void DnsStream::consume(const StreamSegment& segment, StreamSink& sink) {
    const auto overlap = static_cast<std::size_t>(-distance(next_, segment.sequence));
    if (overlap >= segment.payload.size()) {
        if (overlap == segment.payload.size()) check_overlap(segment, overlap, sink);
        return;
    }
    if (overlap != 0) check_overlap(segment, overlap, sink);
    ByteView fresh = segment.payload.subspan(overlap);
    next_ += static_cast<std::uint32_t>(fresh.size());
    if (skip_ != 0) {
        const std::size_t passed = std::min<std::size_t>(skip_, fresh.size());
        skip_ -= static_cast<std::uint32_t>(passed);
        fresh = fresh.subspan(passed);
        if (fresh.empty()) return;
    }
    if (guess_failed(fresh)) lose_sync();
    if (sync_ == Sync::Lost) {
        find_boundary(fresh, segment, sink);
    } else {
        frame(fresh, segment, sink);
    }
}

// Without a known boundary: the segment starts with a message, or is one whose length was sent
// alone and missed, or may be the beginning of one; else it is the middle of something and left
// alone.
void DnsStream::find_boundary(ByteView payload, const StreamSegment& segment, StreamSink& sink) {
    if (payload.size() < kPrefix) return;
    if (wire::traced::starts_frame(payload)) {
        frame(payload, segment, sink);
        return;
    }
    // Without its length a message reads as the start of a long one whose length is the id, so this
    // is asked before may_start_message().
    if (!is_framed_message(payload) && DnsTracker::looks_like_dns(payload)) {
        sink.on_message(segment.time, segment.packet, payload);
    } else if (is_framed_message(payload) || may_start_message(payload)) {
        sync_ = Sync::Tentative;
        frame(payload, segment, sink);
    }
}

// A guessed boundary whose message does not end where it should, while a segment starts one that is
// sound: the guess was wrong.
bool DnsStream::guess_failed(ByteView payload) const noexcept {
    if (sync_ != Sync::Tentative || partial_.size() < kPrefix) return false;
    const std::size_t whole = kPrefix + prefix_of(partial_);
    if (partial_.size() + payload.size() == whole || payload.size() < kPrefix) return false;
    return is_framed_message(payload) || DnsTracker::looks_like_dns(payload);
}

bool DnsStream::deliver(ByteView message, const StreamSegment& segment, StreamSink& sink) {
    if (sync_ == Sync::Tentative && !DnsTracker::looks_like_dns(message)) {
        lose_sync();
        return false;
    }
    sync_ = Sync::Sure;
    fresh_ = false;
    // A length of zero is a pause some software makes; any other is a message, however short.
    if (!message.empty()) sink.on_message(segment.time, segment.packet, message);
    return true;
}

// Adds to the message under way. Returns how many bytes of `payload` it took.
std::size_t DnsStream::take_partial(ByteView payload, const StreamSegment& segment,
                                    StreamSink& sink) {
    std::size_t taken = 0;
    while (partial_.size() < kPrefix && taken < payload.size())
        partial_.push_back(payload[taken++]);
    if (partial_.size() < kPrefix) return taken;
    const std::size_t whole = kPrefix + prefix_of(partial_);
    const std::size_t wanted = std::min(whole - partial_.size(), payload.size() - taken);
    partial_.insert(partial_.end(), payload.begin() + taken, payload.begin() + taken + wanted);
    taken += wanted;
    if (partial_.size() == whole) {
        const std::vector<std::uint8_t> message = std::move(partial_);
        partial_.clear();
        deliver(ByteView(message).subspan(kPrefix), segment, sink);
    }
    return taken;
}

// The same for a traced frame. What is no frame ends the reading: nothing tells where one begins.
std::size_t DnsStream::take_frame(ByteView payload, const StreamSegment& segment,
                                  StreamSink& sink) {
    using wire::traced::kHeaderBytes;
    std::size_t taken = 0;
    for (;;) {
        const bool in_place = partial_.empty();
        const ByteView here = in_place ? payload : ByteView(partial_);
        const wire::traced::FrameView view = wire::traced::read_frame(here);
        if (view.broken()) {
            sink.on_anomaly(view.damage.id, segment.packet);
            lose_sync();
            return payload.size();
        }
        if (view.whole) {
            sink.on_traced(segment.time, segment.packet, here.first(view.bytes()));
            partial_.clear();
            return in_place ? view.bytes() : taken;
        }
        if (taken == payload.size()) return taken;
        const std::size_t wanted = here.size() < kHeaderBytes || in_place
                                       ? kHeaderBytes - partial_.size()
                                       : whole_bytes() - partial_.size();
        const std::size_t count = std::min(wanted, payload.size() - taken);
        partial_.insert(partial_.end(), payload.begin() + taken, payload.begin() + taken + count);
        taken += count;
    }
}

/// Whether the unfinished message has told its length.
bool DnsStream::knows_end() const noexcept {
    return partial_.size() >= (framing_ == Framing::Traced ? wire::traced::kHeaderBytes : kPrefix);
}

/// Length of the unfinished message with what is in front of it; what is there when that is not
/// known yet.
std::size_t DnsStream::whole_bytes() const noexcept {
    if (!knows_end()) return partial_.size();
    if (framing_ == Framing::Lengths) return kPrefix + prefix_of(partial_);
    return wire::traced::kHeaderBytes + wire::traced::read_frame(partial_).header.length;
}

// Splits bytes at message boundaries. Whole messages are delivered in place, without a copy.
void DnsStream::frame(ByteView payload, const StreamSegment& segment, StreamSink& sink) {
    while (!payload.empty()) {
        if (fresh_ && partial_.empty() && wire::traced::starts_frame(payload)) {
            framing_ = Framing::Traced;
            sync_ = Sync::Sure;
            fresh_ = false;
        }
        if (framing_ == Framing::Traced) {
            payload = payload.subspan(take_frame(payload, segment, sink));
            if (sync_ == Sync::Lost) return;
            continue;
        }
        const bool whole_here = partial_.empty() && payload.size() >= kPrefix &&
                                payload.size() - kPrefix >= prefix_of(payload);
        std::size_t taken = 0;
        if (whole_here) {
            const std::size_t length = prefix_of(payload);
            taken = kPrefix + length;
            if (!deliver(payload.subspan(kPrefix, length), segment, sink)) return;
        } else {
            taken = take_partial(payload, segment, sink);
            if (sync_ == Sync::Lost) return;
        }
        payload = payload.subspan(taken);
    }
}

void DnsStream::hold(const StreamSegment& segment) {
    const auto place = std::ranges::upper_bound(
        held_, distance(next_, segment.sequence), {},
        [this](const Held& held) { return distance(next_, held.sequence); });
    if (place != held_.begin()) {
        const Held& before = *(place - 1);
        const bool known =
            before.sequence == segment.sequence && before.bytes.size() >= segment.payload.size();
        if (known) return;
    }
    held_.insert(place, {segment.sequence,
                         segment.time,
                         segment.packet,
                         {segment.payload.begin(), segment.payload.end()}});
    held_bytes_ += segment.payload.size();
}

// Takes held segments that are no longer behind a hole.
void DnsStream::release(StreamSink& sink) {
    std::size_t taken = 0;
    while (taken < held_.size() && distance(next_, held_[taken].sequence) <= 0) {
        const Held& held = held_[taken++];
        held_bytes_ -= held.bytes.size();
        consume({held.time, held.packet, held.sequence, ByteView(held.bytes)}, sink);
    }
    held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(taken));
}

// The bytes up to the first held segment will not come.
void DnsStream::skip_hole(StreamSink& sink) {
    const Held& first = held_.front();
    std::size_t hole = static_cast<std::size_t>(distance(next_, first.sequence));
    sink.on_anomaly(AnomalyId::TcpGap, first.packet);
    next_ = first.sequence;
    const std::size_t passed = std::min<std::size_t>(skip_, hole);
    skip_ -= static_cast<std::uint32_t>(passed);
    hole -= passed;
    if (hole != 0 && sync_ != Sync::Lost) {
        const std::size_t missing = whole_bytes() - partial_.size();
        // The message in the hole ends behind it (or right at its end): the boundary is known.
        if (knows_end() && missing >= hole) {
            skip_ = static_cast<std::uint32_t>(missing - hole);
            partial_.clear();
        } else {
            lose_sync();
        }
    }
    release(sink);
}

void DnsStream::expire(Timestamp now, StreamSink& sink) {
    while (!held_.empty() && (held_bytes_ > kMaxHeldBytes || held_.size() > kMaxHeldSegments ||
                              now - held_.front().time > kHoleTimeout)) {
        skip_hole(sink);
    }
}

void DnsStream::flush(StreamSink& sink) {
    while (!held_.empty())
        skip_hole(sink);
}

}  // namespace vedette::decode
