#include "service/dnsd/net/udp_worker.hpp"

#include <sys/time.h>

namespace vedette::dnsd {
namespace {

constexpr timeval kReceiveTimeout{0, 200'000};
constexpr Duration kLastAnswers = Duration::millis(500);  // of a worker that ends, at full rate

}  // namespace

UdpWorker::UdpWorker(sys::Descriptor socket, const RateLimits& limits, SnapshotCell& snapshots,
                     ExchangeObserver* observer)
    : endpoint_(bound_endpoint(socket)),
      server_(std::move(socket)),
      snapshots_(snapshots),
      observer_(observer),
      limiter_(limits) {
    (void)setsockopt(server_.socket().get(), SOL_SOCKET, SO_RCVTIMEO, &kReceiveTimeout,
                     sizeof(kReceiveTimeout));
}

UdpWorker::~UdpWorker() {
    stop(Ending::Last);
    join();
}

void UdpWorker::start() {
    thread_ = std::thread([this] { run(); });
    (void)pthread_setname_np(thread_.native_handle(), "answer-udp");
}

void UdpWorker::join() {
    if (thread_.joinable()) thread_.join();
}

void UdpWorker::run() {
    SnapshotCell::Reader reader(snapshots_);
    const SystemClock clock;
    while (!stopping_.load(std::memory_order_acquire)) {
        const int got = server_.receive();
        if (got > 0) {
            answer_batch(static_cast<unsigned>(got), reader.acquire());
            reader.release();
            send_batch();
        } else if (got < 0) {
            ServerCounters::add(counters_.send_failures);  // an ICMP error of an earlier answer
        }
        if (observer_ != nullptr) observer_->batch_end(clock.now());
    }
    if (answers_waiting_.load(std::memory_order_relaxed)) answer_waiting(reader);
    stopped_.store(true, std::memory_order_release);
}

void UdpWorker::answer_waiting(SnapshotCell::Reader& reader) {
    const SystemClock clock;
    const Timestamp until = clock.now() + kLastAnswers;
    while (clock.now() < until) {
        const int got = server_.receive_waiting();
        if (got <= 0) return;
        answer_batch(static_cast<unsigned>(got), reader.acquire());
        reader.release();
        send_batch();
    }
}

void UdpWorker::answer_batch(unsigned received, const Snapshot& snapshot) {
    // One clock reading for the batch: its queries were waiting together.
    const Timestamp now = SystemClock().now();
    for (unsigned i = 0; i < received; ++i)
        answer_one(i, snapshot, now);
    ServerCounters::add(counters_.queries, received);
}

void UdpWorker::answer_one(unsigned index, const Snapshot& snapshot, Timestamp now) {
    const ByteView query = server_.query(index);
    const Endpoint client = from_socket_address(server_.client(index));
    const std::span<std::uint8_t> answer = server_.answer_buffer(index);
    const QueryContext context{Channel::Datagram, client.address,
                               static_cast<std::uint32_t>(now.whole_seconds())};
    AnswerOutcome outcome = responder_.answer(query, context, snapshot, answer);
    if (limiter_.active() && outcome.bytes != 0) limit(index, outcome, client, now);
    if (outcome.bytes == 0) {
        ServerCounters::add(counters_.dropped);
    } else {
        server_.queue_answer(index, outcome.bytes);
        ServerCounters::add(counters_.rcodes[outcome.rcode <= 16 ? outcome.rcode : 15]);
        if (outcome.truncated) ServerCounters::add(counters_.truncated);
    }
    if (observer_ == nullptr) return;
    Exchange exchange;
    exchange.received = now;
    exchange.answered = outcome.bytes != 0 ? now : kNever;
    exchange.client = client;
    exchange.server = endpoint_;
    exchange.query = query;
    exchange.response = ByteView(answer).first(outcome.bytes);
    exchange.parsed = &responder_.query();
    exchange.outcome = outcome;
    observer_->observe(exchange);
}

void UdpWorker::limit(unsigned index, AnswerOutcome& outcome, const Endpoint& client,
                      Timestamp now) {
    const RateVerdict verdict = limiter_.judge(client.address, responder_.query(), outcome, now);
    if (verdict == RateVerdict::Pass) return;
    ServerCounters::add(counters_.rate_limited);
    outcome.bytes = verdict == RateVerdict::Drop
                        ? 0
                        : cut_answer(server_.answer_buffer(index), responder_.query());
    outcome.truncated = true;
}

void UdpWorker::send_batch() {
    const sys::DatagramServer::Sent done = server_.send();
    if (done.sent != 0) ServerCounters::add(counters_.answers, done.sent);
    if (done.failed != 0) ServerCounters::add(counters_.send_failures, done.failed);
}

}  // namespace vedette::dnsd
