// The filter language's meaning: a conjunction of terms over fields. query/ turns text into it,
// stores and live views execute it. One type, so that SQLite, ClickHouse and a live stream answer
// alike.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/time.hpp"
#include "model/address.hpp"

namespace vedette {

/// Globs are base/glob.hpp's: `*` any run, `?` any one character, case ignored, `\` takes the next
/// character as it is. Name globs arrive in lower case and end in the root's dot or in a wildcard.
enum class FilterField : std::uint8_t {
    Client,  ///< MacAddress, Prefix, or host-name glob (std::string)
    Vendor,  ///< manufacturer glob; a bare word matches anywhere, case-insensitive
    Name,    ///< query-name glob in presentation form, case-insensitive
    Type,    ///< RR type number
    Rcode,   ///< rcode number
    Opcode,
    Ip,         ///< Prefix; client or server
    Server,     ///< Prefix; who was asked (`resolver:` is the same)
    Port,       ///< either port
    Answer,     ///< address Prefix or text glob found in an answer's RDATA
    Host,       ///< DHCP host-name glob
    Transport,  ///< number of vedette::Transport
    Protocol,   ///< number of vedette::DnsProtocol, or kFilterDhcp / kFilterDns
    MacKnown,   ///< number of vedette::MacSource
    Latency,    ///< Duration
    Time,       ///< Timestamp; since: is GreaterEqual, until: is Less
    Is,         ///< FilterFlag
    Message,    ///< DHCP message type number (v4 type, or 256 + v6 type)
    Vlan,
    Sensor,   ///< glob over the name of the machine that saw it
    Anomaly,  ///< AnomalyId number
    Text,     ///< bare word or "phrase": substring of name, host or vendor
};

/// Values of `is:`.
enum class FilterFlag : std::uint8_t {
    Answered,
    Unanswered,
    Orphan,
    OneWay,
    Malformed,
    Randomized,
    Dns,
    Dhcp,
    Mdns,
    Llmnr,
    Nbns,
    Truncated,
    Fragmented,
    Tunneled,
    Transfer,
    Banned,
    V4,
    V6,
};

/// Values of `protocol:` beside the numbers of vedette::DnsProtocol.
inline constexpr std::uint64_t kFilterDns = 256;   ///< any of the DNS family
inline constexpr std::uint64_t kFilterDhcp = 257;  ///< DHCPv4 and DHCPv6
/// DHCPv6 message types in `message:` are told from DHCPv4's by this offset.
inline constexpr std::uint64_t kFilterDhcp6 = 256;

enum class FilterOperator : std::uint8_t { Equal, Less, LessEqual, Greater, GreaterEqual };

using FilterValue =
    std::variant<std::string, std::uint64_t, MacAddress, Prefix, Timestamp, Duration, FilterFlag>;

/// One `field:value`. Several values of one term (`type:A,AAAA`) are alternatives.
struct FilterTerm {
    FilterField field = FilterField::Text;
    FilterOperator op = FilterOperator::Equal;
    bool negated = false;
    std::vector<FilterValue> any_of;

    friend bool operator==(const FilterTerm&, const FilterTerm&) = default;
};

/// All terms must hold; the empty filter accepts everything.
struct Filter {
    std::vector<FilterTerm> terms;

    friend bool operator==(const Filter&, const Filter&) = default;
};

}  // namespace vedette
