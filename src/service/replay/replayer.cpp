#include "service/replay/replayer.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "service/replay/answer_reader.hpp"
#include "service/replay/stream_channel.hpp"
#include "service/replay/udp_channel.hpp"
#include "sys/os/error.hpp"

namespace vedette::replay {
namespace {

constexpr std::uint8_t kUdp = 0;
constexpr std::uint8_t kStreams = 1;
constexpr int kEvents = 64;
constexpr Duration kTick = Duration::millis(50);
constexpr Duration kBehind = Duration::millis(1);
constexpr Duration kProgressInterval = Duration::millis(100);
/// Without a single answer so many questions are enough to see that nobody is there.
constexpr std::uint64_t kHopelessLost = 100;
constexpr unsigned kHopelessConnections = 20;

}  // namespace

Result<std::unique_ptr<Replayer>> Replayer::open(Plan& plan, ReplaySettings settings,
                                                 const Clock& clock) {
    auto replayer = std::make_unique<Replayer>(Key(), plan, std::move(settings), clock);
    VEDETTE_TRY(replayer->open_channels());
    return replayer;
}

Replayer::Replayer(Key, Plan& plan, ReplaySettings settings, const Clock& clock)
    : plan_(plan),
      settings_(std::move(settings)),
      clock_(clock),
      pacer_(settings_.pace, plan.messages.empty() ? Timestamp{0} : plan.messages.front().time),
      flights_(std::clamp(settings_.in_flight, 1U, kMostInFlight)),
      outcomes_(plan.questions.size()) {
    again_.reserve(flights_.capacity());
    if (settings_.keep_answers) kept_.resize(plan.messages.size());
}

Replayer::~Replayer() = default;

Result<void> Replayer::open_channels() {
    epoll_ = sys::Descriptor(epoll_create1(EPOLL_CLOEXEC));
    if (!epoll_.open()) return sys::fail_errno("cannot make an epoll set");
    if (settings_.via != Via::Udp) return {};
    auto udp = UdpChannel::open(settings_.server, settings_.where, settings_.sockets,
                                {plan_, flights_, *this, epoll_.get(), kUdp});
    if (!udp) return std::unexpected(std::move(udp).error());
    udp_ = std::move(*udp);
    return {};
}

// Made when the first question goes that way.
StreamChannel& Replayer::streams() {
    if (streams_) return *streams_;
    StreamChannel::Target target{settings_.server, settings_.where, settings_.connections,
                                 settings_.via == Via::Traced, settings_.wrap};
    if (!target.wrap) target.wrap = [](int socket) { return sys::make_plain_stream(socket); };
    streams_ = std::make_unique<StreamChannel>(
        std::move(target),
        StreamChannel::Parts{plan_, flights_, *this, clock_, epoll_.get(), kStreams});
    return *streams_;
}

Channel& Replayer::channel_of(const Flight& flight) noexcept {
    if (flight.channel == kUdp) return *udp_;
    return streams();
}

// ---- the loop -------------------------------------------------------------------------------

Result<void> Replayer::run(const sys::StopFlag& stop,
                           const std::function<void(const ReplayProgress&)>& on_progress) {
    const Timestamp start = clock_.now();
    Timestamp told = start;
    now_ = next_due_ = start;
    pacer_.start(start);
    Result<void> outcome;
    while (!is_over(stop)) {
        send_again();
        if (!stop.stopping()) send_due();
        if (udp_) udp_->flush();
        if (streams_) streams_->flush();
        outcome = wait();
        if (!outcome) break;
        expire();
        check_hopeless();
        totals_.elapsed = now_ - start;
        if (on_progress && now_ - told >= kProgressInterval) {
            told = now_;
            on_progress({totals_.answered + totals_.lost, plan_.messages.size(), totals_.lost,
                         totals_.elapsed});
        }
    }
    totals_.elapsed = clock_.now() - start;
    if (streams_) totals_.no_connection = streams_->failure();
    if (next_ < plan_.messages.size() && totals_.ended_early.empty())
        totals_.ended_early = "the run was ended";
    close_books(stop.stopping() ? Cause::Stopped : Cause::Silence);
    return outcome;
}

bool Replayer::is_over(const sys::StopFlag& stop) {
    if (hopeless_ || stop.level() == sys::StopFlag::Level::Abort) return true;
    const bool asked = next_ == plan_.messages.size() || stop.stopping();
    return asked && flights_.under_way() == 0;
}

// Questions of the plan, as far as room and pace allow.
void Replayer::send_due() {
    while (next_ < plan_.messages.size() && flights_.room() != 0 && again_.empty()) {
        next_due_ = pacer_.due(plan_.messages[next_].time, now_);
        if (next_due_ > now_) return;
        const Ticket ticket = flights_.take(next_);
        Flight& flight = flights_.at(ticket);
        flight.channel = settings_.via == Via::Udp ? kUdp : kStreams;
        flight.first_sent = now_;
        ++next_;
        again_.push_back(ticket);
        send_again();
    }
}

void Replayer::send_again() {
    std::size_t sent = 0;
    for (; sent < again_.size(); ++sent) {
        const Ticket ticket = again_[sent];
        if (!channel_of(flights_.at(ticket)).send(ticket)) break;
        dispatch(ticket);
    }
    again_.erase(again_.begin(), again_.begin() + static_cast<std::ptrdiff_t>(sent));
}

// It is on its way: its patience begins.
void Replayer::dispatch(Ticket ticket) {
    Flight& flight = flights_.at(ticket);
    ++totals_.sent;
    if (flight.attempts != 0) ++totals_.repeated;
    if (flight.attempts != UINT8_MAX) ++flight.attempts;
    pacer_.spend();
    // A stream repeats by itself; there the patience of all attempts is one.
    const std::int64_t share = flight.channel == kUdp ? 1 : settings_.retries + 1;
    flight.deadline = now_ + Duration{settings_.timeout.nanos * share};
    flights_.queue(ticket);
}

Duration Replayer::patience() const {
    if ((udp_ && udp_->is_behind()) || !again_.empty()) return kBehind;
    Duration least = kTick;
    if (next_ < plan_.messages.size() && flights_.room() != 0)
        least = std::min(least, next_due_ - now_);
    for (std::size_t queue = 0; queue < Flights::kQueues; ++queue) {
        const Ticket first = flights_.first(queue);
        if (first != kNoTicket) least = std::min(least, flights_.at(first).deadline - now_);
    }
    return std::max(least, Duration{0});
}

Result<void> Replayer::wait() {
    std::array<epoll_event, kEvents> events;
    const Duration least = patience();
    const timespec timeout{least.nanos / kNanosPerSecond, least.nanos % kNanosPerSecond};
    const int count = epoll_pwait2(epoll_.get(), events.data(), kEvents, &timeout, nullptr);
    now_ = clock_.now();
    if (count < 0 && errno != EINTR) return sys::fail_errno("cannot wait for answers");
    for (int i = 0; i < count; ++i) {
        const epoll_event& event = events[static_cast<std::size_t>(i)];
        const auto lane = static_cast<std::uint32_t>(event.data.u64);
        if (event.data.u64 >> 32U == kUdp)
            udp_->ready(lane, event.events);
        else
            streams_->ready(lane, event.events);
    }
    return {};
}

void Replayer::expire() {
    if (udp_ && udp_->take_unreachable()) unreachable_ = true;
    for (std::uint8_t queue = 0; queue < Flights::kQueues; ++queue) {
        for (;;) {
            const Ticket ticket = flights_.first(queue);
            if (ticket == kNoTicket || flights_.at(ticket).deadline > now_) break;
            flights_.unqueue(ticket);
            if (queue == kUdp && flights_.at(ticket).attempts <= settings_.retries) {
                again_.push_back(ticket);
            } else {
                lose(ticket, silence_of(ticket));
            }
        }
    }
}

/// Why a question that ran out of patience did.
Cause Replayer::silence_of(Ticket ticket) const noexcept {
    const Flight& flight = flights_.at(ticket);
    if (plan_.messages[flight.message].damaged) return Cause::Damaged;
    return flight.channel == kUdp && unreachable_ ? Cause::Unreachable : Cause::Silence;
}

// A capture's worth of patience for a server that is not there helps nobody.
void Replayer::check_hopeless() {
    const bool refused = streams_ && streams_->failures() >= kHopelessConnections;
    const bool silent = totals_.answered == 0 &&
                        totals_.lost >= std::max<std::uint64_t>(kHopelessLost, flights_.capacity());
    if (!refused && !silent) return;
    if (next_ == plan_.messages.size() && !refused) return;  // nothing would be saved
    hopeless_ = true;
    totals_.ended_early = refused ? "no connection: " + streams_->failure()
                                  : std::string("nobody answered the first questions");
}

// ---- what comes back ------------------------------------------------------------------------

void Replayer::on_answer(Ticket ticket, ByteView message, bool more) {
    if (more) return;  // the last one of a packet stands for all; plans have one a packet
    const Flight& flight = flights_.at(ticket);
    const AnswerHead head = read_head(message);
    const bool cut = head.cut;
    if (cut && flight.channel == kUdp && settings_.tcp_after_cut) return fall_back(ticket);
    Outcome common;
    common.status = Status::Answered;
    common.latency = now_ - flight.first_sent;
    common.attempts = flight.attempts;
    common.cut = cut;
    common.fell_back = settings_.via == Via::Udp && flight.channel == kStreams;
    const PlannedMessage& planned = plan_.messages[flight.message];
    if (settings_.compare && planned.answer_bytes != 0)
        common.verdict = comparer_.compare(plan_.answer(planned), message);
    fill(planned, message, common);
    if (settings_.keep_answers) keep(flight.message, message);
    ++totals_.answered;
    done(ticket);
}

void Replayer::fill(const PlannedMessage& planned, ByteView message, const Outcome& common) {
    for (std::uint32_t i = 0; i < planned.rows; ++i) {
        Outcome& row = outcomes_[planned.first_row + i];
        row = common;
        const PlannedQuestion& question = plan_.questions[planned.first_row + i];
        // Of one question everything in the answer is meant for it, aliases included.
        const ByteView owner = planned.rows > 1 ? plan_.name(question) : ByteView{};
        read_answer(message, {owner, question.type}, row);
    }
}

void Replayer::on_empty(Ticket ticket) {
    const Flight& flight = flights_.at(ticket);
    Outcome common;
    common.status = Status::Empty;
    common.latency = now_ - flight.first_sent;
    common.attempts = flight.attempts;
    const PlannedMessage& planned = plan_.messages[flight.message];
    std::fill_n(outcomes_.begin() + planned.first_row, planned.rows, common);
    ++totals_.answered;
    done(ticket);
}

void Replayer::on_failure(Ticket ticket, Cause cause, bool progress) {
    Flight& flight = flights_.at(ticket);
    flights_.unqueue(ticket);
    // A server that closes after so many answers is asked on; one that answers none is not.
    if (progress && flight.attempts != 0) --flight.attempts;
    if (flight.attempts <= settings_.retries) {
        again_.push_back(ticket);
    } else {
        lose(ticket, cause);
    }
}

// RFC 7766 5: a cut answer is asked for again over TCP, with patience and attempts anew.
void Replayer::fall_back(Ticket ticket) {
    if (!flights_.at(ticket).queued) std::erase(again_, ticket);
    flights_.unqueue(ticket);
    udp_->forget(ticket);
    Flight& flight = flights_.at(ticket);
    flight.channel = kStreams;
    flight.attempts = 0;
    ++totals_.fell_back;
    again_.push_back(ticket);
}

/// The ticket is not queued.
void Replayer::lose(Ticket ticket, Cause cause) {
    const Flight& flight = flights_.at(ticket);
    channel_of(flight).forget(ticket);
    Outcome common;
    common.status = Status::Lost;
    common.cause = cause;
    common.attempts = flight.attempts;
    common.fell_back = settings_.via == Via::Udp && flight.channel == kStreams;
    const PlannedMessage& planned = plan_.messages[flight.message];
    if (settings_.compare && planned.answer_bytes != 0) common.verdict = Verdict::Missing;
    std::fill_n(outcomes_.begin() + planned.first_row, planned.rows, common);
    ++totals_.lost;
    flights_.give_back(ticket);
}

void Replayer::done(Ticket ticket) {
    // One that was about to be repeated is answered after all.
    if (!flights_.at(ticket).queued) std::erase(again_, ticket);
    flights_.unqueue(ticket);
    channel_of(flights_.at(ticket)).forget(ticket);
    flights_.give_back(ticket);
}

void Replayer::keep(std::uint32_t message, ByteView answer) {
    kept_[message] = {kept_bytes_.size(), static_cast<std::uint32_t>(answer.size())};
    kept_bytes_.insert(kept_bytes_.end(), answer.begin(), answer.end());
}

ByteView Replayer::answer(std::uint32_t message) const noexcept {
    if (message >= kept_.size()) return {};
    return ByteView(kept_bytes_).subspan(kept_[message].offset, kept_[message].bytes);
}

// What was under way when the run ended is lost; what was not asked is told as that.
void Replayer::close_books(Cause cause) {
    for (std::uint32_t message = 0; message < plan_.messages.size(); ++message) {
        const PlannedMessage& planned = plan_.messages[message];
        for (std::uint32_t i = 0; i < planned.rows; ++i) {
            Outcome& row = outcomes_[planned.first_row + i];
            if (row.status != Status::Waiting) continue;
            row.status = message < next_ ? Status::Lost : Status::NotSent;
            row.cause = cause;
            if (i == 0 && message < next_) ++totals_.lost;
        }
    }
}

}  // namespace vedette::replay
