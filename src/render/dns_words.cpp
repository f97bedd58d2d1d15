#include "render/dns_words.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

namespace vedette::render {
namespace {

struct Word {
    std::uint16_t value;
    std::string_view text;
};

// IANA "Resource Record (RR) TYPEs", in order of value.
constexpr Word kTypes[] = {
    {1, "A"},           {2, "NS"},       {3, "MD"},        {4, "MF"},         {5, "CNAME"},
    {6, "SOA"},         {7, "MB"},       {8, "MG"},        {9, "MR"},         {10, "NULL"},
    {11, "WKS"},        {12, "PTR"},     {13, "HINFO"},    {14, "MINFO"},     {15, "MX"},
    {16, "TXT"},        {17, "RP"},      {18, "AFSDB"},    {19, "X25"},       {20, "ISDN"},
    {21, "RT"},         {22, "NSAP"},    {23, "NSAP-PTR"}, {24, "SIG"},       {25, "KEY"},
    {26, "PX"},         {27, "GPOS"},    {28, "AAAA"},     {29, "LOC"},       {30, "NXT"},
    {31, "EID"},        {32, "NIMLOC"},  {33, "SRV"},      {34, "ATMA"},      {35, "NAPTR"},
    {36, "KX"},         {37, "CERT"},    {38, "A6"},       {39, "DNAME"},     {40, "SINK"},
    {41, "OPT"},        {42, "APL"},     {43, "DS"},       {44, "SSHFP"},     {45, "IPSECKEY"},
    {46, "RRSIG"},      {47, "NSEC"},    {48, "DNSKEY"},   {49, "DHCID"},     {50, "NSEC3"},
    {51, "NSEC3PARAM"}, {52, "TLSA"},    {53, "SMIMEA"},   {55, "HIP"},       {56, "NINFO"},
    {57, "RKEY"},       {58, "TALINK"},  {59, "CDS"},      {60, "CDNSKEY"},   {61, "OPENPGPKEY"},
    {62, "CSYNC"},      {63, "ZONEMD"},  {64, "SVCB"},     {65, "HTTPS"},     {66, "DSYNC"},
    {99, "SPF"},        {100, "UINFO"},  {101, "UID"},     {102, "GID"},      {103, "UNSPEC"},
    {104, "NID"},       {105, "L32"},    {106, "L64"},     {107, "LP"},       {108, "EUI48"},
    {109, "EUI64"},     {128, "NXNAME"}, {249, "TKEY"},    {250, "TSIG"},     {251, "IXFR"},
    {252, "AXFR"},      {253, "MAILB"},  {254, "MAILA"},   {255, "ANY"},      {256, "URI"},
    {257, "CAA"},       {258, "AVC"},    {259, "DOA"},     {260, "AMTRELAY"}, {261, "RESINFO"},
    {262, "WALLET"},    {263, "CLA"},    {264, "IPN"},     {32768, "TA"},     {32769, "DLV"},
};

constexpr Word kClasses[] = {{1, "IN"}, {3, "CH"}, {4, "HS"}, {254, "NONE"}, {255, "ANY"}};

constexpr Word kRcodes[] = {
    {0, "NOERROR"},  {1, "FORMERR"},    {2, "SERVFAIL"}, {3, "NXDOMAIN"},  {4, "NOTIMP"},
    {5, "REFUSED"},  {6, "YXDOMAIN"},   {7, "YXRRSET"},  {8, "NXRRSET"},   {9, "NOTAUTH"},
    {10, "NOTZONE"}, {11, "DSOTYPENI"}, {16, "BADVERS"}, {17, "BADKEY"},   {18, "BADTIME"},
    {19, "BADMODE"}, {20, "BADNAME"},   {21, "BADALG"},  {22, "BADTRUNC"}, {23, "BADCOOKIE"},
};

constexpr Word kOpcodes[] = {
    {0, "QUERY"}, {1, "IQUERY"}, {2, "STATUS"}, {4, "NOTIFY"}, {5, "UPDATE"}, {6, "DSO"},
};

// IANA "Extended DNS Error Codes".
constexpr std::array<std::string_view, 31> kExtendedErrors{
    "Other",
    "Unsupported DNSKEY Algorithm",
    "Unsupported DS Digest Type",
    "Stale Answer",
    "Forged Answer",
    "DNSSEC Indeterminate",
    "DNSSEC Bogus",
    "Signature Expired",
    "Signature Not Yet Valid",
    "DNSKEY Missing",
    "RRSIGs Missing",
    "No Zone Key Bit Set",
    "NSEC Missing",
    "Cached Error",
    "Not Ready",
    "Blocked",
    "Censored",
    "Filtered",
    "Prohibited",
    "Stale NXDOMAIN Answer",
    "Not Authoritative",
    "Not Supported",
    "No Reachable Authority",
    "Network Error",
    "Invalid Data",
    "Signature Expired before Valid",
    "Too Early",
    "Unsupported NSEC3 Iterations Value",
    "Unable to conform to policy",
    "Synthesized",
    "Invalid Query Type",
};

constexpr char to_upper(char c) noexcept {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

bool same_word(std::string_view a, std::string_view b) noexcept {
    return std::ranges::equal(a, b, [](char x, char y) { return to_upper(x) == to_upper(y); });
}

std::string_view find_word(std::span<const Word> words, std::uint16_t value) noexcept {
    const auto found = std::ranges::lower_bound(words, value, {}, &Word::value);
    return found != words.end() && found->value == value ? found->text : std::string_view{};
}

std::optional<std::uint16_t> parse_number(std::string_view digits, unsigned limit) noexcept {
    unsigned value = 0;
    const char* end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, value);
    if (error != std::errc{} || stop != end || digits.empty() || value > limit) return std::nullopt;
    return static_cast<std::uint16_t>(value);
}

/// One registry: its words and the prefix of its generic spelling.
struct Registry {
    std::span<const Word> words;
    std::string_view generic;
    unsigned limit;

    [[nodiscard]] std::optional<std::uint16_t> parse(std::string_view text) const noexcept {
        for (const Word& word : words) {
            if (same_word(word.text, text)) return word.value;
        }
        if (text.size() > generic.size() && same_word(text.substr(0, generic.size()), generic)) {
            text.remove_prefix(generic.size());
        }
        return parse_number(text, limit);
    }
    void append(std::string& out, std::uint16_t value) const {
        if (const std::string_view word = find_word(words, value); !word.empty()) {
            out += word;
            return;
        }
        char digits[5];
        const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
        out.append(generic).append(digits, error == std::errc{} ? end : digits);
    }
};

constexpr Registry kTypeRegistry{kTypes, "TYPE", 0xffff};
constexpr Registry kClassRegistry{kClasses, "CLASS", 0xffff};
constexpr Registry kRcodeRegistry{kRcodes, "RCODE", 0xfff};
constexpr Registry kOpcodeRegistry{kOpcodes, "OPCODE", 0xf};

std::string text_of(const Registry& registry, std::uint16_t value) {
    std::string text;
    registry.append(text, value);
    return text;
}

}  // namespace

std::string_view type_word(std::uint16_t type) noexcept {
    return find_word(kTypes, type);
}
std::string type_text(std::uint16_t type) {
    return text_of(kTypeRegistry, type);
}
void append_type(std::string& out, std::uint16_t type) {
    kTypeRegistry.append(out, type);
}

std::optional<std::uint16_t> parse_type(std::string_view text) noexcept {
    return kTypeRegistry.parse(text == "*" ? "ANY" : text);
}

std::string class_text(std::uint16_t qclass) {
    return text_of(kClassRegistry, qclass);
}
void append_class(std::string& out, std::uint16_t qclass) {
    kClassRegistry.append(out, qclass);
}
std::optional<std::uint16_t> parse_class(std::string_view text) noexcept {
    return kClassRegistry.parse(text);
}

std::string rcode_text(std::uint16_t rcode) {
    return text_of(kRcodeRegistry, rcode);
}
std::string_view rcode_word(std::uint16_t rcode) noexcept {
    return find_word(kRcodes, rcode);
}
std::optional<std::uint16_t> parse_rcode(std::string_view text) noexcept {
    return kRcodeRegistry.parse(text);
}

std::string opcode_text(std::uint8_t opcode) {
    return text_of(kOpcodeRegistry, opcode);
}
std::optional<std::uint8_t> parse_opcode(std::string_view text) noexcept {
    const auto value = kOpcodeRegistry.parse(text);
    if (!value) return std::nullopt;
    return static_cast<std::uint8_t>(*value);
}

std::string_view extended_error_word(std::uint16_t code) noexcept {
    return code < kExtendedErrors.size() ? kExtendedErrors[code] : std::string_view{};
}

}  // namespace vedette::render
