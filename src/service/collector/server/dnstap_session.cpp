#include "service/collector/server/dnstap_session.hpp"

namespace vedette::collector {
namespace {

namespace dnstap = wire::dnstap;

constexpr std::size_t kBatchEvents = 1'024;
/// Of the arena: a batch of long answers is cut before.
constexpr std::size_t kBatchBytes = 4U << 20U;
/// Producers are few, and each waits seconds at most for its answers.
constexpr std::uint32_t kMaxPending = 16'384;
constexpr std::uint32_t kMaxPendingBytes = 4U << 20U;
/// How long the end of a connection may wait for room for its last batch.
const Duration kLastPatience = Duration::seconds(5);

decode::DnsTrackerLimits limits() {
    decode::DnsTrackerLimits bounds;
    bounds.max_pending = kMaxPending;
    bounds.max_pending_bytes = kMaxPendingBytes;
    bounds.sightings = true;  // detectors count messages when they come
    return bounds;
}

}  // namespace

DnstapSession::DnstapSession(Intake& intake) : intake_(intake), batch_(intake.queue.take_empty()) {
    batch_->clear();
}

DnstapSession::~DnstapSession() {
    intake_.queue.recycle(std::move(batch_));
}

Session::Verdict DnstapSession::receive(ByteView bytes, const Peer&,
                                        std::vector<std::uint8_t>& out) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    return work(out);
}

Session::Verdict DnstapSession::resume(std::vector<std::uint8_t>& out) {
    if (waiting_ && !hand_over({})) return Verdict::Full;
    return work(out);
}

Session::Verdict DnstapSession::work(std::vector<std::uint8_t>& out) {
    Verdict verdict = Verdict::Go;
    while (verdict == Verdict::Go) {
        const auto frame = dnstap::inspect_frame(ByteView(bytes_).subspan(start_));
        if (frame.kind == dnstap::FrameKind::Partial) break;
        verdict = take(frame, out);
        start_ += frame.size;
    }
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(start_));
    start_ = 0;
    return verdict;
}

Session::Verdict DnstapSession::take(const dnstap::FrameView& frame,
                                     std::vector<std::uint8_t>& out) {
    if (frame.kind == dnstap::FrameKind::Control && frame.speaks_dnstap) return control(frame, out);
    if (frame.kind != dnstap::FrameKind::Data || !started_) {
        ++intake_.counters.hostile;
        return Verdict::Drop;
    }
    ++intake_.counters.dnstap_frames;
    if (!messages_->take(frame.data, *batch_)) ++intake_.counters.dnstap_damaged;
    const bool large = batch_->size() >= kBatchEvents || batch_->bytes.size() >= kBatchBytes;
    return !large || hand_over({}) ? Verdict::Go : Verdict::Full;
}

Session::Verdict DnstapSession::control(const dnstap::FrameView& frame,
                                        std::vector<std::uint8_t>& out) {
    std::array<std::uint8_t, dnstap::kControlFrameBytes> buffer{};
    const auto answer = [&](dnstap::Control control) {
        const ByteView bytes = dnstap::write_control(control, buffer);
        out.insert(out.end(), bytes.begin(), bytes.end());
    };
    switch (frame.control) {
        case dnstap::Control::Ready:
            answer(dnstap::Control::Accept);
            return Verdict::Go;
        case dnstap::Control::Start:
            if (!started_) messages_ = std::make_unique<decode::DnstapMessages>(limits());
            started_ = true;
            return Verdict::Go;
        case dnstap::Control::Stop:
            answer(dnstap::Control::Finish);
            return Verdict::Close;
        default:
            ++intake_.counters.hostile;
            return Verdict::Drop;
    }
}

/// Rows carry the name that the server gives itself, where it is fit for one.
void DnstapSession::name_batch() {
    const std::string_view identity = messages_->identity();
    batch_->origin.clear();
    batch_->origin.sensor = is_sensor_name(identity) ? identity : std::string_view("dnstap");
}

bool DnstapSession::hand_over(Duration patience) {
    const std::size_t events = batch_->size();
    if (events == 0) return true;
    if (!waiting_) name_batch();
    waiting_ = intake_.queue.push(batch_, patience) != pipeline::PushResult::Queued;
    if (waiting_) return false;
    ++intake_.counters.batches;
    intake_.counters.events += events;
    return true;
}

Session::Verdict DnstapSession::tick(Timestamp now, std::vector<std::uint8_t>&) {
    if (waiting_) return Verdict::Full;
    if (!started_) return Verdict::Go;
    messages_->expire(now, *batch_);
    return hand_over({}) ? Verdict::Go : Verdict::Full;
}

void DnstapSession::end(Timestamp) {
    if (waiting_) (void)hand_over(kLastPatience);
    if (!started_) return;
    messages_->flush(*batch_);
    const std::size_t events = batch_->size();
    if (!hand_over(kLastPatience)) intake_.counters.dnstap_lost += events;
}

}  // namespace vedette::collector
