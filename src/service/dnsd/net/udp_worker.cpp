#include "service/dnsd/net/udp_worker.hpp"

#include <netinet/in.h>
#include <sys/time.h>

#include <array>
#include <cerrno>

namespace vedette::dnsd {
namespace {

constexpr unsigned kBatch = 32;
constexpr std::size_t kQueryBytes = 4'096;   // longer queries are cut, and then malformed
constexpr std::size_t kAnswerBytes = 4'096;  // above any udp_payload
constexpr std::size_t kControlBytes = CMSG_SPACE(sizeof(in6_pktinfo));
constexpr timeval kReceiveTimeout{0, 200'000};

}  // namespace

struct UdpWorker::Batch {
    std::array<mmsghdr, kBatch> in{};
    std::array<mmsghdr, kBatch> out{};
    std::array<iovec, kBatch> in_parts{};
    std::array<iovec, kBatch> out_parts{};
    std::array<sockaddr_storage, kBatch> clients;
    alignas(cmsghdr) std::array<std::array<std::uint8_t, kControlBytes>, kBatch> control;
    std::array<std::array<std::uint8_t, kQueryBytes>, kBatch> queries;
    std::array<std::array<std::uint8_t, kAnswerBytes>, kBatch> answers;
    std::array<unsigned, kBatch> sources{};  // which query out[i] answers
    unsigned out_count = 0;
    bool wants_control = false;

    void prepare(unsigned i) noexcept {
        in_parts[i] = {queries[i].data(), kQueryBytes};
        msghdr& header = in[i].msg_hdr;
        header = {};
        header.msg_name = &clients[i];
        header.msg_namelen = sizeof(clients[i]);
        header.msg_iov = &in_parts[i];
        header.msg_iovlen = 1;
        if (wants_control) {
            header.msg_control = control[i].data();
            header.msg_controllen = kControlBytes;
        }
    }
    void queue_answer(unsigned i, std::size_t bytes) noexcept {
        const unsigned o = out_count++;
        sources[o] = i;
        out_parts[o] = {answers[i].data(), bytes};
        msghdr& header = out[o].msg_hdr;
        header = {};
        header.msg_name = &clients[i];
        header.msg_namelen = in[i].msg_hdr.msg_namelen;
        header.msg_iov = &out_parts[o];
        header.msg_iovlen = 1;
        if (wants_control) {  // the same control data sends from the address that was asked
            header.msg_control = control[i].data();
            header.msg_controllen = in[i].msg_hdr.msg_controllen;
        }
    }
};

UdpWorker::UdpWorker(sys::Descriptor socket, const RateLimits& limits, SnapshotCell& snapshots,
                     ExchangeObserver* observer)
    : socket_(std::move(socket)),
      endpoint_(bound_endpoint(socket_)),
      snapshots_(snapshots),
      observer_(observer),
      batch_(std::make_unique<Batch>()),
      limiter_(limits) {
    batch_->wants_control = endpoint_.address.is_unspecified();
    for (unsigned i = 0; i < kBatch; ++i)
        batch_->prepare(i);
    (void)setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &kReceiveTimeout,
                     sizeof(kReceiveTimeout));
}

UdpWorker::~UdpWorker() {
    stop();
    join();
}

void UdpWorker::start() {
    thread_ = std::thread([this] { run(); });
}

void UdpWorker::join() {
    if (thread_.joinable()) thread_.join();
}

void UdpWorker::run() {
    SnapshotCell::Reader reader(snapshots_);
    const SystemClock clock;
    while (!stopping_.load(std::memory_order_relaxed)) {
        const int got = recvmmsg(socket_.get(), batch_->in.data(), kBatch, MSG_WAITFORONE, nullptr);
        if (got > 0) {
            answer_batch(static_cast<unsigned>(got), reader.acquire());
            reader.release();
            send_batch();
        } else if (got < 0 && errno != EAGAIN && errno != EINTR) {
            ServerCounters::add(counters_.send_failures);  // an ICMP error of an earlier answer
        }
        if (observer_ != nullptr) observer_->batch_end(clock.now());
    }
}

void UdpWorker::answer_batch(unsigned received, const Snapshot& snapshot) {
    batch_->out_count = 0;
    // One clock reading for the batch: its queries were waiting together.
    const Timestamp now = SystemClock().now();
    for (unsigned i = 0; i < received; ++i)
        answer_one(i, snapshot, now);
    ServerCounters::add(counters_.queries, received);
}

void UdpWorker::answer_one(unsigned index, const Snapshot& snapshot, Timestamp now) {
    Batch& batch = *batch_;
    const ByteView query(batch.queries[index].data(), batch.in[index].msg_len);
    const Endpoint client = from_socket_address(batch.clients[index]);
    const QueryContext context{Channel::Datagram, client.address,
                               static_cast<std::uint32_t>(now.whole_seconds())};
    AnswerOutcome outcome = responder_.answer(query, context, snapshot, batch.answers[index]);
    if (limiter_.active() && outcome.bytes != 0) limit(index, outcome, client, now);
    if (outcome.bytes == 0) {
        ServerCounters::add(counters_.dropped);
    } else {
        batch.queue_answer(index, outcome.bytes);
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
    exchange.response = {batch.answers[index].data(), outcome.bytes};
    exchange.parsed = &responder_.query();
    exchange.outcome = outcome;
    observer_->observe(exchange);
}

void UdpWorker::limit(unsigned index, AnswerOutcome& outcome, const Endpoint& client,
                      Timestamp now) {
    const RateVerdict verdict = limiter_.judge(client.address, responder_.query(), outcome, now);
    if (verdict == RateVerdict::Pass) return;
    ServerCounters::add(counters_.rate_limited);
    outcome.bytes =
        verdict == RateVerdict::Drop ? 0 : cut_answer(batch_->answers[index], responder_.query());
    outcome.truncated = true;
}

void UdpWorker::send_batch() {
    Batch& batch = *batch_;
    unsigned sent = 0;
    while (sent < batch.out_count) {
        const int done =
            sendmmsg(socket_.get(), batch.out.data() + sent, batch.out_count - sent, 0);
        if (done > 0) {
            sent += static_cast<unsigned>(done);
            ServerCounters::add(counters_.answers, static_cast<unsigned>(done));
        } else if (errno != EINTR) {
            ++sent;  // this client cannot be reached; the others can
            ServerCounters::add(counters_.send_failures);
        }
    }
    // Only what was received into needs its lengths again.
    for (unsigned i = 0; i < kBatch; ++i) {
        batch.in[i].msg_hdr.msg_namelen = sizeof(batch.clients[i]);
        if (batch.wants_control) batch.in[i].msg_hdr.msg_controllen = kControlBytes;
    }
}

}  // namespace vedette::dnsd
