#include "service/replay/plan_builder.hpp"

#include <algorithm>

#include "decode/packet_messages.hpp"

namespace vedette::replay {
namespace {

using wire::dns::MessageView;
using wire::dns::QuestionView;

constexpr std::uint16_t kUnicastReplyBit = 0x8000;  // RFC 6762 5.4
constexpr std::uint8_t kRecursionDesired = 0x01;

std::size_t question_end(const MessageView& view) noexcept {
    std::size_t end = wire::dns::kHeaderBytes;
    auto cursor = view.questions();
    QuestionView question;
    while (cursor.next(question))
        end = wire::dns::measure_name(view.bytes(), question.name_offset).end + 4;
    return end;
}

void put16(std::vector<std::uint8_t>& out, std::uint16_t value) {
    out.push_back(static_cast<std::uint8_t>(value >> 8U));
    out.push_back(static_cast<std::uint8_t>(value));
}

std::uint16_t plain_class(std::uint16_t qclass, DnsProtocol protocol) noexcept {
    return protocol == DnsProtocol::Mdns ? static_cast<std::uint16_t>(qclass & ~kUnicastReplyBit)
                                         : qclass;
}

}  // namespace

void PlanBuilder::keep_packets(const sys::PacketBatch& batch) {
    if (options_.via != Via::Traced) {
        packet_count_ += batch.packets.size();
        return;
    }
    std::array<decode::PacketMessage, 2> found;
    for (const sys::PacketRecord& record : batch.packets) {
        ++packet_count_;
        const auto kind = wire::traced::kind_of_link(record.link_type);
        if (kind == wire::traced::PayloadKind::Message) continue;
        if (record.captured > wire::traced::kMaxPayloadBytes) continue;
        if (record.original > record.captured) continue;  // cut: the message may be, too
        const std::size_t count =
            decode::read_packet_messages(record.link_type, record.bytes(), found);
        const ByteView message = found[0].message;
        if (count != 1 || !found[0].alone || message.size() < 3 || message.size() > UINT16_MAX ||
            (message[2] & 0x80U) != 0)
            continue;
        kept_[packet_count_] = {packets_.size(), record.captured,
                                static_cast<std::uint32_t>(message.data() - record.data),
                                static_cast<std::uint16_t>(message.size()), kind};
        packets_.insert(packets_.end(), record.bytes().begin(), record.bytes().end());
    }
}

void PlanBuilder::add(const EventBatch& batch) {
    for (const DnsTransaction& event : batch.dns) {
        if (event.has_query()) add(event, batch.bytes);
    }
}

std::uint64_t PlanBuilder::bytes() const noexcept {
    return plan_.bytes.size() + packets_.size() +
           plan_.messages.size() * (sizeof(PlannedMessage) + sizeof(PlannedQuestion));
}

bool PlanBuilder::is_wanted(const DnsTransaction& event) {
    const auto skip = [this](Skipped reason) {
        ++plan_.skipped[static_cast<std::size_t>(reason)];
        return false;
    };
    if (event.protocol != DnsProtocol::Dns && event.protocol != DnsProtocol::Mdns)
        return skip(Skipped::Protocol);
    if (event.opcode() != 0 && !options_.any_opcode) return skip(Skipped::Opcode);
    if (plan_.questions.size() >= options_.most_questions) return skip(Skipped::Limit);
    if (event.query_message.length < wire::dns::kHeaderBytes) return skip(Skipped::Cut);
    return true;
}

void PlanBuilder::add(const DnsTransaction& event, const ByteArena& bytes) {
    if (!is_wanted(event)) return;
    const ByteView message = bytes.view(event.query_message);
    const bool answered = options_.keep_answers && event.kind == TransactionKind::Matched &&
                          event.response_message.length == event.response_bytes &&
                          event.answer_messages == 1;
    const ByteView answer = answered ? bytes.view(event.response_message) : ByteView{};
    const MessageView view = MessageView::inspect(message, event.protocol == DnsProtocol::Mdns
                                                               ? wire::dns::Dialect::Multicast
                                                               : wire::dns::Dialect::Unicast);
    const bool cut = message.size() < event.query_bytes;
    const bool readable =
        view.questions_read() != 0 && view.questions_read() == view.header().counts[0];
    if (cut && !readable) {
        ++plan_.skipped[static_cast<std::size_t>(Skipped::Cut)];
    } else if (!readable) {
        add_damaged(event, message, answer);
    } else if (options_.via != Via::Traced &&
               (view.questions_read() > 1 || event.protocol == DnsProtocol::Mdns)) {
        plan_.split += view.questions_read() > 1;
        add_each(event, view);
    } else {
        add_whole(event, view, answer);
    }
}

std::uint32_t PlanBuilder::append(ByteView bytes) {
    const auto offset = static_cast<std::uint32_t>(plan_.bytes.size());
    plan_.bytes.insert(plan_.bytes.end(), bytes.begin(), bytes.end());
    return offset;
}

PlannedMessage& PlanBuilder::place(const DnsTransaction& event, ByteView message, ByteView answer) {
    order_.push_back({event.query_packet, static_cast<std::uint32_t>(plan_.messages.size())});
    PlannedMessage& planned = plan_.messages.emplace_back();
    planned.time = event.query_time;
    planned.offset = append(message);
    planned.bytes = static_cast<std::uint16_t>(message.size());
    planned.id = event.id;
    planned.first_row = static_cast<std::uint32_t>(plan_.questions.size());
    if (!answer.empty()) {
        planned.answer = append(answer);
        planned.answer_bytes = static_cast<std::uint16_t>(answer.size());
    }
    return planned;
}

// The packet as it was captured, when it holds just this message.
void PlanBuilder::attach_packet(PlannedMessage& planned, const DnsTransaction& event) {
    if (options_.via != Via::Traced) return;
    planned.packet = planned.offset;
    planned.packet_bytes = planned.bytes;
    const auto found = kept_.find(event.query_packet);
    if (found == kept_.end()) return;
    const Kept& kept = found->second;
    const ByteView packet = ByteView(packets_).subspan(kept.offset, kept.bytes);
    if (!std::ranges::equal(packet.subspan(kept.message, kept.message_bytes),
                            std::as_const(plan_).message(planned)))
        return;
    planned.packet = append(packet);
    planned.packet_bytes = kept.bytes;
    planned.kind = kept.kind;
}

// Sent as it was captured: what a server makes of it is the question.
void PlanBuilder::add_damaged(const DnsTransaction& event, ByteView message, ByteView answer) {
    PlannedMessage& planned = place(event, message, answer);
    planned.damaged = true;
    planned.rows = 1;
    plan_.questions.push_back({.message = static_cast<std::uint32_t>(plan_.messages.size() - 1),
                               .type = event.qtype,
                               .qclass = event.qclass,
                               .protocol = event.protocol});
    attach_packet(planned, event);
}

void PlanBuilder::add_whole(const DnsTransaction& event, const MessageView& view, ByteView answer) {
    const std::size_t end = question_end(view);
    std::vector<std::uint8_t> message(view.bytes().begin(), view.bytes().end());
    if (message.size() < event.query_bytes) {  // without the records that were cut off
        ++plan_.rebuilt;
        message.resize(end);
        std::fill(message.begin() + 6, message.begin() + 12, std::uint8_t{0});
    }
    PlannedMessage& planned = place(event, message, answer);
    planned.question_bytes = static_cast<std::uint16_t>(end - wire::dns::kHeaderBytes);
    auto cursor = view.questions();
    QuestionView question;
    while (cursor.next(question))
        add_row(view, question, planned, event.protocol);
    attach_packet(planned, event);
}

// Servers answer one question a message. Known answers and probes of mDNS are left behind; RD is
// set, since nobody who asks by multicast could have asked for recursion.
void PlanBuilder::add_each(const DnsTransaction& event, const MessageView& view) {
    auto cursor = view.questions();
    QuestionView question;
    while (cursor.next(question)) {
        wire::dns::NameBuffer name;
        if (!wire::dns::expand_name(view.bytes(), question.name_offset, name)) continue;
        std::vector<std::uint8_t> message(wire::dns::kHeaderBytes);
        message[2] = kRecursionDesired;
        message[5] = 1;
        message.insert(message.end(), name.view().begin(), name.view().end());
        put16(message, question.type);
        put16(message, plain_class(question.qclass, event.protocol));
        PlannedMessage& planned = place(event, message, {});
        planned.question_bytes =
            static_cast<std::uint16_t>(message.size() - wire::dns::kHeaderBytes);
        planned.rows = 1;
        plan_.questions.push_back(
            {planned.offset + static_cast<std::uint32_t>(wire::dns::kHeaderBytes),
             static_cast<std::uint32_t>(plan_.messages.size() - 1), question.type,
             plain_class(question.qclass, event.protocol), name.length, event.protocol});
    }
}

void PlanBuilder::add_row(const MessageView& view, const QuestionView& question,
                          PlannedMessage& planned, DnsProtocol protocol) {
    wire::dns::NameBuffer name;
    if (!wire::dns::expand_name(view.bytes(), question.name_offset, name)) return;
    // The first one stands in the message as it is; those behind it may be compressed.
    const bool in_place = question.name_offset == wire::dns::kHeaderBytes;
    const std::uint32_t offset =
        in_place ? planned.offset + question.name_offset : append(name.view());
    plan_.questions.push_back({offset, static_cast<std::uint32_t>(plan_.messages.size() - 1),
                               question.type, plain_class(question.qclass, protocol), name.length,
                               protocol});
    ++planned.rows;
}

// Transactions are told when they are complete; they are asked in the order of their queries.
Plan PlanBuilder::finish() {
    std::ranges::stable_sort(order_, {}, &Entry::packet);
    Plan plan = std::move(plan_);
    std::vector<PlannedMessage> messages;
    std::vector<PlannedQuestion> questions;
    messages.reserve(plan.messages.size());
    questions.reserve(plan.questions.size());
    for (const Entry& entry : order_) {
        PlannedMessage planned = plan.messages[entry.message];
        const auto rows = std::span(plan.questions).subspan(planned.first_row, planned.rows);
        planned.first_row = static_cast<std::uint32_t>(questions.size());
        for (PlannedQuestion question : rows) {
            question.message = static_cast<std::uint32_t>(messages.size());
            questions.push_back(question);
        }
        messages.push_back(planned);
    }
    plan.messages = std::move(messages);
    plan.questions = std::move(questions);
    return plan;
}

}  // namespace vedette::replay
