#include "service/dnsd/net/xdp_worker.hpp"

#include <algorithm>
#include <array>

namespace vedette::dnsd {
namespace {

constexpr int kWaitMillis = 200;
// A ring holds 2,048 frames: what comes in that time at two millions a second.
constexpr int kTakeOverMillis = 1;
constexpr int kTakeOverTries = 2'000;
constexpr std::size_t kBatch = 64;
constexpr std::size_t kEtherBytes = 14;  // not counted by an MTU

}  // namespace

XdpWorker::XdpWorker(std::vector<Source> sources, const RateLimits& limits, SnapshotCell& snapshots,
                     ExchangeObserver* observer)
    : sources_(std::move(sources)), snapshots_(snapshots), answerer_(limits, observer) {
    // Nothing to wait for before it is ours.
    waits_.assign(sources_.size(), {-1, POLLIN, 0});
    take_over();
}

XdpWorker::~XdpWorker() {
    stop(Ending::Last);
    join();
}

void XdpWorker::start() {
    thread_ = std::thread([this] { run(); });
}

void XdpWorker::join() {
    if (thread_.joinable()) thread_.join();
}

void XdpWorker::run() {
    SnapshotCell::Reader reader(snapshots_);
    while (true) {
        const bool stopping = stopping_.load(std::memory_order_acquire);
        if (stopping && hands_over_.load(std::memory_order_relaxed)) hand_over();
        if (waiting()) take_over();
        const bool busy = serve_all(reader);
        answerer_.batch_end(SystemClock().now());
        if (busy) continue;
        if (stopping) break;  // what came before the word to stop has been answered
        (void)::poll(waits_.data(), waits_.size(), waiting() ? kTakeOverMillis : kWaitMillis);
    }
    stopped_.store(true, std::memory_order_release);
}

// What waits in the rings of a socket meanwhile is answered as soon as it is ours.
void XdpWorker::take_over() {
    bool all = true;
    for (std::size_t i = 0; i < sources_.size(); ++i) {
        if (sources_[i].left) continue;
        if (sources_[i].socket.acquire())
            waits_[i].fd = sources_[i].socket.descriptor().get();
        else
            all = false;
    }
    waiting_.store(!all, std::memory_order_relaxed);
}

void XdpWorker::hand_over() {
    // Replaced before the one before had left: that takes no longer than its current batch.
    for (int i = 0; i < kTakeOverTries && waiting(); ++i) {
        (void)::poll(nullptr, 0, kTakeOverMillis);
        take_over();
    }
    for (std::size_t i = 0; i < sources_.size(); ++i) {
        Source& source = sources_[i];
        if (source.left || waits_[i].fd < 0 || !source.socket.claimed_by_next()) continue;
        source.socket.release();
        source.left = true;
        waits_[i].fd = -1;
    }
    waiting_.store(false, std::memory_order_relaxed);
}

bool XdpWorker::claimed_by_next(std::size_t interface) const noexcept {
    return std::ranges::all_of(sources_, [interface](const Source& source) {
        return source.interface != interface || source.socket.claimed_by_next();
    });
}

// A batch of each socket; false when there was none.
bool XdpWorker::serve_all(SnapshotCell::Reader& reader) {
    std::array<ByteView, kBatch> frames;
    bool busy = false;
    for (std::size_t i = 0; i < sources_.size(); ++i) {
        if (waits_[i].fd < 0) continue;  // another process has it
        Source& source = sources_[i];
        const std::size_t count = source.socket.receive(frames);
        if (count == 0) continue;
        busy = true;
        answer_frames(source, std::span(frames).first(count), reader.acquire());
        reader.release();
    }
    return busy;
}

void XdpWorker::answer_frames(Source& source, std::span<const ByteView> frames,
                              const Snapshot& snapshot) {
    // One clock reading for the batch: its questions were waiting together.
    const Timestamp now = SystemClock().now();
    for (const ByteView frame : frames)
        answer_one(source, frame, snapshot, now);
    source.socket.done_receiving();
    ServerCounters& counters = answerer_.counters();
    ServerCounters::add(counters.queries, frames.size());
    ServerCounters::add(counters.answers, source.socket.flush());
}

void XdpWorker::answer_one(Source& source, ByteView frame, const Snapshot& snapshot,
                           Timestamp now) {
    ServerCounters& counters = answerer_.counters();
    const std::optional<UdpFrame> asked = read_udp_frame(frame);
    if (!asked) return ServerCounters::add(counters.dropped);
    const std::span<std::uint8_t> out = source.socket.begin_send();
    if (out.empty()) return ServerCounters::add(counters.send_failures);
    const std::size_t headers = asked->header_bytes();
    const std::size_t most = std::min(out.size(), source.mtu + kEtherBytes) - headers;
    const std::size_t bytes = answerer_.answer(asked->content, {asked->client, asked->server, now},
                                               snapshot, out.subspan(headers, most));
    source.socket.end_send(bytes == 0 ? 0 : write_udp_frame(*asked, out, bytes));
}

}  // namespace vedette::dnsd
