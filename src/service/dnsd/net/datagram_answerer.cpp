#include "service/dnsd/net/datagram_answerer.hpp"

namespace vedette::dnsd {
namespace {

QueryContext context_of(const DatagramAnswerer::Way& way) noexcept {
    return {way.transport == Transport::Udp ? Channel::Datagram : Channel::EncryptedStream,
            way.client.address, static_cast<std::uint32_t>(way.received.whole_seconds())};
}

}  // namespace

std::size_t DatagramAnswerer::answer(ByteView query, const Way& way, const Snapshot& snapshot,
                                     std::span<std::uint8_t> answer) noexcept {
    const QueryContext context = context_of(way);
    AnswerOutcome outcome = responder_.answer(query, context, snapshot, answer);
    if (way.transport == Transport::Udp && limiter_.active() && outcome.bytes != 0)
        limit(outcome, way, answer);
    if (way.transport == Transport::Doq && responder_.query().edns.has_keepalive)
        outcome.bytes = 0;  // an error of the protocol, which its caller tells the client
    if (outcome.bytes == 0) {
        ServerCounters::add(counters_.dropped);
    } else {
        ServerCounters::add(counters_.rcodes[outcome.rcode <= 16 ? outcome.rcode : 15]);
        if (outcome.truncated) ServerCounters::add(counters_.truncated);
    }
    if (observer_ == nullptr) return outcome.bytes;
    Exchange exchange;
    exchange.received = way.received;
    exchange.answered = outcome.bytes != 0 ? way.received : kNever;
    exchange.client = way.client;
    exchange.server = way.server;
    exchange.transport = way.transport;
    exchange.query = query;
    exchange.response = ByteView(answer).first(outcome.bytes);
    exchange.parsed = &responder_.query();
    exchange.outcome = outcome;
    observer_->observe(exchange);
    return outcome.bytes;
}

void DatagramAnswerer::limit(AnswerOutcome& outcome, const Way& way,
                             std::span<std::uint8_t> answer) noexcept {
    const RateVerdict verdict =
        limiter_.judge(way.client.address, responder_.query(), outcome, way.received);
    if (verdict == RateVerdict::Pass) return;
    ServerCounters::add(counters_.rate_limited);
    outcome.bytes = verdict == RateVerdict::Drop ? 0 : cut_answer(answer, responder_.query());
    outcome.truncated = true;
}

}  // namespace vedette::dnsd
