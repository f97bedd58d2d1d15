#include "service/dnsd/answer/responder.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "service/dnsd/answer/edns.hpp"
#include "service/dnsd/answer/lookup.hpp"

namespace vedette::dnsd {
namespace {

constexpr std::uint16_t kFlagQr = 0x8000;
constexpr std::uint16_t kFlagAa = 0x0400;
constexpr std::uint16_t kFlagTc = 0x0200;
constexpr std::uint16_t kFlagsEchoed = 0x7910;   // opcode, RD, CD (RFC 1035 4.1.1, RFC 4035 3.1.6)
constexpr std::uint16_t kOpcodeEchoed = 0x7800;  // what other bits mean there is not known
constexpr std::size_t kMaxMessageBytes = 65'535;
constexpr std::uint32_t kUnknownTtl = 10;  // an answer made up; a fix must take effect soon

// chaos names in wire form: version.bind, version.server, id.server, hostname.bind
constexpr std::string_view kVersionBind{"\7version\4bind\0", 14};
constexpr std::string_view kVersionServer{"\7version\6server\0", 16};
constexpr std::string_view kIdServer{"\2id\6server\0", 11};
constexpr std::string_view kHostnameBind{"\10hostname\4bind\0", 15};

std::size_t answer_limit(const Query& query, const QueryContext& context,
                         const AnswerSettings& settings) noexcept {
    if (context.channel != Channel::Datagram) return kMaxMessageBytes;
    if (!query.edns.present) return kPlainUdpBytes;
    const std::size_t wanted = std::min(query.edns.udp_size, settings.udp_payload);
    return std::max(wanted, kPlainUdpBytes);
}

void store_u16(std::span<std::uint8_t> to, std::size_t at, std::uint16_t value) noexcept {
    to[at] = static_cast<std::uint8_t>(value >> 8U);
    to[at + 1] = static_cast<std::uint8_t>(value);
}

}  // namespace

std::size_t cut_answer(std::span<std::uint8_t> out, const Query& query) noexcept {
    out[2] |= static_cast<std::uint8_t>(kFlagTc >> 8U);
    std::fill(out.begin() + 6, out.begin() + kHeaderBytes, std::uint8_t{0});
    return query.question_end;
}

/// The answer being put together.
struct Responder::Reply {
    MessageWriter& writer;
    AnswerOptions& options;
    const Snapshot& snapshot;
    AnswerHeader header;
    const Zone* zone = nullptr;
};

AnswerOutcome Responder::answer(ByteView packet, const QueryContext& context,
                                const Snapshot& snapshot, std::span<std::uint8_t> out) noexcept {
    read_query(packet, query_);
    if (query_.kind == QueryKind::Drop) return {};
    const AnswerSettings& settings = snapshot.settings;
    std::size_t limit = std::min(answer_limit(query_, context, settings), out.size());
    AnswerOptions options{&query_, &settings, context};
    const ByteView question = packet.first(query_.question_end);
    // Room for the OPT record is set aside; an extended error costs six octets more.
    const std::size_t reserved = options.bytes() == 0 ? 0 : options.bytes() + 6;
    if (limit < question.size() + reserved) return {};
    MessageWriter writer(out, limit - reserved);
    (void)writer.put(question);
    Reply reply{writer, options, snapshot, {}, nullptr};
    switch (query_.kind) {
        case QueryKind::Question:
            answer_question(reply);
            break;
        case QueryKind::NotImplemented:
            options.rcode = static_cast<std::uint16_t>(Rcode::NotImp);
            break;
        case QueryKind::BadVersion:
            options.rcode = static_cast<std::uint16_t>(Rcode::BadVers);
            break;
        case QueryKind::CookieOnly:
            break;
        default:
            options.rcode = static_cast<std::uint16_t>(Rcode::FormErr);
            break;
    }
    writer.widen(out, limit);
    const bool has_opt = query_.edns.present;  // in every answer, errors too (RFC 6891 6.1.1)
    if (has_opt) options.put(writer);

    const AnswerHeader& header = reply.header;
    const std::span<std::uint8_t> bytes = writer.bytes();
    const std::uint16_t echoed =
        query_.kind == QueryKind::NotImplemented ? kOpcodeEchoed : kFlagsEchoed;
    const auto flags = static_cast<std::uint16_t>(
        kFlagQr | (query_.flags & echoed) | (header.authoritative ? kFlagAa : 0U) |
        (header.truncated ? kFlagTc : 0U) | (options.rcode & 0xfU));
    store_u16(bytes, 2, flags);
    store_u16(bytes, 4, query_.has_question() ? 1 : 0);
    store_u16(bytes, 6, header.answers);
    store_u16(bytes, 8, header.authority);
    store_u16(bytes, 10, static_cast<std::uint16_t>(header.additional + (has_opt ? 1 : 0)));
    AnswerOutcome outcome;
    outcome.bytes = bytes.size();
    outcome.rcode = options.rcode;
    outcome.answers = header.answers;
    outcome.truncated = header.truncated;
    outcome.zone = reply.zone;
    if (query_.tsig_offset != 0 && query_.kind == QueryKind::Question)
        sign(outcome, context, settings, out.first(limit));
    const QueryCookie& cookie = query_.edns.cookie;
    if (cookie.present && settings.cookies && !cookie.server.empty())
        outcome.cookie_proved = accepts_cookie(cookie.client, cookie.server, context.client,
                                               context.now, settings.cookie_secret);
    return outcome;
}

void Responder::answer_question(Reply& reply) noexcept {
    if (query_.rclass == kClassChaos) return answer_chaos(reply);
    if (query_.type == rr::kOpt) {  // belongs to a message and is no data (RFC 6891 6.1.1)
        reply.options.rcode = static_cast<std::uint16_t>(Rcode::FormErr);
        return;
    }
    if (query_.type >= rr::kTkey && query_.type <= rr::kMaila) return answer_meta(reply);
    const ZoneSet& zones = reply.snapshot.zones;
    const ServedZone* zone =
        query_.rclass == kClassIn ? zones.find_for(query_.name, query_.type) : nullptr;
    if (zone != nullptr) return answer_from_zone(reply, *zone);
    if (query_.rclass == kClassIn && !reply.snapshot.settings.unknown.empty())
        return answer_unknown(reply);
    refuse(reply, ExtendedError::kNotAuthoritative);
}

// Transfers are made on streams, by the transport's own code; a secondary that asks for changes by
// UDP learns from our SOA whether it needs one (RFC 1995 2). The other types are obsolete (RFC 1035
// 3.2.3, RFC 2930).
void Responder::answer_meta(Reply& reply) noexcept {
    const bool datagram = reply.options.context.channel == Channel::Datagram;
    if (query_.type != rr::kIxfr && (query_.type != rr::kAxfr || datagram)) {
        reply.options.rcode = static_cast<std::uint16_t>(Rcode::NotImp);
        reply.options.extended_error = ExtendedError::kNotSupported;
        return;
    }
    const ServedZone* served = transferable(reply.options.context, reply.snapshot);
    const bool needs_key = !reply.snapshot.settings.tsig_keys.empty() && query_.tsig_offset == 0;
    if (!datagram || served == nullptr || needs_key)
        return refuse(reply, ExtendedError::kProhibited);
    reply.zone = served->zone.get();
    reply.header.authoritative = true;
    reply.writer.index_question(query_.name);
    OwnerName owner{kQuestionPointer, &query_.name, query_.written_name()};
    if (reply.writer.put_rrset(served->zone->soa(), owner, {}))
        reply.header.answers = 1;
    else
        reply.header.truncated = true;
}

void Responder::answer_from_zone(Reply& reply, const ServedZone& served) noexcept {
    reply.zone = served.zone.get();
    Lookup lookup(*served.zone, query_, reply.writer);
    lookup.may_leave_to(reply.snapshot.zones);
    reply.header = lookup.run(&served);
    if (lookup.next_zone() != nullptr) reply.header = follow_over_zones(lookup);
    reply.options.rcode = reply.header.rcode;
}

// An alias that leads into another zone of ours is followed there (RFC 1034 4.3.2, step 1 again).
AnswerHeader Responder::follow_over_zones(const Lookup& first) noexcept {
    std::array<std::optional<Lookup>, 2> lookups;  // the one before is read by the next
    const Lookup* last = &first;
    AnswerHeader header;
    for (unsigned i = 0; last->next_zone() != nullptr; i ^= 1U) {
        Lookup& next = lookups[i].emplace(*last, *last->next_zone());
        header = next.go_on();
        last = &next;
    }
    return header;
}

void Responder::refuse(Reply& reply, std::uint16_t extended_error) noexcept {
    reply.options.rcode = static_cast<std::uint16_t>(Rcode::Refused);
    reply.options.extended_error = extended_error;
}

bool Responder::put_address(MessageWriter& writer, const IpAddress& address) noexcept {
    return writer.put_u16(kQuestionPointer) &&
           writer.put_u16(address.is_v4() ? rr::kA : rr::kAaaa) && writer.put_u16(kClassIn) &&
           writer.put_u32(kUnknownTtl) &&
           writer.put_u16(static_cast<std::uint16_t>(address.bytes().size())) &&
           writer.put(address.bytes());
}

void Responder::answer_unknown(Reply& reply) noexcept {
    reply.header.authoritative = true;
    reply.options.extended_error = ExtendedError::kForged;
    for (const IpAddress& address : reply.snapshot.settings.unknown) {
        if (query_.type != (address.is_v4() ? rr::kA : rr::kAaaa)) continue;
        if (put_address(reply.writer, address)) ++reply.header.answers;
    }
}

void Responder::answer_chaos(Reply& reply) noexcept {
    const AnswerSettings& settings = reply.snapshot.settings;
    const std::string_view name = as_text(query_.name.wire());
    const std::string* text = nullptr;
    if (name == kVersionBind || name == kVersionServer) text = &settings.chaos_version;
    if (name == kIdServer || name == kHostnameBind) text = &settings.chaos_id;
    if (text == nullptr || text->empty() || text->size() > UINT8_MAX)
        return refuse(reply, ExtendedError::kProhibited);
    reply.header.authoritative = true;
    if (query_.type != rr::kTxt && query_.type != rr::kAny) return;
    const std::uint8_t length = static_cast<std::uint8_t>(text->size());
    const bool done = reply.writer.put_u16(kQuestionPointer) && reply.writer.put_u16(rr::kTxt) &&
                      reply.writer.put_u16(kClassChaos) && reply.writer.put_u32(0) &&
                      reply.writer.put_u16(static_cast<std::uint16_t>(length + 1U)) &&
                      reply.writer.put({&length, 1}) && reply.writer.put(as_bytes(*text));
    if (done) ++reply.header.answers;
}

// A question with a signature gets an answer with one; a bad signature gets the empty answer that
// says so (RFC 8945 5.3.2). Off the common path: it allocates.
void Responder::sign(AnswerOutcome& outcome, const QueryContext& context,
                     const AnswerSettings& settings, std::span<std::uint8_t> out) const {
    TsigSession session =
        TsigSession::verify(query_.packet, query_.tsig_offset, settings.tsig_keys, context.now);
    if (session.status() != TsigStatus::Good) {
        outcome.bytes = cut_answer(out, query_);
        out[2] = static_cast<std::uint8_t>(out[2] & ~((kFlagTc | kFlagAa) >> 8U));
        outcome.rcode = static_cast<std::uint16_t>(
            session.status() == TsigStatus::FormErr ? Rcode::FormErr : Rcode::NotAuth);
        out[3] = static_cast<std::uint8_t>((out[3] & 0xf0U) | outcome.rcode);
        if (session.status() == TsigStatus::FormErr) return;
    } else if (outcome.bytes + session.reserve() > out.size()) {
        outcome.bytes = cut_answer(out, query_);
        outcome.truncated = true;
    }
    std::vector<std::uint8_t> message(out.begin(),
                                      out.begin() + static_cast<std::ptrdiff_t>(outcome.bytes));
    session.sign(message, context.now);
    if (message.size() > out.size()) {
        outcome.bytes = 0;  // a name so long that not even the error fits
        return;
    }
    std::ranges::copy(message, out.begin());
    outcome.bytes = message.size();
}

const ServedZone* Responder::transferable(const QueryContext& context,
                                          const Snapshot& snapshot) const noexcept {
    const bool allowed =
        std::ranges::any_of(snapshot.settings.transfer_to,
                            [&](const Prefix& prefix) { return prefix.contains(context.client); });
    if (!allowed || query_.rclass != kClassIn) return nullptr;
    const ServedZone* served = snapshot.zones.find(query_.name);
    const bool at_apex =
        served != nullptr && served->zone->apex_name().labels() == query_.name.labels();
    return at_apex ? served : nullptr;
}

std::unique_ptr<ZoneTransfer> Responder::transfer(const QueryContext& context,
                                                  const Snapshot& snapshot) const {
    const bool asked = query_.kind == QueryKind::Question &&
                       (query_.type == rr::kAxfr || query_.type == rr::kIxfr);
    if (!asked || context.channel == Channel::Datagram) return nullptr;
    const AnswerSettings& settings = snapshot.settings;
    const ServedZone* served = transferable(context, snapshot);
    if (served == nullptr) return nullptr;
    std::optional<TsigSession> session;
    if (query_.tsig_offset != 0) {
        session =
            TsigSession::verify(query_.packet, query_.tsig_offset, settings.tsig_keys, context.now);
        if (session->status() != TsigStatus::Good) return nullptr;
    } else if (!settings.tsig_keys.empty()) {
        return nullptr;
    }
    return std::make_unique<ZoneTransfer>(served->zone, query_, std::move(session));
}

}  // namespace vedette::dnsd
