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
      answerer_(limits, observer) {
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
            ServerCounters::add(
                answerer_.counters().send_failures);  // an ICMP error of an earlier answer
        }
        answerer_.batch_end(clock.now());
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
    ServerCounters::add(answerer_.counters().queries, received);
}

void UdpWorker::answer_one(unsigned index, const Snapshot& snapshot, Timestamp now) {
    const Endpoint client = from_socket_address(server_.client(index));
    const std::size_t bytes = answerer_.answer(server_.query(index), {client, endpoint_, now},
                                               snapshot, server_.answer_buffer(index));
    if (bytes != 0) server_.queue_answer(index, bytes);
}

void UdpWorker::send_batch() {
    const sys::DatagramServer::Sent done = server_.send();
    if (done.sent != 0) ServerCounters::add(answerer_.counters().answers, done.sent);
    if (done.failed != 0) ServerCounters::add(answerer_.counters().send_failures, done.failed);
}

}  // namespace vedette::dnsd
