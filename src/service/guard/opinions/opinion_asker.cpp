#include "service/guard/opinions/opinion_asker.hpp"

#include <sys/random.h>

#include <chrono>
#include <utility>

namespace vedette::service {
namespace {

constexpr std::uint32_t kFailures = 3;
constexpr Duration kPause = Duration::seconds(60);

Timestamp steady_now() {
    const auto since = std::chrono::steady_clock::now().time_since_epoch();
    return Timestamp{std::chrono::duration_cast<std::chrono::nanoseconds>(since).count()};
}

std::vector<IpAddress> addresses_of(const std::vector<OpinionResolver>& resolvers) {
    std::vector<IpAddress> addresses;
    for (const OpinionResolver& resolver : resolvers)
        addresses.push_back(resolver.endpoint.address);
    return addresses;
}

std::vector<std::uint8_t> owned(ByteView bytes) {
    return {bytes.begin(), bytes.end()};
}

}  // namespace

OpinionAsker::OpinionAsker(OpinionSettings settings)
    : settings_(std::move(settings)),
      choice_(settings_.limits, addresses_of(settings_.resolvers), settings_.except),
      patience_(settings_.resolvers.size()),
      thread_([this] { run(); }) {
    VEDETTE_ASSERT(settings_.resolvers.size() <= SecondOpinion::kMostResolvers);
}

OpinionAsker::~OpinionAsker() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void OpinionAsker::offer(const EventBatch& batch) {
    for (const DnsTransaction& event : batch.dns) {
        const ByteView qname = batch.bytes.view(event.qname);
        const ByteView message = batch.bytes.view(event.response_message);
        if (!choice_.take(event, qname, message)) continue;
        Question question;
        question.opinion.time = event.response_time;
        question.opinion.client = event.client;
        question.opinion.server = event.server;
        if (event.mac_source != MacSource::Unknown) question.opinion.client_mac = event.client_mac;
        question.opinion.packet = event.response_packet;
        question.opinion.qtype = event.qtype;
        question.qname = owned(qname);
        question.seen = owned(message);
        const std::lock_guard lock(mutex_);
        if (waiting_.size() >= kMostWaiting || answered_.size() >= kMostWaiting) {
            ++counts_.left_out;
            continue;
        }
        waiting_.push_back(std::move(question));
        changed_.notify_one();
    }
}

bool OpinionAsker::take(EventBatch& batch) {
    std::vector<Question> answered;
    {
        const std::lock_guard lock(mutex_);
        answered.swap(answered_);
    }
    for (Question& question : answered) {
        SecondOpinion& opinion = batch.opinions.emplace_back(question.opinion);
        opinion.qname = batch.bytes.append(ByteView(question.qname));
        opinion.seen = batch.bytes.append(ByteView(question.seen));
        for (std::size_t i = 0; i < opinion.count; ++i)
            opinion.answers[i] = batch.bytes.append(ByteView(question.answers[i]));
    }
    return !answered.empty();
}

OpinionCounts OpinionAsker::counts() const {
    const std::lock_guard lock(mutex_);
    return counts_;
}

void OpinionAsker::run() {
    std::unique_lock lock(mutex_);
    while (true) {
        changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
        if (stopping_) return;
        Question question = std::move(waiting_.front());
        waiting_.pop_front();
        lock.unlock();
        ask_all(question);
        lock.lock();
        ++counts_.asked;
        counts_.answers += question.opinion.count;
        answered_.push_back(std::move(question));
    }
}

void OpinionAsker::ask_all(Question& question) {
    for (std::size_t i = 0; i < settings_.resolvers.size() && !stopping_; ++i) {
        if (steady_now() < patience_[i].pause_until) continue;
        auto answer = ask(i, question);
        if (!answer) {
            note_failure(i, answer.error());
            continue;
        }
        patience_[i] = {};
        SecondOpinion& opinion = question.opinion;
        opinion.resolvers[opinion.count++] = settings_.resolvers[i].endpoint.address;
        question.answers.push_back(std::move(*answer));
    }
}

Result<std::vector<std::uint8_t>> OpinionAsker::ask(std::size_t resolver,
                                                    const Question& question) {
    std::uint16_t id = 0;
    if (::getrandom(&id, sizeof(id), 0) != sizeof(id)) return fail(ErrorKind::Failed, "no id");
    const Bytes query = opinion_query(question.qname, question.opinion.qtype, id);
    const OpinionAsk ask{settings_.resolvers[resolver], settings_.tls.get(), Duration::seconds(2),
                         &stopping_};
    return ask_resolver(ask, query);
}

void OpinionAsker::note_failure(std::size_t resolver, const Error& error) {
    if (stopping_) return;
    Patience& patience = patience_[resolver];
    if (++patience.failures >= kFailures) {
        patience.failures = 0;
        patience.pause_until = steady_now() + kPause;
    }
    const std::lock_guard lock(mutex_);
    ++counts_.unanswered;
    counts_.trouble = error.text;
}

}  // namespace vedette::service
