#include "render/log/log_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "render/dns_words.hpp"
#include "render/table/safe_text.hpp"
#include "sys/clock/local_time.hpp"

namespace vedette::render {
namespace {

constexpr std::size_t kShownAnswers = 4;
constexpr std::size_t kLongestAnswer = 160;  // a TXT answer must not flood a live view
constexpr std::uint32_t kForEver = 0xffff'ffff;

std::string dhcp_answer(const LogRow& row) {
    std::string text;
    if (!row.your_ip.is_unspecified()) {
        text = row.your_ip.to_text();
    } else if (!row.requested_ip.is_unspecified()) {
        text = "wants " + row.requested_ip.to_text();
    }
    if (text.empty()) return text;  // a lifetime without an address is a client's wish
    if (row.lease_seconds == kForEver) return text + " for ever";
    if (row.lease_seconds != 0) text += fmt::format(" for {} s", row.lease_seconds);
    return text;
}

/// The answer section: records of the type asked for first; others (a CNAME on the way) by type.
std::string answers_text(const LogRow& row) {
    std::string text;
    std::size_t shown = 0;
    std::size_t count = 0;
    const auto add = [&](const LogRecord& record, std::string_view type) {
        if (++count > kShownAnswers) return;
        ++shown;
        if (!text.empty()) text += ", ";
        if (!type.empty()) text.append(type).append(" ");
        text += clip_text(record.rdata, kLongestAnswer);
    };
    const auto is_answer = [](const LogRecord& record) { return record.section == 1; };
    for (const LogRecord& record : row.records) {
        if (is_answer(record) && record.type == row.type) add(record, "");
    }
    if (count == 0) {
        for (const LogRecord& record : row.records) {
            if (is_answer(record)) add(record, record.type);
        }
    }
    if (count > shown) text += fmt::format(" (+{})", count - shown);
    return text;
}

constexpr std::array<std::string_view, 26> kLegalForms{
    "inc",     "inc.", "ltd", "ltd.", "llc",  "llc.",        "co",      "co.",         "corp",
    "corp.",   "gmbh", "ag",  "bv",   "b.v.", "corporation", "company", "s.a.",        "sa",
    "limited", "pty",  "oy",  "ab",   "kg",   "a/s",         "s.p.a.",  "incorporated"};

bool is_legal_form(std::string_view word) noexcept {
    const auto same = [](char x, char y) { return (x >= 'A' && x <= 'Z' ? x + 32 : x) == y; };
    return std::ranges::any_of(
        kLegalForms, [&](std::string_view form) { return std::ranges::equal(word, form, same); });
}

}  // namespace

std::string request_text(const LogRow& row) {
    if (row.dhcp) return row.v6 ? "v6 " + row.message : row.message;
    std::string text;
    if (row.protocol != DnsProtocol::Dns) text.append(to_text(row.protocol)).append(" ");
    const auto opcode = static_cast<std::uint8_t>(
        (row.has_query ? row.query_flags : row.response_flags) >> 11U & 0xfU);
    if (opcode != 0) text.append(opcode_text(opcode)).append(" ");
    if (row.name.empty()) return text + "(no question)";
    return text.append(row.type).append(" ").append(row.name);
}

std::string answer_text(const LogRow& row) {
    if (row.dhcp) return dhcp_answer(row);
    if (!row.has_response) return row.kind == TransactionKind::Unanswered ? "no answer" : "";
    std::string text = answers_text(row);
    if (row.rcode != 0) text = rcode_text(row.rcode) + (text.empty() ? "" : " ") + text;
    return text.empty() ? "no data" : text;
}

Tone answer_tone(const LogRow& row) noexcept {
    if (row.anomaly != wire::AnomalyId::None) return Tone::Warning;
    if (row.dhcp) return Tone::Plain;
    if (row.kind == TransactionKind::Unanswered) return Tone::Warning;
    return row.has_response && row.rcode != 0 ? Tone::Bad : Tone::Plain;
}

std::string policy_text(std::uint16_t marks) {
    std::string text;
    if ((marks & DnsMarks::kPolicyBanned) != 0) text = "DNS IS BANNED";
    if ((marks & DnsMarks::kPolicyUnlisted) != 0) text = "DNS IS NOT AUTHORIZED";
    if ((marks & (DnsMarks::kClientBanned | DnsMarks::kClientUnlisted)) != 0) {
        text += text.empty() ? "UNAUTHORIZED MAC" : ", UNAUTHORIZED MAC";
    }
    return text;
}

std::string short_duration(Duration duration) {
    const double micros = static_cast<double>(duration.nanos) / kNanosPerMicro;
    if (micros < 1'000) return fmt::format("{:.0f} us", micros);
    if (micros < 1'000'000) return fmt::format("{:.1f} ms", micros / 1e3);
    return fmt::format("{:.2f} s", micros / 1e6);
}

std::string latency_text(const LogRow& row) {
    if (row.dhcp || row.kind != TransactionKind::Matched) return {};
    return short_duration(row.latency);
}

std::string_view short_vendor(std::string_view vendor) noexcept {
    const std::string_view whole = vendor;
    vendor = vendor.substr(0, vendor.find(','));
    while (true) {
        const std::size_t space = vendor.rfind(' ');
        if (space == std::string_view::npos || !is_legal_form(vendor.substr(space + 1))) break;
        vendor = vendor.substr(0, space);
    }
    return vendor.empty() ? whole : vendor;
}

std::string client_mac_text(const LogRow& row) {
    const bool known = row.mac_source != MacSource::Unknown || row.dhcp;
    return known && !row.client_mac.is_zero() ? row.client_mac.to_text() : std::string();
}

void append_live_line(std::string& out, const LogRow& row, Color color) {
    const std::string mac = client_mac_text(row);
    out += toned(sys::clock_text(row.time), Tone::Quiet, color);
    out.append("  ").append(mac.empty() ? "-                " : mac);
    out.append(" ").append(safe_text(clip_text(short_vendor(row.vendor), 16)));
    if (!row.host.empty()) out.append("  ").append(safe_text(row.host));
    out.append("  ").append(row.client.to_text()).append(" > ").append(row.server.to_text());
    out.append("  ").append(toned(safe_text(request_text(row)), Tone::Strong, color));
    const std::string answer = answer_text(row);
    if (!answer.empty()) {
        out.append(" -> ").append(toned(safe_text(answer), answer_tone(row), color));
    }
    const std::string latency = latency_text(row);
    if (!latency.empty()) out.append("  ").append(toned(latency, Tone::Quiet, color));
    const std::string policy = policy_text(row.marks);
    if (!policy.empty()) out.append("  ").append(toned(policy, Tone::Bad, color));
    if (row.anomaly != wire::AnomalyId::None) {
        out.append("  ").append(toned(wire::info(row.anomaly).id, Tone::Warning, color));
    }
    out += '\n';
}

}  // namespace vedette::render
