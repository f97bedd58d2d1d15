#include "service/answerer/stream_peer.hpp"

#include "decode/packet_messages.hpp"
#include "wire/reader/reader.hpp"

namespace vedette::answerer {
namespace {

namespace traced = wire::traced;

constexpr std::size_t kMaxMessageBytes = 65'535;
constexpr std::size_t kMaxMessages = 32;  // of one packet; what a full segment of queries holds

struct ReasonRow {
    wire::AnomalyId damage;
    CloseReason reason;
    std::string_view text;
};
constexpr std::array<ReasonRow, kCloseReasons> kReasons{{
    {wire::AnomalyId::TracedMagic, CloseReason::Magic, "wrong magic number"},
    {wire::AnomalyId::TracedVersion, CloseReason::Version, "unknown version"},
    {wire::AnomalyId::TracedLength, CloseReason::Length, "impossible length"},
    {wire::AnomalyId::TracedTime, CloseReason::Time, "impossible time"},
    {wire::AnomalyId::None, CloseReason::Direction, "an answer instead of a question"},
    {wire::AnomalyId::TracedTruncated, CloseReason::Cut, "ended in mid-message"},
    {wire::AnomalyId::None, CloseReason::Slow, "too slow"},
    {wire::AnomalyId::None, CloseReason::Idle, "idle"},
}};

CloseReason reason_of(wire::AnomalyId damage) noexcept {
    for (const ReasonRow& row : kReasons) {
        if (row.damage == damage) return row.reason;
    }
    return CloseReason::Cut;
}

/// Reserves the longest message behind `head` bytes at the end of `out`, lets `write` fill it, and
/// cuts off what was not used. Returns the message's length.
template <typename Write>
std::size_t append_message(std::vector<std::uint8_t>& out, std::size_t head, Write&& write) {
    const std::size_t at = out.size();
    out.resize(at + head + kMaxMessageBytes);
    const std::size_t length = write(std::span(out).subspan(at + head));
    out.resize(length == 0 ? at : at + head + length);
    return length;
}

std::uint32_t second_of_day(const traced::Header& header) noexcept {
    return header.hour * 3'600U + header.minute * 60U + header.second;
}

void put_header(const traced::Header& header, std::vector<std::uint8_t>& out, std::size_t at) {
    const traced::HeaderBytes bytes = traced::write_header(header);
    std::copy(bytes.begin(), bytes.end(), out.begin() + static_cast<std::ptrdiff_t>(at));
}

/// The questions that a frame carries; answers and other messages in it are left out.
std::size_t find_questions(const traced::FrameView& frame,
                           std::span<decode::PacketMessage, kMaxMessages> found) noexcept {
    std::size_t count = 1;
    std::uint16_t link_type = 0;
    if (traced::link_of_kind(frame.header.kind, link_type)) {
        count = decode::read_packet_messages(link_type, frame.payload, found);
    } else if (frame.header.kind == traced::PayloadKind::Message) {
        found[0] = {{}, DnsProtocol::Dns, frame.payload, true};
    } else {
        return 0;
    }
    std::size_t kept = 0;
    for (std::size_t i = 0; i < count; ++i) {
        if (MessageAnswerer::is_answerable(found[i].message)) found[kept++] = found[i];
    }
    return kept;
}

}  // namespace

std::string_view to_text(CloseReason reason) noexcept {
    return kReasons[static_cast<std::size_t>(reason)].text;
}

std::optional<CloseReason> StreamPeer::receive(ByteView bytes, std::uint32_t second_of_day,
                                               std::vector<std::uint8_t>& out) {
    if (partial_.empty()) {
        const Taken taken = take(bytes, second_of_day, out);
        partial_.assign(bytes.begin() + static_cast<std::ptrdiff_t>(taken.bytes), bytes.end());
        return taken.broken;
    }
    partial_.insert(partial_.end(), bytes.begin(), bytes.end());
    const Taken taken = take(partial_, second_of_day, out);
    partial_.erase(partial_.begin(), partial_.begin() + static_cast<std::ptrdiff_t>(taken.bytes));
    return taken.broken;
}

StreamPeer::Taken StreamPeer::take(ByteView bytes, std::uint32_t second_of_day,
                                   std::vector<std::uint8_t>& out) {
    if (speaks_ == Speaks::Traced) return take_frames(bytes, out);
    return {take_messages(bytes, second_of_day, out), std::nullopt};
}

StreamPeer::Taken StreamPeer::take_frames(ByteView bytes, std::vector<std::uint8_t>& out) {
    Taken taken;
    while (taken.bytes < bytes.size()) {
        const traced::FrameView frame = traced::read_frame(bytes.subspan(taken.bytes));
        if (frame.broken()) {
            taken.broken = reason_of(frame.damage.id);
            return taken;
        }
        if (frame.header.answer && frame.whole) {
            taken.broken = CloseReason::Direction;
            return taken;
        }
        if (!frame.whole) return taken;
        taken.bytes += frame.bytes();
        answer_frame(frame, out);
    }
    return taken;
}

std::size_t StreamPeer::take_messages(ByteView bytes, std::uint32_t second_of_day,
                                      std::vector<std::uint8_t>& out) {
    wire::Reader reader{bytes};
    std::size_t used = 0;
    AskedWhere where;
    where.second_of_day = second_of_day;
    for (;;) {
        const ByteView query = reader.bytes(reader.u16());
        if (!reader.ok()) return used;
        used = reader.offset();
        const std::size_t at = out.size();
        const std::size_t length = append_message(out, 2, [&](std::span<std::uint8_t> room) {
            return answerer_.answer(query, where, room);
        });
        if (length == 0) continue;
        out[at] = static_cast<std::uint8_t>(length >> 8U);
        out[at + 1] = static_cast<std::uint8_t>(length);
    }
}

// One frame for each question message of the packet; one without payload when there is none, so
// that nobody waits.
void StreamPeer::answer_frame(const traced::FrameView& frame, std::vector<std::uint8_t>& out) {
    ++counts_.frames;
    std::array<decode::PacketMessage, kMaxMessages> found;
    const std::size_t count = find_questions(frame, found);
    traced::Header header = frame.header;
    header.answer = true;
    header.kind = traced::PayloadKind::Message;
    header.length = 0;
    header.more = false;
    if (count == 0) {
        ++counts_.without_question;
        const traced::HeaderBytes bytes = traced::write_header(header);
        out.insert(out.end(), bytes.begin(), bytes.end());
        return;
    }
    for (std::size_t i = 0; i < count; ++i) {
        AskedWhere where;
        where.protocol = found[i].protocol;
        where.second_of_day = second_of_day(frame.header);
        where.id = frame.header.id;
        where.has_id = true;
        const std::size_t at = out.size();
        header.more = i + 1 < count;
        header.length = static_cast<std::uint32_t>(
            append_message(out, traced::kHeaderBytes, [&](std::span<std::uint8_t> room) {
                return answerer_.answer(found[i].message, where, room);
            }));
        put_header(header, out, at);
    }
}

}  // namespace vedette::answerer
