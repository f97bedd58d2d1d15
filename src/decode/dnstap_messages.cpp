#include "decode/dnstap_messages.hpp"

#include <string>

#include "wire/dnstap/message.hpp"

namespace vedette::decode {
namespace {

using wire::dnstap::DnstapView;
using wire::dnstap::SocketProtocol;

Transport transport_of(SocketProtocol protocol) noexcept {
    switch (protocol) {
        case SocketProtocol::Tcp:
            return Transport::Tcp;
        case SocketProtocol::Dot:
            return Transport::Dot;
        case SocketProtocol::Doh:
            return Transport::Doh;
        case SocketProtocol::DnsCryptUdp:
        case SocketProtocol::DnsCryptTcp:
            return Transport::DnsCrypt;
        case SocketProtocol::Doq:
            return Transport::Doq;
        case SocketProtocol::Udp:
            return Transport::Udp;
        case SocketProtocol::None:
            break;
    }
    return Transport::Other;
}

/// The query's way; the response's is its mirror image.
PacketContext query_context(const DnstapView& view, std::uint64_t number) noexcept {
    PacketContext context;
    context.packet = number;
    context.time = view.query_time;
    context.source = IpAddress::from_bytes(view.query_address);
    context.destination = IpAddress::from_bytes(view.response_address);
    context.source_port = view.query_port;
    context.destination_port = view.response_port;
    context.transport = transport_of(view.protocol);
    return context;
}

PacketContext response_context(const DnstapView& view, std::uint64_t number) noexcept {
    PacketContext context = query_context(view, number);
    context.time = view.response_time.known() ? view.response_time : view.query_time;
    std::swap(context.source, context.destination);
    std::swap(context.source_port, context.destination_port);
    return context;
}

}  // namespace

struct DnstapMessages::State {
    explicit State(DnsTrackerLimits limits) : tracker(who, books, limits) {}

    Identity who;  // servers report no link addresses: nobody is identified by it
    TraceCounts books;
    DnsTracker tracker;
    DnstapCounts counts;
    std::string identity;
};

DnstapMessages::DnstapMessages(DnsTrackerLimits limits) : state_(std::make_unique<State>(limits)) {}
DnstapMessages::~DnstapMessages() = default;

bool DnstapMessages::take(ByteView frame, EventBatch& out) {
    const wire::dnstap::DnstapRecord record = wire::dnstap::inspect_dnstap(frame);
    const DnstapView& view = record.view;
    const ByteView message = view.is_response() ? view.response_message : view.query_message;
    if (!record.ok() || message.empty()) {
        ++state_->counts.damaged;
        return false;
    }
    const std::uint64_t number = ++state_->counts.messages;
    if (as_text(view.identity) != state_->identity) state_->identity = as_text(view.identity);
    const PacketContext context =
        view.is_response() ? response_context(view, number) : query_context(view, number);
    state_->tracker.on_message(context, DnsProtocol::Dns, message, out);
    if (context.time.known()) out.watermark = std::max(out.watermark, context.time);
    return true;
}

void DnstapMessages::expire(Timestamp now, EventBatch& out) {
    state_->tracker.expire(now, out);
}

void DnstapMessages::flush(EventBatch& out) {
    state_->tracker.flush(out);
}

std::uint64_t DnstapMessages::waiting() const noexcept {
    const TraceCounts& books = state_->books;
    const std::uint64_t told = books.matched + books.unanswered;
    return books.dns_query() > told ? books.dns_query() - told : 0;
}

std::string_view DnstapMessages::identity() const noexcept {
    return state_->identity;
}

const DnstapCounts& DnstapMessages::counts() const noexcept {
    return state_->counts;
}

}  // namespace vedette::decode
