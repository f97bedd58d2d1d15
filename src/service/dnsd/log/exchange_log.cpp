#include "service/dnsd/log/exchange_log.hpp"

#include <utility>

namespace vedette::dnsd {
namespace {

// Small enough that the batches in use stay in the cache between the answering and the storing
// core.
constexpr std::size_t kBatchEvents = 128;
constexpr Duration kBatchAge = Duration::millis(200);  // what a listing may lag behind
constexpr Duration kNeighboursAge = Duration::seconds(15);

std::uint16_t flags_of(ByteView message) noexcept {
    return message.size() < 4 ? std::uint16_t{0}
                              : static_cast<std::uint16_t>(message[2] << 8U | message[3]);
}

std::uint16_t marks_of(const Exchange& exchange) noexcept {
    const Query& query = *exchange.parsed;
    unsigned marks = 0;
    if (query.edns.present) marks |= DnsMarks::kQueryEdns;
    if (query.edns.dnssec_ok) marks |= DnsMarks::kQueryDo;
    if (query.edns.cookie.present) marks |= DnsMarks::kCookie;
    if (query.edns.present && !exchange.response.empty()) marks |= DnsMarks::kResponseEdns;
    if (query.type == rr::kAxfr || query.type == rr::kIxfr) marks |= DnsMarks::kTransfer;
    return static_cast<std::uint16_t>(marks);
}

void fill_event(const Exchange& exchange, ByteArena& bytes, DnsTransaction& event) {
    const Query& query = *exchange.parsed;
    event.query_time = exchange.received;
    event.response_time = exchange.answered;
    event.client = exchange.client.address;
    event.client_port = exchange.client.port;
    event.server = exchange.server.address;
    event.server_port = exchange.server.port;
    event.transport = exchange.transport;
    event.id = query.id;
    event.query_flags = flags_of(exchange.query);
    event.query_bytes = static_cast<std::uint32_t>(exchange.query.size());
    event.query_message = bytes.append(exchange.query);
    event.marks = marks_of(exchange);
    event.kind = TransactionKind::Unanswered;
    if (query.has_question()) {
        event.qtype = query.type;
        event.qclass = query.rclass;
        event.qname = event.query_message.part(
            kHeaderBytes, static_cast<std::uint32_t>(query.name.wire().size()));
    }
    if (exchange.response.empty()) return;
    event.kind = TransactionKind::Matched;
    event.response_flags = flags_of(exchange.response);
    event.rcode = exchange.outcome.rcode;
    event.answer_messages = 1;
    event.response_bytes = static_cast<std::uint32_t>(exchange.response.size());
    event.response_message = bytes.append(exchange.response);
}

void add_sightings(const DnsTransaction& event, EventBatch& batch) {
    DnsSighting seen;
    seen.time = event.query_time;
    seen.source = event.client;
    seen.destination = event.server;
    seen.source_port = event.client_port;
    seen.destination_port = event.server_port;
    seen.bytes = event.query_bytes;
    seen.id = event.id;
    seen.flags = event.query_flags;
    seen.qtype = event.qtype;
    seen.transport = event.transport;
    seen.qname = event.qname;
    batch.sightings.push_back(seen);
    if (!event.has_response()) return;
    seen.time = event.response_time;
    std::swap(seen.source, seen.destination);
    std::swap(seen.source_port, seen.destination_port);
    seen.bytes = event.response_bytes;
    seen.flags = event.response_flags;
    seen.qname = {};
    batch.sightings.push_back(seen);
}

}  // namespace

ExchangeLog::ExchangeLog(pipeline::BatchQueue& queue, LogCounters& counters, Sightings sightings)
    : queue_(queue), counters_(counters), sightings_(sightings), batch_(queue.take_empty()) {}

ExchangeLog::~ExchangeLog() {
    hand_over();
}

void ExchangeLog::observe(const Exchange& exchange) noexcept {
    if (batch_->dns.empty()) oldest_ = exchange.received;
    DnsTransaction& event = batch_->dns.emplace_back();
    fill_event(exchange, batch_->bytes, event);
    name_client(event);
    if (sightings_ == Sightings::On) add_sightings(event, *batch_);
    batch_->watermark = exchange.received;
    if (batch_->dns.size() >= kBatchEvents) hand_over();
}

void ExchangeLog::name_client(DnsTransaction& event) {
    if (const MacAddress* mac = neighbours_.find(event.client)) {
        event.client_mac = *mac;
        event.mac_source = event.client.is_v4() ? MacSource::Arp : MacSource::Ndp;
    }
}

void ExchangeLog::batch_end(Timestamp now) noexcept {
    if (!batch_->dns.empty() && now - oldest_ > kBatchAge) hand_over();
    if (!neighbours_read_.known() || now - neighbours_read_ > kNeighboursAge) {
        neighbours_read_ = now;
        (void)neighbours_.refresh();  // without it clients have no MAC, and answers go on
    }
}

void ExchangeLog::hand_over() noexcept {
    const std::size_t events = batch_->dns.size();
    if (events == 0) return;
    const bool queued = queue_.push(batch_, Duration{}) == pipeline::PushResult::Queued;
    (queued ? counters_.logged : counters_.dropped).fetch_add(events, std::memory_order_relaxed);
    if (!queued) batch_->clear();
}

}  // namespace vedette::dnsd
