#include "wire/dns/query_check.hpp"

#include <array>

namespace vedette::wire::dns {
namespace {

constexpr std::array<QueryCheckInfo, static_cast<std::size_t>(QueryCheck::Count)> kTable{{
#define VEDETTE_QUERY_CHECK(name, id, reaction, severity, sentence) \
    {id, ServerReaction::reaction, Severity::severity, sentence},
#include "wire/dns/query_check.def"
#undef VEDETTE_QUERY_CHECK
}};

constexpr std::uint8_t kOpcodeQuery = 0;
constexpr std::uint8_t kOpcodeNotify = 4;
constexpr std::uint8_t kOpcodeUpdate = 5;
// Query, NOTIFY, UPDATE, DSO (RFC 8490): the rest is obsolete, internal or unassigned.
constexpr std::uint16_t kHonestOpcodes =
    1U << kOpcodeQuery | 1U << kOpcodeNotify | 1U << kOpcodeUpdate | 1U << 6U;
constexpr std::uint16_t kTypeSig = 24;
constexpr std::uint16_t kTypeOpt = 41;
constexpr std::uint16_t kTypeTkey = 249;
constexpr std::uint16_t kTypeTsig = 250;
constexpr std::uint16_t kTypeIxfr = 251;

struct DamageRow {
    AnomalyId damage;
    QueryCheck check;
};

// What inspect() found first, said as a check. Oddities that have their own test are not here.
constexpr std::array kDamageRows{
    DamageRow{AnomalyId::DnsHeaderTruncated, QueryCheck::ShortHeader},
    DamageRow{AnomalyId::DnsCountBeyond, QueryCheck::CountBeyond},
    DamageRow{AnomalyId::DnsNameTruncated, QueryCheck::Name},
    DamageRow{AnomalyId::DnsNameTooLong, QueryCheck::Name},
    DamageRow{AnomalyId::DnsLabelOverrun, QueryCheck::Name},
    DamageRow{AnomalyId::DnsLabelType, QueryCheck::Name},
    DamageRow{AnomalyId::DnsPointerHeader, QueryCheck::Name},
    DamageRow{AnomalyId::DnsPointerForward, QueryCheck::Name},
    DamageRow{AnomalyId::DnsPointerLoop, QueryCheck::Name},
    DamageRow{AnomalyId::DnsPointerExcess, QueryCheck::Name},
    DamageRow{AnomalyId::DnsQuestionTruncated, QueryCheck::CountBeyond},
    DamageRow{AnomalyId::DnsRecordTruncated, QueryCheck::Record},
    DamageRow{AnomalyId::DnsRdataOverrun, QueryCheck::Record},
    DamageRow{AnomalyId::DnsRdataShort, QueryCheck::Record},
    DamageRow{AnomalyId::DnsRdataLeftover, QueryCheck::Record},
    DamageRow{AnomalyId::DnsRdataName, QueryCheck::Record},
    DamageRow{AnomalyId::DnsOptOverrun, QueryCheck::OptOverrun},
    DamageRow{AnomalyId::DnsOptMisplaced, QueryCheck::OptMisplaced},
    DamageRow{AnomalyId::DnsOptDuplicate, QueryCheck::OptDuplicate},
    DamageRow{AnomalyId::DnsOptOwner, QueryCheck::OptOwner},
    DamageRow{AnomalyId::DnsTrailingBytes, QueryCheck::TrailingBytes},
    DamageRow{AnomalyId::DnsCookieLength, QueryCheck::CookieLength},
    DamageRow{AnomalyId::DnsEdnsFlags, QueryCheck::EdnsFlags},
};

// What nearly every query looks like: one question, no records but an OPT, nothing wrong.
bool is_ordinary(const MessageView& message) noexcept {
    constexpr std::uint16_t kOrdinaryFlags = kFlagRd | kFlagAd | kFlagCd;
    const Header& header = message.header();
    return (header.flags & ~kOrdinaryFlags) == 0 && header.counts[0] == 1 &&
           header.counts[1] == 0 && header.counts[2] == 0 && !message.damage() &&
           header.counts[3] == (message.edns().present ? 1 : 0) &&
           message.edns().extended_rcode == 0;
}

void check_flags(const MessageView& message, QueryChecks& failed) noexcept {
    const Header& header = message.header();
    if ((header.flags & (header.opcode() == kOpcodeNotify ? kFlagRa : kFlagAa | kFlagRa)) != 0) {
        failed.add(QueryCheck::AnswerFlags);
    }
    if ((header.flags & kFlagTc) != 0) failed.add(QueryCheck::TruncatedBit);
    if ((header.flags & kFlagZ) != 0) failed.add(QueryCheck::ReservedBit);
    if (header.rcode() != 0) failed.add(QueryCheck::ReturnCode);
    if (message.edns().extended_rcode != 0) failed.add(QueryCheck::EdnsFlags);
}

void check_counts(const MessageView& message, QueryChecks& failed) noexcept {
    const auto& [questions, answers, authority, additional] = message.header().counts;
    if (questions > 1) failed.add(QueryCheck::Questions);
    // RFC 7873 5.4: a client may ask for a cookie alone.
    if (questions == 0 && !message.edns().has_cookie) failed.add(QueryCheck::NoQuestion);
    if (answers != 0) failed.add(QueryCheck::AnswerCount);
    // RFC 1995 3: an IXFR query carries the client's SOA.
    const bool transfer = message.question_type() == kTypeIxfr && authority == 1;
    if (authority != 0 && !transfer) failed.add(QueryCheck::AuthorityCount);
}

void check_additional(const MessageView& message, QueryChecks& failed) noexcept {
    RecordCursor records = message.records();
    for (RecordView record; records.next(record);) {
        const bool honest = record.type == kTypeOpt || record.type == kTypeTsig ||
                            record.type == kTypeSig || record.type == kTypeTkey;
        if (record.section == Section::Additional && !honest) {
            failed.add(QueryCheck::AdditionalCount);
            return;
        }
    }
}

}  // namespace

const QueryCheckInfo& info(QueryCheck check) noexcept {
    const auto index = static_cast<std::size_t>(check);
    VEDETTE_ASSERT(index < kTable.size());
    return kTable[index];
}

QueryCheck QueryChecks::worst() const noexcept {
    auto worst = QueryCheck::Count;
    for (std::size_t i = 0; i < kTable.size(); ++i) {
        const auto check = static_cast<QueryCheck>(i);
        if (!has(check)) continue;
        if (worst == QueryCheck::Count || info(check).severity > info(worst).severity) {
            worst = check;
        }
    }
    VEDETTE_ASSERT(worst != QueryCheck::Count);
    return worst;
}

bool QueryChecks::refused_by_servers() const noexcept {
    for (std::size_t i = 0; i < kTable.size(); ++i) {
        if (has(static_cast<QueryCheck>(i)) && kTable[i].reaction == ServerReaction::Refuses) {
            return true;
        }
    }
    return false;
}

QueryChecks check_query(const MessageView& message) noexcept {
    QueryChecks failed;
    if (is_ordinary(message)) return failed;
    for (const DamageRow& row : kDamageRows) {
        if (row.damage == message.damage().id) failed.add(row.check);
    }
    if (!message.has_header()) return failed;
    const Header& header = message.header();
    if (header.is_response()) {
        failed.add(QueryCheck::AnswerBit);
        return failed;  // the rest of an answer's header means other things
    }
    if ((kHonestOpcodes >> header.opcode() & 1U) == 0) failed.add(QueryCheck::Opcode);
    check_flags(message, failed);
    // NOTIFY and UPDATE use the same counts for other sections (RFC 1996 3.7, RFC 2136 2).
    if (header.opcode() == kOpcodeQuery) {
        check_counts(message, failed);
        check_additional(message, failed);
    }
    return failed;
}

}  // namespace vedette::wire::dns
