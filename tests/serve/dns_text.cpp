#include "dns_text.hpp"

#include <memory>

#include <fmt/format.h>
#include <ldns/ldns.h>

namespace vedette::serve_test {
namespace {

using LdnsRecord = std::unique_ptr<ldns_rr, decltype([](ldns_rr* rr) { ldns_rr_free(rr); })>;
using LdnsPacket = std::unique_ptr<ldns_pkt, decltype([](ldns_pkt* p) { ldns_pkt_free(p); })>;
using LdnsText = std::unique_ptr<char, decltype([](char* text) { std::free(text); })>;

std::string line_of(ldns_rr* record) {
    ldns_rr2canonical(record);
    const LdnsText text(ldns_rr2str(record));
    std::string line = text ? text.get() : "(unprintable)";
    while (!line.empty() && line.back() == '\n')
        line.pop_back();
    return line;
}

void take_section(const ldns_rr_list* list, std::multiset<std::string>& lines) {
    for (std::size_t i = 0; i < ldns_rr_list_rr_count(list); ++i) {
        ldns_rr* record = ldns_rr_list_rr(list, i);
        if (ldns_rr_get_type(record) != LDNS_RR_TYPE_OPT) lines.insert(line_of(record));
    }
}

}  // namespace

Result<AnswerText> decode_answer(ByteView message) {
    ldns_pkt* raw = nullptr;
    const ldns_status status = ldns_wire2pkt(&raw, message.data(), message.size());
    const LdnsPacket packet(raw);
    if (status != LDNS_STATUS_OK)
        return fail(ErrorKind::InvalidInput, ldns_get_errorstr_by_id(status));
    AnswerText answer;
    const LdnsText rcode(ldns_pkt_rcode2str(ldns_pkt_get_rcode(raw)));
    answer.rcode = rcode ? rcode.get() : "?";
    answer.authoritative = ldns_pkt_aa(raw);
    answer.truncated = ldns_pkt_tc(raw);
    take_section(ldns_pkt_answer(raw), answer.sections[0]);
    take_section(ldns_pkt_authority(raw), answer.sections[1]);
    take_section(ldns_pkt_additional(raw), answer.sections[2]);
    return answer;
}

Result<std::string> canonical_record(std::string_view text) {
    ldns_rr* raw = nullptr;
    const ldns_status status =
        ldns_rr_new_frm_str(&raw, std::string(text).c_str(), 0, nullptr, nullptr);
    const LdnsRecord record(raw);
    if (status != LDNS_STATUS_OK)
        return fail(ErrorKind::InvalidInput, ldns_get_errorstr_by_id(status));
    return line_of(record.get());
}

std::string to_lines(const AnswerText& answer) {
    std::string text = fmt::format("{}{}{}\n", answer.rcode, answer.authoritative ? " AA" : "",
                                   answer.truncated ? " TC" : "");
    static constexpr std::array<const char*, 3> kNames{"ANSWER", "AUTHORITY", "ADDITIONAL"};
    for (std::size_t i = 0; i < 3; ++i) {
        text += fmt::format(";{}\n", kNames[i]);
        for (const std::string& line : answer.sections[i])
            text += line + "\n";
    }
    return text;
}

}  // namespace vedette::serve_test
