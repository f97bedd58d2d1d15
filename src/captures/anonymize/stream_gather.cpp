#include "captures/anonymize/stream_gather.hpp"

#include <algorithm>
#include <utility>

#include "decode/dns_tracker.hpp"
#include "model/address.hpp"
#include "wire/dns/message.hpp"
#include "wire/reader/reader.hpp"

namespace vedette::captures {
namespace {

constexpr std::size_t kMaxStreams = 8'192;
constexpr std::size_t kMaxAheadBytes = 1U << 20U;
constexpr std::size_t kMaxAheadSegments = 512;
constexpr std::size_t kWrittenBytes = 8'192;  // kept for segments that come again
constexpr std::size_t kLengthBytes = 2;

std::int32_t distance(std::uint32_t from, std::uint32_t to) noexcept {
    return static_cast<std::int32_t>(to - from);  // RFC 9293 3.4: modulo 2^32
}

}  // namespace

std::size_t StreamGather::KeyHash::operator()(const Key& key) const noexcept {
    IpAddress source;
    IpAddress destination;
    source.octets = key.source;
    destination.octets = key.destination;
    const IpHash hash;
    return mix64(hash(source) * 31 + hash(destination) + key.ports * 0x9e3779b97f4a7c15ULL);
}

void StreamGather::add(const SegmentPiece& segment, std::uint32_t offset) {
    if (streams_.size() >= kMaxStreams) {
        give_up_all();
        streams_.clear();
    }
    const Key key{segment.ends.source, segment.ends.destination,
                  std::uint32_t{segment.source_port} << 16U | segment.destination_port};
    Stream& stream = streams_[key];
    const std::uint32_t sequence = segment.sequence;
    // Another connection on the same ports, or numbers far from where the stream was.
    const bool far = stream.started && std::abs(std::int64_t{distance(stream.next(), sequence)}) >
                                           std::int64_t{1} << 24U;
    if (stream.started && (far || (segment.opens && sequence != stream.begin))) {
        flush(stream);
        stream = Stream{};
    }
    if (!stream.started) {
        stream.started = true;
        stream.begin = sequence;
        stream.sure = segment.opens;
    }
    const Piece piece{packets_.newest(), offset, static_cast<std::uint32_t>(segment.bytes.size()),
                      0};
    take(stream, sequence, segment.bytes, piece);
    take_ahead(stream);
}

// What was written before is written again; what is new is appended, or waits for what is missing.
void StreamGather::take(Stream& stream, std::uint32_t sequence, ByteView bytes, Piece piece) {
    const std::int32_t ahead = distance(stream.next(), sequence);
    if (ahead > 0) {
        if (stream.ahead.size() >= kMaxAheadSegments || stream.ahead_bytes >= kMaxAheadBytes) {
            return;  // stays zero
        }
        packets_.open(piece);
        stream.ahead_bytes += bytes.size();
        stream.ahead.push_back({sequence, {bytes.begin(), bytes.end()}, piece});
        return;
    }
    const auto known = static_cast<std::size_t>(-std::int64_t{ahead});
    if (known >= bytes.size()) {
        repeat(stream, sequence, piece);
        return;
    }
    if (known > 0) {
        const auto old = static_cast<std::uint32_t>(known);
        repeat(stream, sequence, {piece.packet, piece.offset, old, 0});
        piece.offset += old;
        piece.length -= old;
    }
    const ByteView fresh = bytes.subspan(known);
    const bool unknown = !stream.sure && stream.bytes.empty() && stream.skip == 0;
    append(stream, fresh, piece);
    if (unknown && is_lone_message(fresh)) {
        std::vector<std::uint8_t> out(fresh.size(), 0);
        scrub_.message({stream.bytes, out});
        consume(stream, out.size(), out);
        return;
    }
    if (unknown) stream.sure = begins_like_message(fresh);
    scrub_whole(stream);
}

// Bytes that come again: those scrubbed already are copied, those that wait are waited for.
void StreamGather::repeat(Stream& stream, std::uint32_t sequence, const Piece& piece) {
    const std::int64_t before = distance(sequence, stream.begin);
    const auto kept = static_cast<std::int64_t>(stream.written.size());
    const auto old = static_cast<std::uint32_t>(
        std::clamp<std::int64_t>(before, 0, static_cast<std::int64_t>(piece.length)));
    if (old != 0 && before <= kept) {
        packets_.write({piece.packet, piece.offset, old, static_cast<std::uint32_t>(kept - before)},
                       stream.written);
    }
    if (old == piece.length) return;
    const Piece waiting{piece.packet, piece.offset + old, piece.length - old,
                        static_cast<std::uint32_t>(std::max<std::int64_t>(-before, 0))};
    stream.pieces.push_back(waiting);
    packets_.open(waiting);
}

void StreamGather::append(Stream& stream, ByteView bytes, const Piece& piece) {
    Piece held = piece;
    held.at = static_cast<std::uint32_t>(stream.bytes.size());
    stream.bytes.insert(stream.bytes.end(), bytes.begin(), bytes.end());
    stream.pieces.push_back(held);
    packets_.open(held);
}

void StreamGather::take_ahead(Stream& stream) {
    for (bool moved = true; moved && !stream.ahead.empty();) {
        moved = false;
        for (std::size_t i = 0; i < stream.ahead.size(); ++i) {
            if (distance(stream.next(), stream.ahead[i].sequence) > 0) continue;
            const Segment segment = std::move(stream.ahead[i]);
            stream.ahead.erase(stream.ahead.begin() + static_cast<std::ptrdiff_t>(i));
            stream.ahead_bytes -= segment.bytes.size();
            take(stream, segment.sequence, segment.bytes, segment.piece);
            packets_.close(segment.piece);
            moved = true;
            break;
        }
    }
}

/// A length and a header that DNS software sends.
bool StreamGather::begins_like_message(ByteView bytes) noexcept {
    wire::Reader in{bytes};
    const std::size_t length = in.u16();
    in.skip(2);
    const std::uint16_t flags = in.u16();
    const std::uint16_t questions = in.u16();
    const std::uint16_t answers = in.u16();
    if (!in.ok() || length < wire::dns::kHeaderBytes || (flags & wire::dns::kFlagZ) != 0) {
        return false;
    }
    const unsigned opcode = flags >> 11U & 0xfU;
    return questions <= 1 && (opcode == 0 || opcode == 4 || opcode == 5) &&
           ((flags & wire::dns::kFlagQr) != 0 || answers <= 1);
}

/// A message whose length was sent alone and missed. Without it a message reads as the start of a
/// long one, so this is asked first.
bool StreamGather::is_lone_message(ByteView bytes) noexcept {
    wire::Reader in{bytes};
    const std::size_t length = in.u16();
    return length != in.remaining() && decode::DnsTracker::looks_like_dns(bytes);
}

void StreamGather::scrub_whole(Stream& stream) {
    for (;;) {
        if (stream.skip != 0) {
            const std::size_t passed = std::min<std::size_t>(stream.skip, stream.bytes.size());
            zero(stream, passed);
            stream.skip -= static_cast<std::uint32_t>(passed);
            if (stream.skip != 0) return;
        }
        if (stream.bytes.size() < kLengthBytes) return;
        if (!stream.sure) {
            // Somewhere inside a stream: the next segment may begin a message.
            zero(stream, stream.bytes.size());
            return;
        }
        wire::Reader in{stream.bytes};
        const std::size_t length = in.u16();
        if (in.remaining() < length) return;
        std::vector<std::uint8_t> out(kLengthBytes + length, 0);
        const Canvas canvas(ByteView(stream.bytes).first(out.size()), out);
        canvas.keep(canvas.in().first(kLengthBytes));
        if (length != 0) scrub_.message(canvas.part(in.bytes(length)));
        consume(stream, out.size(), out);
    }
}

// Writes the first `count` bytes to the packets they came from.
void StreamGather::consume(Stream& stream, std::size_t count, ByteView scrubbed) {
    const auto taken = static_cast<std::uint32_t>(count);
    std::erase_if(stream.pieces, [&](Piece& piece) {
        if (piece.at >= taken) {
            piece.at -= taken;
            return false;
        }
        const std::uint32_t here = std::min(piece.length, taken - piece.at);
        packets_.write({piece.packet, piece.offset, here, piece.at}, scrubbed);
        if (here == piece.length) {
            packets_.close(piece);
            return true;
        }
        piece.offset += here;
        piece.length -= here;
        piece.at = 0;
        return false;
    });
    stream.bytes.erase(stream.bytes.begin(),
                       stream.bytes.begin() + static_cast<std::ptrdiff_t>(count));
    stream.begin += static_cast<std::uint32_t>(count);
    stream.written.insert(stream.written.end(), scrubbed.begin(), scrubbed.end());
    if (stream.written.size() > kWrittenBytes) {
        stream.written.erase(stream.written.begin(),
                             stream.written.end() - static_cast<std::ptrdiff_t>(kWrittenBytes / 2));
    }
}

void StreamGather::zero(Stream& stream, std::size_t count) {
    if (count != 0) consume(stream, count, std::vector<std::uint8_t>(count, 0));
}

// The message under way is scrubbed as far as it goes. Reading goes on behind the hole, at the next
// message when its place is known.
void StreamGather::skip_hole(Stream& stream) {
    if (stream.sure && stream.bytes.size() > kLengthBytes && stream.skip == 0) {
        wire::Reader in{stream.bytes};
        const std::size_t length = in.u16();
        std::vector<std::uint8_t> out(stream.bytes.size(), 0);
        const Canvas canvas(stream.bytes, out);
        canvas.keep(canvas.in().first(kLengthBytes));
        scrub_.message(canvas.part(in.rest()));
        stream.skip = static_cast<std::uint32_t>(kLengthBytes + length - out.size());
        consume(stream, out.size(), out);
    } else if (!stream.bytes.empty()) {
        stream.sure = stream.skip != 0;
        zero(stream, stream.bytes.size());
    }
    if (stream.ahead.empty()) return;
    const auto next =
        std::ranges::min_element(stream.ahead, [&](const Segment& a, const Segment& b) {
            return distance(stream.begin, a.sequence) < distance(stream.begin, b.sequence);
        });
    const auto hole = static_cast<std::uint32_t>(distance(stream.begin, next->sequence));
    const bool inside = stream.skip >= hole && stream.skip != 0;
    stream.sure = inside;  // else take() looks at it
    stream.skip = inside ? stream.skip - hole : 0;
    stream.begin = next->sequence;
    stream.written.clear();
    take_ahead(stream);
}

void StreamGather::flush(Stream& stream) {
    while (!stream.bytes.empty() || !stream.ahead.empty())
        skip_hole(stream);
}

void StreamGather::give_up(std::uint64_t packet) {
    for (auto& [key, stream] : streams_) {
        const auto waits = [&] {
            const auto here = [packet](const Piece& piece) { return piece.packet == packet; };
            return std::ranges::any_of(stream.pieces, here) ||
                   std::ranges::any_of(stream.ahead, here, &Segment::piece);
        };
        while (waits())
            skip_hole(stream);
    }
}

void StreamGather::give_up_all() {
    for (auto& [key, stream] : streams_)
        flush(stream);
}

}  // namespace vedette::captures
