#include "service/collector/link/sensor_link.hpp"

#include <poll.h>
#include <unistd.h>

#include <array>

#include <fmt/format.h>

namespace vedette::collector {
namespace {

namespace frames = wire::sensor;

const Duration kConnectPatience = Duration::seconds(10);
const Duration kWelcomePatience = Duration::seconds(10);
const Duration kStatusEvery = Duration::seconds(2);
/// Every status is answered, so silence of this length is a link that was cut without a word.
const Duration kSilence = Duration::seconds(15);
constexpr std::size_t kReadBytes = 64U << 10U;
constexpr std::size_t kSendAhead = 1U << 20U;
/// Frames under way that the server has not acknowledged.
constexpr std::uint64_t kMaxUnacknowledged = 2'048;
const Duration kTurn = Duration::millis(500);

Timestamp now() noexcept {
    return SystemClock().now();
}

}  // namespace

SensorLink::~SensorLink() {
    if (stream_) stream_->close();
}

Result<std::unique_ptr<SensorLink>> SensorLink::open(const ForwardSettings& settings,
                                                     Spool& spool) {
    auto link = std::make_unique<SensorLink>(Key{}, spool, settings.server.to_text());
    auto socket = sys::connect_tcp(settings.server, kConnectPatience);
    if (!socket) return std::unexpected(std::move(socket).error());
    link->socket_ = std::move(*socket);
    link->stream_ = settings.tls ? settings.tls->connect(link->socket_.get(), settings.server.host)
                                 : sys::make_plain_stream(link->socket_.get());
    if (!link->stream_) return fail(ErrorKind::Failed, "cannot start TLS to " + link->server_);
    link->read_buffer_.resize(kReadBytes);
    VEDETTE_TRY(link->greet(settings));
    return link;
}

Result<void> SensorLink::greet(const ForwardSettings& settings) {
    std::array<std::uint8_t, frames::kMaxControl> buffer{};
    const ByteView hello = frames::write_hello(
        {spool_.stream(), settings.name, settings.token, settings.version}, buffer);
    if (hello.empty()) return fail(ErrorKind::InvalidSettings, "the sensor's name is too long");
    append_frame(out_, {.type = frames::FrameType::Hello, .time = now()}, hello);
    heard_ = now();
    while (!welcome_) {
        VEDETTE_TRY(send());
        VEDETTE_TRY(receive());
        if (welcome_) break;
        if (now() - heard_ > kWelcomePatience)
            return fail(ErrorKind::Unavailable, server_ + " does not answer");
        wait(-1);
    }
    heard_ = now();
    status_at_ = {};  // the first turn tells how things stand
    return {};
}

std::unexpected<Error> SensorLink::gone() const {
    const std::string why = stream_->failure();
    if (why.empty() && !welcome_)
        return fail(ErrorKind::Unavailable,
                    server_ +
                        " closed the connection without a word; a log server must not be "
                        "older than its sensors");
    return fail(ErrorKind::Unavailable, why.empty() ? server_ + " closed the connection"
                                                    : fmt::format("{}: {}", server_, why));
}

Result<void> SensorLink::receive() {
    for (;;) {
        const sys::IoResult got = stream_->read(read_buffer_);
        if (got.status == sys::IoStatus::Closed) return gone();
        if (got.status != sys::IoStatus::Done) return {};
        heard_ = now();
        frames_.append(ByteView(read_buffer_).first(got.bytes));
        frames::FrameHeader header;
        ByteView payload;
        for (;;) {
            const auto next = frames_.peek(Trust::Stranger, header, payload);
            if (next == FrameStream::Next::Broken)
                return fail(ErrorKind::Failed,
                            fmt::format("{} sent {}", server_, to_text(frames_.fault())));
            if (next == FrameStream::Next::Partial) break;
            VEDETTE_TRY(take(header, payload));
            frames_.drop(header);
        }
    }
}

Result<void> SensorLink::take(const frames::FrameHeader& header, ByteView payload) {
    switch (header.type) {
        case frames::FrameType::Welcome:
            welcome_ = true;
            acknowledged_ = header.sequence;
            next_ = header.sequence + 1;
            spool_.acknowledge(header.sequence);
            return {};
        case frames::FrameType::Ack:
            acknowledged_ = std::max(acknowledged_, header.sequence);
            spool_.acknowledge(acknowledged_);
            nothing_to_read_ = false;
            return {};
        case frames::FrameType::Spoiled:
            ++spoiled_;
            return {};
        case frames::FrameType::Refusal:
            return fail(ErrorKind::Permission,
                        fmt::format("{} refuses: {}", server_, as_text(payload)));
        default:
            return fail(ErrorKind::Failed, server_ + " sent what only sensors send");
    }
}

/// Takes frames out of the spool until enough wait to be sent.
Result<void> SensorLink::fill() {
    while (out_.size() - out_sent_ < kSendAhead && next_ - acknowledged_ <= kMaxUnacknowledged) {
        const Result<bool> there = spool_.read(next_, frame_);
        if (!there) return std::unexpected(there.error());
        nothing_to_read_ = !*there;
        if (nothing_to_read_) return {};
        const auto view = frames::inspect_header(ByteView(frame_).first(frames::kHeaderBytes));
        next_ = view.header.sequence + 1;
        out_.insert(out_.end(), frame_.begin(), frame_.end());
        ++sent_;
    }
    return {};
}

Result<void> SensorLink::send() {
    write_wants_read_ = false;
    while (out_sent_ < out_.size()) {
        const sys::IoResult done = stream_->write(ByteView(out_).subspan(out_sent_));
        if (done.status == sys::IoStatus::Closed) return gone();
        write_wants_read_ = done.status == sys::IoStatus::WantRead;
        if (done.status != sys::IoStatus::Done) return {};
        out_sent_ += done.bytes;
    }
    out_.clear();
    out_sent_ = 0;
    return {};
}

void SensorLink::say_status(Timestamp moment) {
    if (moment - status_at_ < kStatusEvery && moment >= status_at_) return;
    status_at_ = moment;
    const SpoolState state = spool_.state();
    const auto payload =
        frames::write_status({.events = state.events,
                              .dropped_events = state.dropped_events,
                              .spooled_batches = state.next_sequence - 1 - state.acknowledged,
                              .spooled_bytes = state.bytes});
    append_frame(
        out_,
        {.type = frames::FrameType::Status, .sequence = state.next_sequence - 1, .time = moment},
        payload);
}

Result<void> SensorLink::check_alive(Timestamp moment) const {
    if (moment - heard_ < kSilence || moment < heard_) return {};
    return fail(ErrorKind::Unavailable, server_ + " has fallen silent");
}

void SensorLink::wait(int wake) {
    const bool wants_write = out_sent_ < out_.size() && !write_wants_read_;
    const short events = wants_write ? POLLIN | POLLOUT : POLLIN;
    std::array<pollfd, 2> entries{{{socket_.get(), events, 0}, {wake, POLLIN, 0}}};
    (void)poll(entries.data(), wake < 0 ? 1 : 2, static_cast<int>(kTurn.nanos / kNanosPerMilli));
    if ((entries[1].revents & POLLIN) != 0) {
        std::uint64_t count = 0;
        (void)!::read(wake, &count, sizeof(count));
    }
}

Result<void> SensorLink::turn(int wake) {
    VEDETTE_TRY(receive());
    const Timestamp moment = now();
    say_status(moment);
    VEDETTE_TRY(check_alive(moment));
    VEDETTE_TRY(fill());
    VEDETTE_TRY(send());
    // Everything that can be done now is done: the rest waits for the socket or for news.
    const bool more =
        out_.empty() && !nothing_to_read_ && next_ - acknowledged_ <= kMaxUnacknowledged;
    if (!more) wait(wake);
    return {};
}

}  // namespace vedette::collector
