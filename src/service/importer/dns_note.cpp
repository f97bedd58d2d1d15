#include "service/importer/dns_note.hpp"

#include <algorithm>

#include "render/name_text.hpp"

namespace vedette::importer {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::uint16_t kA = 1;
constexpr std::uint16_t kNs = 2;
constexpr std::uint16_t kCname = 5;
constexpr std::uint16_t kPtr = 12;
constexpr std::uint16_t kMx = 15;
constexpr std::uint16_t kTxt = 16;
constexpr std::uint16_t kAaaa = 28;
constexpr std::uint16_t kSrv = 33;
constexpr std::uint16_t kDname = 39;
constexpr std::size_t kQuestionOffset = 12;
constexpr std::size_t kMaxString = 255;
constexpr std::size_t kMaxMessage = 65'535;

void put16(Bytes& out, unsigned value) {
    out.push_back(static_cast<std::uint8_t>(value >> 8U));
    out.push_back(static_cast<std::uint8_t>(value));
}

void put32(Bytes& out, std::uint32_t value) {
    put16(out, value >> 16U);
    put16(out, value & 0xffffU);
}

bool put_name(Bytes& out, std::string_view text) {
    const auto name = render::parse_name(text);
    if (!name) return false;
    const ByteView wire = name->view();
    out.insert(out.end(), wire.begin(), wire.end());
    return true;
}

bool is_name_type(std::uint16_t type) noexcept {
    return type == kNs || type == kCname || type == kPtr || type == kDname;
}

/// RDATA from the log's text; false when this type's text is not understood.
bool put_data(Bytes& out, const NotedRecord& record) {
    if (record.type == kA || record.type == kAaaa) {
        const auto address = IpAddress::parse(record.data);
        if (!address || address->is_v4() != (record.type == kA)) return false;
        const ByteView octets = address->bytes();
        out.insert(out.end(), octets.begin(), octets.end());
        return true;
    }
    if (is_name_type(record.type)) return put_name(out, record.data);
    if (record.type != kTxt) return false;
    std::string_view rest = record.data;
    do {
        const std::string_view part = rest.substr(0, kMaxString);
        out.push_back(static_cast<std::uint8_t>(part.size()));
        const ByteView octets = as_bytes(part);
        out.insert(out.end(), octets.begin(), octets.end());
        rest.remove_prefix(part.size());
    } while (!rest.empty());
    return true;
}

/// False leaves the message as it was.
bool put_record(Bytes& out, const NotedRecord& record) {
    const std::size_t start = out.size();
    bool good = true;
    if (record.owner.empty()) {
        put16(out, 0xc000U | kQuestionOffset);
    } else {
        good = put_name(out, record.owner);
    }
    put16(out, record.type);
    put16(out, 1);
    put32(out, record.ttl);
    put16(out, 0);
    const std::size_t data = out.size();
    good = good && put_data(out, record) && out.size() <= kMaxMessage;
    if (!good) {
        out.resize(start);
        return false;
    }
    out[data - 2] = static_cast<std::uint8_t>((out.size() - data) >> 8U);
    out[data - 1] = static_cast<std::uint8_t>(out.size() - data);
    return true;
}

Bytes start_message(const DnsNote& note, std::uint16_t flags) {
    Bytes out;
    put16(out, note.id);
    put16(out, flags);
    put16(out, note.name.empty() ? 0 : 1);
    put32(out, 0);
    put16(out, 0);
    if (note.name.empty()) return out;
    if (!put_name(out, note.name)) return {};
    put16(out, note.qtype);
    put16(out, note.qclass);
    return out;
}

}  // namespace

std::uint16_t guess_type(std::string_view data, std::uint16_t qtype) {
    if (const auto address = IpAddress::parse(data)) return address->is_v4() ? kA : kAaaa;
    if (qtype == kTxt || data.find(' ') != data.npos) return kTxt;
    if (is_name_type(qtype)) return qtype;
    if (qtype == kMx || qtype == kSrv) return kTxt;  // the log keeps only a part of them
    return kCname;
}

Bytes query_bytes(const DnsNote& note) {
    return start_message(note, note.query_flags);
}

Bytes response_bytes(const DnsNote& note) {
    Bytes out = start_message(
        note, static_cast<std::uint16_t>((note.response_flags & 0xfff0U) | (note.rcode & 0xfU)));
    if (out.empty()) return out;
    unsigned answers = 0;
    for (const NotedRecord& record : note.answers)
        answers += !note.name.empty() && put_record(out, record) ? 1 : 0;
    out[6] = static_cast<std::uint8_t>(answers >> 8U);
    out[7] = static_cast<std::uint8_t>(answers);
    return out;
}

bool add_transaction(const DnsNote& note, EventBatch& out) {
    const Bytes query = query_bytes(note);
    if (query.empty()) return false;
    DnsTransaction& event = out.dns.emplace_back();
    event.query_time = note.query_time;
    event.response_time = note.response_time;
    event.client = note.client;
    event.server = note.server;
    event.client_port = note.client_port;
    event.server_port = note.server_port;
    event.transport = note.transport;
    event.protocol = note.protocol;
    event.id = note.id;
    event.qtype = note.qtype;
    event.qclass = note.qclass;
    event.query_message = out.bytes.append(query);
    if (!note.name.empty())
        event.qname = event.query_message.part(
            kQuestionOffset, static_cast<std::uint32_t>(query.size() - kQuestionOffset - 4));
    const bool asked = note.query_time.known();
    const bool answered = note.response_time.known();
    if (asked) event.query_flags = note.query_flags;
    if (!asked) event.query_message = {};
    event.kind = asked && answered ? TransactionKind::Matched
                 : asked           ? TransactionKind::Unanswered
                                   : TransactionKind::Orphan;
    if (answered) {
        event.response_flags =
            static_cast<std::uint16_t>((note.response_flags & 0xfff0U) | (note.rcode & 0xfU));
        event.rcode = note.rcode;
        event.answer_messages = 1;
        event.response_message = out.bytes.append(response_bytes(note));
    }
    out.watermark = std::max(out.watermark, event.time());
    return true;
}

}  // namespace vedette::importer
