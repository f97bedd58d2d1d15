#include "decode/dns_tracker.hpp"

#include <algorithm>

#include "decode/dns_seen.hpp"
#include "decode/pending_queries.hpp"
#include "decode/zone_transfers.hpp"
#include "wire/dns/message.hpp"

namespace vedette::decode {
namespace {

using wire::dns::MessageView;

// Copies shorter than this could cut the question, which stands in the first 271 bytes.
constexpr std::uint32_t kLeastCopy = 512;

/// The name's place in the event's arena; the first question's name always stands at offset 12.
ByteSlice name_in(ByteSlice message, std::size_t length) noexcept {
    return message.part(wire::dns::kHeaderBytes, static_cast<std::uint32_t>(length));
}

/// Whether two moments are further apart than `limit`, whatever a file claims them to be.
bool apart(Timestamp a, Timestamp b, Duration limit) noexcept {
    const auto [early, late] = std::minmax(a, b);
    return static_cast<std::uint64_t>(late.nanos) - static_cast<std::uint64_t>(early.nanos) >
           static_cast<std::uint64_t>(limit.nanos);
}

}  // namespace

struct DnsTracker::State {
    State(Identity& who, TraceCounts& books, const DnsTrackerLimits& bounds)
        : identity(who),
          counts(books),
          limits(bounds),
          pending(bounds.max_pending, bounds.max_pending_bytes, bounds.hash_seed) {
        limits.max_message_copy = std::max(limits.max_message_copy, kLeastCopy);
    }

    void count(const Seen& seen);
    void on_query(const Seen& seen, EventBatch& out);
    bool on_response(const Seen& seen, EventBatch& out);
    [[nodiscard]] bool answers(std::uint32_t slot, const Seen& seen) const noexcept;
    void match(std::uint32_t slot, const Seen& seen, EventBatch& out);
    bool follow_transfer(std::uint32_t slot, const Seen& seen, EventBatch& out);
    DnsTransaction& add_query(std::uint32_t slot, EventBatch& out);
    void tell_pending(std::uint32_t slot, EventBatch& out);
    void tell_alone(const Seen& seen, TransactionKind kind, EventBatch& out);
    void make_room(std::uint32_t hash, std::size_t bytes, EventBatch& out);
    void expire(Timestamp now, EventBatch& out);
    void identify(DnsTransaction& event, const MacAddress& link, const MacAddress& edns,
                  EventBatch& out);
    static void sight(const Seen& seen, bool solicited, EventBatch& out);

    Identity& identity;
    TraceCounts& counts;
    DnsTrackerLimits limits;
    PendingQueries pending;
    ZoneTransfers transfers;
    std::uint64_t last_malformed = 0;  // packet number, so that a packet counts once
};

void DnsTracker::State::count(const Seen& seen) {
    if (seen.damage) ++counts.anomalies[static_cast<std::size_t>(seen.damage.id)];
    if (seen.protocol != DnsProtocol::Dns) return;
    // A header without its flags word is no message to count.
    if (seen.view.bytes().size() >= 4) {
        const bool response = seen.is_response();
        if (seen.packet.transport == Transport::Tcp) {
            ++(response ? counts.dns_tcp_response : counts.dns_tcp_query);
        } else {
            ++(response ? counts.dns_udp_response : counts.dns_udp_query);
        }
    }
    if (seen.damage && info(seen.damage.id).severity > wire::Severity::Info &&
        last_malformed != seen.packet.packet) {
        last_malformed = seen.packet.packet;
        ++counts.malformed_dns;
    }
}

void DnsTracker::State::identify(DnsTransaction& event, const MacAddress& link,
                                 const MacAddress& edns, EventBatch& out) {
    const ClientIdentity who = identity.resolve(event.time(), event.client, link, edns);
    event.client_mac = who.mac;
    event.mac_source = who.source;
    if (!who.host.empty()) event.client_host = out.bytes.append(who.host);
}

DnsTransaction& DnsTracker::State::add_query(std::uint32_t slot, EventBatch& out) {
    const PendingQuery& query = pending.at(slot);
    DnsTransaction& event = out.dns.emplace_back();
    set_query(event, query);
    event.query_message = pending.copy_message(slot, out.bytes);
    event.qname = name_in(event.query_message, query.qname_length);
    identify(event, query.has_link ? query.link_source : MacAddress{}, query.edns_mac, out);
    return event;
}

/// Ends the wait of a query: as unanswered, or as a transfer that ended or fell silent.
void DnsTracker::State::tell_pending(std::uint32_t slot, EventBatch& out) {
    DnsTransaction& event = add_query(slot, out);
    const std::uint32_t transfer = pending.at(slot).transfer;
    if (transfer == ZoneTransfers::kNone) {
        event.kind = TransactionKind::Unanswered;
        ++counts.unanswered;
    } else {
        event.kind = TransactionKind::Matched;
        ++counts.matched;
        transfers.finish(transfer, event, out.bytes);
    }
    pending.erase(slot);
}

void DnsTracker::State::make_room(std::uint32_t hash, std::size_t bytes, EventBatch& out) {
    for (;;) {
        const std::uint32_t victim = pending.must_leave(hash, bytes);
        if (victim == PendingQueries::kNone) return;
        ++counts.pairing_evicted;
        tell_pending(victim, out);
    }
}

void DnsTracker::State::on_query(const Seen& seen, EventBatch& out) {
    const PendingQuery query = to_pending(seen);
    const std::uint32_t hash = pending.hash(query.key);
    make_room(hash, seen.kept.size(), out);
    pending.insert(query, hash, seen.kept);
}

/// Whether the answer's question is the waiting query's. Either side may lack one: servers answer
/// FORMERR with a bare header, and later messages of a transfer need no question (RFC 5936 2.2.1).
bool DnsTracker::State::answers(std::uint32_t slot, const Seen& seen) const noexcept {
    const PendingQuery& query = pending.at(slot);
    if (apart(query.alive, seen.packet.time, limits.timeout)) return false;
    const ByteView asked = seen.view.question_name();
    if (asked.empty() || query.qname_length == 0) return true;
    if (query.qtype != seen.view.question_type() || query.qclass != class_of(seen)) return false;
    if (query.qname_length != asked.size()) return false;
    wire::dns::NameBuffer buffer;
    return wire::dns::equal_names(pending.question_name(slot, buffer), asked);
}

/// Returns whether a query waited for the answer.
bool DnsTracker::State::on_response(const Seen& seen, EventBatch& out) {
    const ExchangeKey key = key_of(seen);
    const std::uint32_t slot = pending.find(
        key, pending.hash(key), [&](std::uint32_t candidate) { return answers(candidate, seen); });
    if (slot == PendingQueries::kNone) {
        // A NetBIOS host's unicast reply to a broadcast question has no partner.
        const bool netbios = seen.protocol == DnsProtocol::Nbns;
        tell_alone(seen, netbios ? TransactionKind::OneWay : TransactionKind::Orphan, out);
        return netbios;
    }
    match(slot, seen, out);
    return true;
}

void DnsTracker::State::match(std::uint32_t slot, const Seen& seen, EventBatch& out) {
    const PendingQuery& query = pending.at(slot);
    if (is_transfer(query.qtype) && query.key.transport == Transport::Tcp &&
        follow_transfer(slot, seen, out)) {
        return;
    }
    DnsTransaction& event = add_query(slot, out);
    event.kind = TransactionKind::Matched;
    ++counts.matched;
    set_response(event, seen);
    event.response_message = out.bytes.append(seen.kept);
    pending.erase(slot);
}

/// Adds one message to a transfer; false when it has to be treated as an ordinary answer.
bool DnsTracker::State::follow_transfer(std::uint32_t slot, const Seen& seen, EventBatch& out) {
    PendingQuery& query = pending.at(slot);
    if (query.transfer == ZoneTransfers::kNone) {
        DnsTransaction answer;
        set_response(answer, seen);
        query.transfer = transfers.begin(answer, seen.kept);
        if (query.transfer == ZoneTransfers::kNone) return false;
    }
    if (transfers.add(query.transfer, query.qtype, seen.view, seen.wire_bytes(), seen.damage)) {
        tell_pending(slot, out);
    } else {
        pending.renew(slot, seen.packet.time);
    }
    return true;
}

/// A message that is an event by itself.
void DnsTracker::State::tell_alone(const Seen& seen, TransactionKind kind, EventBatch& out) {
    ++(kind == TransactionKind::Orphan ? counts.orphans : counts.one_way);
    const bool response = seen.is_response();
    const PendingQuery as_query = to_pending(seen);
    DnsTransaction& event = out.dns.emplace_back();
    set_query(event, as_query);
    event.kind = kind;
    const ByteSlice message = out.bytes.append(seen.kept);
    event.qname = name_in(message, as_query.qname_length);
    MacAddress link = seen.packet.link_source;
    if (response) {
        event.query_time = kNever;
        event.query_packet = 0;
        event.query_flags = 0;
        event.query_bytes = 0;
        event.query_damage = {};
        set_response(event, seen);
        event.response_message = message;
        link = seen.packet.link_destination;
    } else {
        event.query_message = message;
    }
    identify(event, as_query.has_link ? link : MacAddress{},
             response ? MacAddress{} : as_query.edns_mac, out);
}

/// Rate detectors count a message when it is seen, not when its exchange is complete.
void DnsTracker::State::sight(const Seen& seen, bool solicited, EventBatch& out) {
    DnsSighting& sighting = out.sightings.emplace_back();
    sighting.time = seen.packet.time;
    sighting.source = seen.packet.source;
    sighting.destination = seen.packet.destination;
    sighting.packet = seen.packet.packet;
    sighting.bytes = seen.wire_bytes();
    sighting.source_port = seen.packet.source_port;
    sighting.destination_port = seen.packet.destination_port;
    sighting.id = seen.view.header().id;
    sighting.flags = seen.view.header().flags;
    sighting.qtype = seen.view.question_type();
    sighting.transport = seen.packet.transport;
    sighting.solicited = solicited;
    if (!seen.is_response()) sighting.qname = out.bytes.append(seen.view.question_name());
}

void DnsTracker::State::expire(Timestamp now, EventBatch& out) {
    while (pending.oldest() != PendingQueries::kNone) {
        if (!apart(pending.at(pending.oldest()).alive, now, limits.timeout)) return;
        tell_pending(pending.oldest(), out);
    }
}

DnsTracker::DnsTracker(Identity& identity, TraceCounts& counts, DnsTrackerLimits limits)
    : state_(std::make_unique<State>(identity, counts, limits)) {}

DnsTracker::~DnsTracker() = default;

wire::Damage DnsTracker::on_message(const PacketContext& packet, DnsProtocol protocol,
                                    ByteView message, EventBatch& out) {
    State& state = *state_;
    const MessageView view = MessageView::inspect(message, dialect_of(protocol));
    const ByteView kept =
        message.first(std::min<std::size_t>(message.size(), state.limits.max_message_copy));
    const Seen seen{packet, protocol, view, kept, judge(packet, view.damage())};
    state.count(seen);
    state.expire(packet.time, out);

    bool solicited = true;
    if (!pairs(seen) || !state.pending.can_hold(kept.size())) {
        state.tell_alone(seen, TransactionKind::OneWay, out);
    } else if (seen.is_response()) {
        solicited = state.on_response(seen, out);
    } else {
        state.on_query(seen, out);
    }
    if (state.limits.sightings) state.sight(seen, solicited, out);
    return seen.damage;
}

void DnsTracker::expire(Timestamp now, EventBatch& out) {
    state_->expire(now, out);
}

void DnsTracker::flush(EventBatch& out) {
    while (state_->pending.oldest() != PendingQueries::kNone) {
        state_->tell_pending(state_->pending.oldest(), out);
    }
}

}  // namespace vedette::decode
