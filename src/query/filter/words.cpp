#include "query/filter/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/glob.hpp"
#include "base/suggest.hpp"
#include "model/dhcp_message.hpp"
#include "model/dns_transaction.hpp"
#include "render/dns_words.hpp"
#include "wire/anomaly/anomaly.hpp"

namespace vedette::query {
namespace {

struct NamedNumber {
    std::string_view name;
    std::uint64_t number;
};

// RFC 6891 6.1.3: twelve bits.
constexpr std::uint16_t kLargestRcode = 0xfff;

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

std::string_view enum_word(ValueKind kind, std::uint64_t index) noexcept {
    if (kind == ValueKind::Transport) return to_text(static_cast<Transport>(index));
    return to_text(static_cast<MacSource>(index));
}

std::uint64_t enum_size(ValueKind kind) noexcept {
    if (kind == ValueKind::Transport) return static_cast<std::uint64_t>(Transport::Other) + 1;
    if (kind == ValueKind::MacSource) return static_cast<std::uint64_t>(MacSource::Option82) + 1;
    return 0;
}

/// Registered words, their generic spellings and plain numbers.
std::optional<std::uint64_t> find_dns_word(ValueKind kind, std::string_view word) {
    if (kind == ValueKind::Type) return render::parse_type(word);
    if (kind == ValueKind::Opcode) return render::parse_opcode(word);
    const auto rcode = kind == ValueKind::Rcode ? render::parse_rcode(word) : std::nullopt;
    return rcode && *rcode <= kLargestRcode ? rcode : std::nullopt;
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
    for (std::uint64_t i = 0; i < enum_size(kind); ++i)
        words.emplace_back(enum_word(kind, i));
    if (kind == ValueKind::Protocol) {
        for (const NamedNumber& row : kProtocols)
            words.emplace_back(row.name);
    } else if (kind == ValueKind::Flag) {
        for (const FlagInfo& flag : kFlags)
            words.emplace_back(flag.name);
    } else if (kind == ValueKind::Type) {
        for (std::uint16_t i = 1; i < 260; ++i)
            words.emplace_back(render::type_word(i));
    } else if (kind == ValueKind::Rcode) {
        for (std::uint16_t i = 0; i < 24; ++i)
            words.emplace_back(render::rcode_word(i));
    } else if (kind == ValueKind::Message) {
        for (DhcpType i = 1; i <= kLastV4; ++i)
            words.emplace_back(dhcp_type_text(i, false));
        for (DhcpType i = 1; i <= kLastV6; ++i)
            words.emplace_back(dhcp_type_text(i, true));
    } else if (kind == ValueKind::Anomaly) {
        for (const std::uint64_t id : find_anomalies("*"))
            words.push_back(number_text(kind, id));
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

std::span<const FlagInfo> flags() noexcept {
    return kFlags;
}

std::vector<std::uint64_t> find_numbers(ValueKind kind, std::string_view word) {
    if (kind == ValueKind::Message) return find_messages(word);
    if (kind == ValueKind::Anomaly) return find_anomalies(word);
    std::optional<std::uint64_t> number = find_dns_word(kind, word);
    if (kind == ValueKind::Number16) number = parse_number(word, 0xffff);
    if (kind == ValueKind::Protocol) {
        for (const NamedNumber& row : kProtocols) {
            if (equal_words(row.name, word)) number = row.number;
        }
    }
    for (std::uint64_t i = 0; i < enum_size(kind); ++i) {
        if (equal_words(enum_word(kind, i), word)) number = i;
    }
    if (!number) return {};
    return {*number};
}

std::string number_text(ValueKind kind, std::uint64_t number) {
    switch (kind) {
        case ValueKind::Message:
            return message_text(number);
        case ValueKind::Anomaly:
            return std::string(wire::info(static_cast<wire::AnomalyId>(number)).id);
        case ValueKind::Type:
            return render::type_text(static_cast<std::uint16_t>(number));
        case ValueKind::Rcode:
            return render::rcode_text(static_cast<std::uint16_t>(number));
        case ValueKind::Opcode:
            return render::opcode_text(static_cast<std::uint8_t>(number));
        default:
            break;
    }
    for (const NamedNumber& row : kProtocols) {
        if (kind == ValueKind::Protocol && row.number == number) return std::string(row.name);
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
