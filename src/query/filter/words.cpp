#include "query/filter/words.hpp"

#include <fmt/format.h>
#include <ldns/ldns.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/glob.hpp"
#include "base/suggest.hpp"
#include "model/dhcp_message.hpp"
#include "model/dns_transaction.hpp"
#include "wire/anomaly/anomaly.hpp"

namespace vedette::query {
namespace {

struct NamedNumber {
    std::string_view name;
    std::uint64_t number;
};

// IANA "DNS RCODEs" (RFC 6895 2.3) and "DNS OpCodes".
constexpr std::array kRcodes{
    NamedNumber{"NOERROR", 0},   NamedNumber{"FORMERR", 1},   NamedNumber{"SERVFAIL", 2},
    NamedNumber{"NXDOMAIN", 3},  NamedNumber{"NOTIMP", 4},    NamedNumber{"REFUSED", 5},
    NamedNumber{"YXDOMAIN", 6},  NamedNumber{"YXRRSET", 7},   NamedNumber{"NXRRSET", 8},
    NamedNumber{"NOTAUTH", 9},   NamedNumber{"NOTZONE", 10},  NamedNumber{"DSOTYPENI", 11},
    NamedNumber{"BADVERS", 16},  NamedNumber{"BADKEY", 17},   NamedNumber{"BADTIME", 18},
    NamedNumber{"BADMODE", 19},  NamedNumber{"BADNAME", 20},  NamedNumber{"BADALG", 21},
    NamedNumber{"BADTRUNC", 22}, NamedNumber{"BADCOOKIE", 23},
};
constexpr std::array kOpcodes{
    NamedNumber{"query", 0},  NamedNumber{"iquery", 1}, NamedNumber{"status", 2},
    NamedNumber{"notify", 4}, NamedNumber{"update", 5}, NamedNumber{"dso", 6},
};
constexpr std::array kProtocols{
    NamedNumber{"dns", 0},  NamedNumber{"mdns", 1},           NamedNumber{"llmnr", 2},
    NamedNumber{"nbns", 3}, NamedNumber{"dhcp", kFilterDhcp},
};

constexpr std::array kFlags{
    FlagInfo{"answered", FilterFlag::Answered, "a query with its answer"},
    FlagInfo{"unanswered", FilterFlag::Unanswered, "a query that got no answer in time"},
    FlagInfo{"orphan", FilterFlag::Orphan, "an answer whose query was not seen"},
    FlagInfo{"one-way", FilterFlag::OneWay, "a message that is never paired, such as multicast"},
    FlagInfo{"malformed", FilterFlag::Malformed, "damaged bytes were found in it"},
    FlagInfo{"randomized", FilterFlag::Randomized, "the client hides behind a made-up MAC"},
    FlagInfo{"dns", FilterFlag::Dns, "any of DNS, mDNS, LLMNR and NBNS"},
    FlagInfo{"dhcp", FilterFlag::Dhcp, "DHCPv4 and DHCPv6"},
    FlagInfo{"mdns", FilterFlag::Mdns, "multicast DNS"},
    FlagInfo{"llmnr", FilterFlag::Llmnr, "link-local multicast name resolution"},
    FlagInfo{"nbns", FilterFlag::Nbns, "NetBIOS names"},
    FlagInfo{"truncated", FilterFlag::Truncated, "the answer has the TC bit"},
    FlagInfo{"fragmented", FilterFlag::Fragmented, "rebuilt from IP fragments"},
    FlagInfo{"tunneled", FilterFlag::Tunneled, "found inside GRE, VXLAN or another tunnel"},
    FlagInfo{"transfer", FilterFlag::Transfer, "a zone transfer"},
    FlagInfo{"banned", FilterFlag::Banned, "a policy list names the server or the client"},
    FlagInfo{"v4", FilterFlag::V4, "over IPv4"},
    FlagInfo{"v6", FilterFlag::V6, "over IPv6"},
};

std::span<const NamedNumber> table_of(ValueKind kind) noexcept {
    switch (kind) {
        case ValueKind::Rcode:
            return kRcodes;
        case ValueKind::Opcode:
            return kOpcodes;
        case ValueKind::Protocol:
            return kProtocols;
        default:
            return {};
    }
}

std::uint64_t limit_of(ValueKind kind) noexcept {
    switch (kind) {
        case ValueKind::Rcode:
            return 0xfff;  // RFC 6891 6.1.3: twelve bits
        case ValueKind::Opcode:
            return 0xf;
        case ValueKind::Type:
        case ValueKind::Number16:
            return 0xffff;
        default:
            return 0;
    }
}

std::string_view enum_word(ValueKind kind, std::uint64_t index) noexcept {
    if (kind == ValueKind::Transport) return to_text(static_cast<Transport>(index));
    return to_text(static_cast<MacSource>(index));
}

std::uint64_t enum_size(ValueKind kind) noexcept {
    if (kind == ValueKind::Transport) return static_cast<std::uint64_t>(Transport::Other) + 1;
    if (kind == ValueKind::MacSource) return static_cast<std::uint64_t>(MacSource::Option82) + 1;
    return 0;
}

std::optional<std::uint64_t> find_type(std::string_view word) {
    const auto known = ::ldns_get_rr_type_by_name(std::string(word).c_str());
    if (known != 0) return known;
    if (word.size() > 4 && equal_words(word.substr(0, 4), "TYPE")) {
        return parse_number(word.substr(4), 0xffff);
    }
    return std::nullopt;
}

std::string type_text(std::uint64_t number) {
    char* const text = ::ldns_rr_type2str(static_cast<ldns_rr_type>(number));
    const std::string result = text;
    std::free(text);  // NOLINT: ldns hands over malloc's memory
    return result;
}

// The IANA registries end at 18 (v4) and 36 (v6).
constexpr DhcpType kLastV4 = 18;
constexpr DhcpType kLastV6 = 36;

/// `word` may begin with "v4-" or "v6-", which picks the family.
std::vector<std::uint64_t> find_messages(std::string_view word) {
    const bool only_v4 = equal_words(word.substr(0, 3), "v4-");
    const bool only_v6 = equal_words(word.substr(0, 3), "v6-");
    if (only_v4 || only_v6) word.remove_prefix(3);
    std::vector<std::uint64_t> found;
    for (DhcpType type = 0; type <= kLastV4 && !only_v6; ++type) {
        if (equal_words(dhcp_type_text(type, false), word)) found.push_back(type);
    }
    for (DhcpType type = 1; type <= kLastV6 && !only_v4; ++type) {
        if (equal_words(dhcp_type_text(type, true), word)) found.push_back(kFilterDhcp6 + type);
    }
    return found;
}

std::string message_text(std::uint64_t number) {
    const bool v6 = number >= kFilterDhcp6;
    const auto type = static_cast<DhcpType>(v6 ? number - kFilterDhcp6 : number);
    const std::string word(dhcp_type_text(type, v6));
    return find_messages(word).size() == 1 ? word : (v6 ? "v6-" : "v4-") + word;
}

std::vector<std::uint64_t> find_anomalies(std::string_view glob) {
    std::vector<std::uint64_t> found;
    for (std::uint64_t i = 1; i < static_cast<std::uint64_t>(wire::AnomalyId::Count); ++i) {
        if (matches_glob(glob, wire::info(static_cast<wire::AnomalyId>(i)).id)) found.push_back(i);
    }
    return found;
}

std::vector<std::string> known_words(ValueKind kind) {
    std::vector<std::string> words;
    for (const NamedNumber& row : table_of(kind)) words.emplace_back(row.name);
    for (std::uint64_t i = 0; i < enum_size(kind); ++i) words.emplace_back(enum_word(kind, i));
    if (kind == ValueKind::Flag) {
        for (const FlagInfo& flag : kFlags) words.emplace_back(flag.name);
    } else if (kind == ValueKind::Type) {
        for (std::uint64_t i = 1; i < 260; ++i) words.push_back(type_text(i));
    } else if (kind == ValueKind::Message) {
        for (DhcpType i = 1; i <= kLastV4; ++i) words.emplace_back(dhcp_type_text(i, false));
        for (DhcpType i = 1; i <= kLastV6; ++i) words.emplace_back(dhcp_type_text(i, true));
    } else if (kind == ValueKind::Anomaly) {
        for (const std::uint64_t id : find_anomalies("*")) words.push_back(number_text(kind, id));
    }
    return words;
}

}  // namespace

bool equal_words(std::string_view a, std::string_view b) noexcept {
    const auto same = [](char x, char y) {
        const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; };
        return lower(x) == lower(y);
    };
    return std::ranges::equal(a, b, same);
}

std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t limit) noexcept {
    std::uint64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || stop != end || number > limit) return std::nullopt;
    return number;
}

std::span<const FlagInfo> flags() noexcept { return kFlags; }

std::vector<std::uint64_t> find_numbers(ValueKind kind, std::string_view word) {
    if (kind == ValueKind::Message) return find_messages(word);
    if (kind == ValueKind::Anomaly) return find_anomalies(word);
    if (kind == ValueKind::Type) {
        if (const auto type = find_type(word)) return {*type};
    }
    for (const NamedNumber& row : table_of(kind)) {
        if (equal_words(row.name, word)) return {row.number};
    }
    for (std::uint64_t i = 0; i < enum_size(kind); ++i) {
        if (equal_words(enum_word(kind, i), word)) return {i};
    }
    if (limit_of(kind) != 0) {
        if (const auto number = parse_number(word, limit_of(kind))) return {*number};
    }
    return {};
}

std::string number_text(ValueKind kind, std::uint64_t number) {
    if (kind == ValueKind::Message) return message_text(number);
    if (kind == ValueKind::Anomaly) {
        return std::string(wire::info(static_cast<wire::AnomalyId>(number)).id);
    }
    if (kind == ValueKind::Type) return type_text(number);
    for (const NamedNumber& row : table_of(kind)) {
        if (row.number == number) return std::string(row.name);
    }
    if (number < enum_size(kind)) return std::string(enum_word(kind, number));
    return fmt::format("{}", number);
}

std::string suggest_value(ValueKind kind, std::string_view typed) {
    const std::vector<std::string> words = known_words(kind);
    const std::vector<std::string_view> views(words.begin(), words.end());
    return std::string(nearest_word(typed, views));
}

}  // namespace vedette::query
