#include "model/policy/policy_entry.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/glob.hpp"

namespace vedette {
namespace {

constexpr std::string_view kVendorPrefix = "vendor:";
constexpr std::array<std::string_view, 4> kVerdicts{"authorize", "ban", "ignore", "proposed"};
constexpr std::array<std::string_view, 2> kLists{"resolvers", "clients"};
constexpr std::size_t kLongestName = 253;
constexpr std::size_t kLongestVendor = 120;

std::string lowered(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    }
    return out;
}

constexpr bool is_hex(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// "f4:6b:ef" or "f4-6b-ef".
std::optional<MacAddress> parse_oui(std::string_view text) noexcept {
    if (text.size() != 8 || (text[2] != ':' && text[2] != '-') || text[5] != text[2]) {
        return std::nullopt;
    }
    for (const std::size_t at : {0U, 1U, 3U, 4U, 6U, 7U}) {
        if (!is_hex(text[at])) return std::nullopt;
    }
    return MacAddress::parse(std::string(text) + (text[2] == ':' ? ":00:00:00" : "-00-00-00"));
}

bool is_host_name(std::string_view text) noexcept {
    if (text.empty() || text.size() > kLongestName || text.front() == '.') return false;
    const bool letters = std::ranges::any_of(text, [](char c) { return c >= 'a' && c <= 'z'; });
    return letters && text.find("..") == std::string_view::npos &&
           std::ranges::all_of(text, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                      c == '.';
           });
}

Result<PolicySubject> parse_resolver(std::string_view text) {
    PolicySubject subject;
    if (const auto prefix = Prefix::parse(text)) {
        subject.match = PolicyMatch::Prefix;
        subject.prefix = *prefix;
        subject.text = prefix->is_single() ? prefix->address().to_text() : prefix->to_text();
        return subject;
    }
    std::string name = lowered(text);
    if (name.ends_with('.')) name.pop_back();
    if (!is_host_name(name)) {
        return fail(ErrorKind::Usage,
                    fmt::format("'{}' is neither an address, a prefix nor a name{}", text,
                                MacAddress::parse(text) ? "; machines are of `clients`" : ""));
    }
    subject.match = PolicyMatch::Name;
    subject.text = std::move(name);
    return subject;
}

Result<PolicySubject> parse_client(std::string_view text) {
    PolicySubject subject;
    if (const auto mac = MacAddress::parse(text)) {
        subject.match = PolicyMatch::Mac;
        subject.mac = *mac;
        subject.text = mac->to_text();
        return subject;
    }
    if (const auto oui = parse_oui(text)) {
        subject.match = PolicyMatch::Oui;
        subject.mac = *oui;
        subject.text = oui->to_text().substr(0, 8);
        return subject;
    }
    if (text.starts_with(kVendorPrefix)) text.remove_prefix(kVendorPrefix.size());
    const bool digits_only = std::ranges::none_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<signed char>(c) < 0;
    });
    if (digits_only || text.size() > kLongestVendor || text.find(':') != std::string_view::npos) {
        return fail(
            ErrorKind::Usage,
            fmt::format("'{}' is neither a MAC address, the first half of one nor a manufacturer{}",
                        text, Prefix::parse(text) ? "; addresses are of `resolvers`" : ""));
    }
    subject.match = PolicyMatch::Vendor;
    subject.text = std::string(kVendorPrefix) + lowered(text);
    return subject;
}

}  // namespace

bool covers_vendor(const PolicySubject& subject, std::string_view vendor) noexcept {
    std::string_view glob = subject.text;
    glob.remove_prefix(kVendorPrefix.size());
    return has_wildcard(glob) ? matches_glob(glob, vendor) : contains_ignoring_case(vendor, glob);
}

std::string_view to_text(PolicyList list) noexcept {
    return kLists[static_cast<std::size_t>(list)];
}

std::string_view to_text(PolicyVerdict verdict) noexcept {
    return kVerdicts[static_cast<std::size_t>(verdict)];
}

std::optional<PolicyVerdict> find_policy_verdict(std::string_view text) noexcept {
    const auto found = std::ranges::find(kVerdicts, text);
    if (found == kVerdicts.end()) return std::nullopt;
    return static_cast<PolicyVerdict>(found - kVerdicts.begin());
}

Result<PolicySubject> parse_policy_subject(PolicyList list, std::string_view text) {
    return list == PolicyList::Resolvers ? parse_resolver(text) : parse_client(text);
}

}  // namespace vedette
