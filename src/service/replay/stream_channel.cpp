#include "service/replay/stream_channel.hpp"

#include <sys/epoll.h>

#include <cstring>
#include <random>

#include "wire/reader/reader.hpp"

namespace vedette::replay {
namespace {

namespace traced = wire::traced;

constexpr std::size_t kIds = 65'536;
constexpr std::size_t kReadBytes = 65'536;
constexpr std::size_t kMaxWaiting = 1U << 18U;  // bytes not yet taken by the kernel
constexpr int kReadsPerRound = 4;
constexpr Duration kReconnectPause = Duration::millis(100);

/// Traced ids hold the ticket below and a count above, so that a late answer meets another id.
constexpr unsigned kTicketBits = 16;

}  // namespace

struct StreamChannel::Lane {
    enum class State : std::uint8_t { Closed, Connecting, Open };

    std::uint32_t number = 0;
    sys::Descriptor socket;
    std::unique_ptr<sys::Stream> stream;
    std::vector<std::uint8_t> out;
    std::size_t out_sent = 0;
    std::vector<std::uint8_t> in;
    std::vector<Ticket> by_id;  // DNS; traced ids name their ticket
    std::uint16_t next_id = 0;
    std::uint32_t under_way = 0;
    std::uint32_t watched = 0;
    Timestamp not_before{0};  // for the next attempt to connect
    State state = State::Closed;
    bool progress = false;  // something was answered on this connection
    bool want_read_to_write = false;
    bool want_write_to_read = false;

    [[nodiscard]] std::size_t waiting() const noexcept { return out.size() - out_sent; }
};

StreamChannel::StreamChannel(Target target, const Parts& parts)
    : target_(std::move(target)), parts_(parts), read_buffer_(kReadBytes) {
    std::random_device dice;
    lanes_.resize(target_.connections);
    for (std::uint32_t i = 0; i < lanes_.size(); ++i) {
        lanes_[i].number = i;
        lanes_[i].by_id.assign(target_.traced ? 0 : kIds, kNoTicket);
        lanes_[i].next_id = static_cast<std::uint16_t>(dice());
    }
}

StreamChannel::~StreamChannel() {
    for (Lane& lane : lanes_) {
        if (lane.stream) lane.stream->close();
    }
}

// The next in turn that can take something; one that is closed is opened.
StreamChannel::Lane* StreamChannel::choose() {
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
        Lane& lane = lanes_[turn_++ % lanes_.size()];
        if (lane.waiting() >= kMaxWaiting || lane.under_way >= kMostInFlight) continue;
        if (lane.state != Lane::State::Closed || connect(lane, lane.number)) return &lane;
    }
    return nullptr;
}

bool StreamChannel::send(Ticket ticket) {
    Lane* const lane = choose();
    if (lane == nullptr) return false;
    parts_.flights.at(ticket).lane = static_cast<std::uint16_t>(lane->number);
    target_.traced ? put_frame(*lane, ticket) : put_message(*lane, ticket);
    ++lane->under_way;
    return true;
}

void StreamChannel::put_message(Lane& lane, Ticket ticket) {
    Flight& flight = parts_.flights.at(ticket);
    while (lane.by_id[lane.next_id] != kNoTicket)
        ++lane.next_id;
    flight.id = lane.next_id;
    lane.by_id[lane.next_id++] = ticket;
    const ByteView bytes = parts_.plan.message(parts_.plan.messages[flight.message]);
    lane.out.push_back(static_cast<std::uint8_t>(bytes.size() >> 8U));
    lane.out.push_back(static_cast<std::uint8_t>(bytes.size()));
    lane.out.push_back(static_cast<std::uint8_t>(flight.id >> 8U));
    lane.out.push_back(static_cast<std::uint8_t>(flight.id));
    lane.out.insert(lane.out.end(), bytes.begin() + 2, bytes.end());
}

void StreamChannel::put_frame(Lane& lane, Ticket ticket) {
    Flight& flight = parts_.flights.at(ticket);
    flight.id = (++lane.next_id & 0xffU) << kTicketBits | ticket;
    const PlannedMessage& planned = parts_.plan.messages[flight.message];
    traced::Header header;
    header.kind = planned.kind;
    header.set_time(planned.time);
    header.id = flight.id;
    header.length = planned.packet_bytes;
    const traced::HeaderBytes bytes = traced::write_header(header);
    const ByteView packet = parts_.plan.packet(planned);
    lane.out.insert(lane.out.end(), bytes.begin(), bytes.end());
    lane.out.insert(lane.out.end(), packet.begin(), packet.end());
}

void StreamChannel::forget(Ticket ticket) {
    Flight& flight = parts_.flights.at(ticket);
    if (flight.id == kNoTicket) return;
    Lane& lane = lanes_[flight.lane];
    --lane.under_way;
    if (!target_.traced) lane.by_id[flight.id] = kNoTicket;
    flight.id = kNoTicket;
}

// ---- connections ----------------------------------------------------------------------------

bool StreamChannel::connect(Lane& lane, std::uint32_t number) {
    const Timestamp now = parts_.clock.now();
    if (now < lane.not_before) return false;
    auto socket = sys::begin_stream(target_.server, target_.where);
    if (!socket) {
        ++failures_;
        failure_ = socket.error().text;
        lane.not_before = now + kReconnectPause;
        return false;
    }
    lane.socket = std::move(*socket);
    lane.state = Lane::State::Connecting;
    lane.watched = EPOLLOUT;
    lane.progress = false;
    epoll_event event{};
    event.events = EPOLLOUT;
    event.data.u64 = event_tag(parts_.number, number);
    return epoll_ctl(parts_.epoll, EPOLL_CTL_ADD, lane.socket.get(), &event) == 0;
}

// False when the connection failed.
bool StreamChannel::establish(Lane& lane) {
    const int error = sys::connection_error(lane.socket);
    if (error != 0) {
        close(lane, Cause::Refused, std::strerror(error));
        return false;
    }
    lane.stream = target_.wrap(lane.socket.get());
    if (!lane.stream) {
        close(lane, Cause::Refused, "cannot start TLS");
        return false;
    }
    lane.state = Lane::State::Open;
    return true;
}

void StreamChannel::ready(std::uint32_t number, std::uint32_t) {
    Lane& lane = lanes_[number];
    if (lane.state == Lane::State::Closed) return;
    if (lane.state == Lane::State::Connecting && !establish(lane)) return;
    read_in(lane);
    if (lane.state == Lane::State::Open) write_out(lane);
}

void StreamChannel::flush() {
    for (Lane& lane : lanes_) {
        if (lane.state == Lane::State::Open && lane.waiting() != 0) write_out(lane);
    }
}

void StreamChannel::write_out(Lane& lane) {
    lane.want_read_to_write = false;
    while (lane.waiting() != 0) {
        const sys::IoResult sent = lane.stream->write(ByteView(lane.out).subspan(lane.out_sent));
        if (sent.status == sys::IoStatus::Closed)
            return close(lane, Cause::Closed, lane.stream->failure());
        lane.want_read_to_write = sent.status == sys::IoStatus::WantRead;
        if (sent.status != sys::IoStatus::Done) break;
        lane.out_sent += sent.bytes;
    }
    if (lane.waiting() == 0) {
        lane.out.clear();
        lane.out_sent = 0;
    }
    const bool writable =
        (lane.waiting() != 0 && !lane.want_read_to_write) || lane.want_write_to_read;
    watch(lane, EPOLLIN | (writable ? EPOLLOUT : 0U));
}

void StreamChannel::watch(Lane& lane, std::uint32_t wanted) {
    if (wanted == lane.watched) return;
    epoll_event event{};
    event.events = lane.watched = wanted;
    event.data.u64 = event_tag(parts_.number, lane.number);
    if (epoll_ctl(parts_.epoll, EPOLL_CTL_MOD, lane.socket.get(), &event) != 0)
        close(lane, Cause::Closed, "cannot watch the connection");
}

void StreamChannel::read_in(Lane& lane) {
    for (int round = 0; round < kReadsPerRound || lane.stream->has_buffered(); ++round) {
        const sys::IoResult got = lane.stream->read(read_buffer_);
        lane.want_write_to_read = got.status == sys::IoStatus::WantWrite;
        if (got.status == sys::IoStatus::Closed)
            return close(lane, Cause::Closed, lane.stream->failure());
        if (got.status != sys::IoStatus::Done) return;
        lane.in.insert(lane.in.end(), read_buffer_.begin(),
                       read_buffer_.begin() + static_cast<std::ptrdiff_t>(got.bytes));
        if (!take_all(lane)) return close(lane, Cause::Protocol, "what came is no answer");
    }
}

// Everything that was under way on it goes back. The owner may send it again at once, elsewhere.
void StreamChannel::close(Lane& lane, Cause cause, std::string why) {
    // TLS that is refused ends a connection on which nothing was ever answered.
    const bool failed = !lane.progress && (lane.under_way != 0 || cause != Cause::Closed);
    if (failed) {
        ++failures_;
        failure_ = why.empty() ? std::string(to_text(cause)) : std::move(why);
        lane.not_before = parts_.clock.now() + kReconnectPause;
    }
    if (lane.stream) lane.stream->close();
    lane.stream.reset();
    lane.socket.close();
    lane.state = Lane::State::Closed;
    lane.out.clear();
    lane.out_sent = 0;
    lane.in.clear();
    lane.under_way = 0;
    std::fill(lane.by_id.begin(), lane.by_id.end(), kNoTicket);
    for (Ticket ticket = 0; ticket < parts_.flights.capacity(); ++ticket) {
        Flight& flight = parts_.flights.at(ticket);
        if (!flight.used || flight.channel != parts_.number || flight.lane != lane.number ||
            flight.id == kNoTicket)
            continue;
        flight.id = kNoTicket;
        parts_.owner.on_failure(ticket, cause, lane.progress);
    }
}

// ---- answers --------------------------------------------------------------------------------

// False when the other side does not keep to the protocol.
bool StreamChannel::take_all(Lane& lane) {
    std::size_t used = 0;
    bool sound = true;
    for (;;) {
        const ByteView rest = ByteView(lane.in).subspan(used);
        if (target_.traced) {
            const traced::FrameView frame = traced::read_frame(rest);
            sound = !frame.broken() && (!frame.whole || frame.header.answer);
            if (!sound || !frame.whole) break;
            used += frame.bytes();
            take_frame(lane, frame);
        } else {
            wire::Reader reader{rest};
            const ByteView message = reader.bytes(reader.u16());
            if (!reader.ok()) break;
            used += reader.offset();
            take_message(lane, message);
        }
    }
    lane.in.erase(lane.in.begin(), lane.in.begin() + static_cast<std::ptrdiff_t>(used));
    return sound;
}

void StreamChannel::take_message(Lane& lane, ByteView message) {
    if (message.size() < 12) return parts_.owner.on_stray();
    const Ticket ticket = lane.by_id[std::size_t{message[0]} << 8U | message[1]];
    if (ticket == kNoTicket) return parts_.owner.on_stray();
    const PlannedMessage& planned = parts_.plan.messages[parts_.flights.at(ticket).message];
    if (!answers_question(message, parts_.plan.message(planned), planned.question_bytes))
        return parts_.owner.on_stray();
    lane.progress = true;
    failures_ = 0;
    parts_.owner.on_answer(ticket, message, false);
}

void StreamChannel::take_frame(Lane& lane, const traced::FrameView& frame) {
    const Ticket ticket = frame.header.id & ((1U << kTicketBits) - 1);
    if (ticket >= parts_.flights.capacity()) return parts_.owner.on_stray();
    const Flight& flight = parts_.flights.at(ticket);
    if (!flight.used || flight.channel != parts_.number || flight.lane != lane.number ||
        flight.id != frame.header.id)
        return parts_.owner.on_stray();
    lane.progress = true;
    failures_ = 0;
    if (frame.payload.empty()) return parts_.owner.on_empty(ticket);
    const PlannedMessage& planned = parts_.plan.messages[flight.message];
    if (!answers_question(frame.payload, parts_.plan.message(planned), planned.question_bytes))
        return parts_.owner.on_stray();
    parts_.owner.on_answer(ticket, frame.payload, frame.header.more);
}

}  // namespace vedette::replay
