// An entry of the policy lists: which resolvers and clients are authorized, banned or left alone,
// why, by whom and until when. Subjects are what people type, kept in one canonical spelling.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "model/address.hpp"

namespace vedette {

enum class PolicyList : std::uint8_t { Resolvers, Clients };
enum class PolicyVerdict : std::uint8_t {
    Authorize,
    Ban,
    Ignore,    ///< neither right nor wrong: nothing is told of it
    Proposed,  ///< seen while learning; counts for nothing until somebody authorizes it
};
enum class PolicyMatch : std::uint8_t { Prefix, Name, Mac, Oui, Vendor };

[[nodiscard]] std::string_view to_text(PolicyList list) noexcept;
[[nodiscard]] std::string_view to_text(PolicyVerdict verdict) noexcept;
[[nodiscard]] std::optional<PolicyVerdict> find_policy_verdict(std::string_view text) noexcept;

/// What an entry is about. `text` is canonical: equal subjects have equal texts.
struct PolicySubject {
    PolicyMatch match{};
    std::string text;
    Prefix prefix;   ///< Prefix
    MacAddress mac;  ///< Mac; of an Oui the first three bytes
};

/// Resolvers: "192.0.2.53", "2001:db8::/32", "dns.example" (and every name below it). Clients:
/// "f4:6b:ef:6a:ad:c4", "f4:6b:ef", or a manufacturer as a glob, "vendor:apple" or "Espressif*"; a
/// bare word matches anywhere in the name.
[[nodiscard]] Result<PolicySubject> parse_policy_subject(PolicyList list, std::string_view text);

/// Whether a Vendor subject covers the manufacturer of that name.
[[nodiscard]] bool covers_vendor(const PolicySubject& subject, std::string_view vendor) noexcept;

struct PolicyEntry {
    std::int64_t id = 0;
    PolicyList list{};
    PolicyVerdict verdict{};
    PolicySubject subject;
    std::string reason;
    std::string by;
    Timestamp created;
    Timestamp expires;  ///< kNever: until removed

    [[nodiscard]] bool holds(Timestamp now) const noexcept {
        return !expires.known() || now < expires;
    }
};

/// How a list is read. Ban list: what is banned is wrong. Allow list: what is not authorized is
/// wrong as well, from the end of learning on; until then it is proposed.
struct PolicyMode {
    bool allow_list = false;
    Timestamp learn_until;  ///< kNever: nothing is learned

    [[nodiscard]] bool learning(Timestamp now) const noexcept {
        return allow_list && learn_until.known() && now < learn_until;
    }
    friend bool operator==(const PolicyMode&, const PolicyMode&) noexcept = default;
};
/// Indexed by PolicyList.
using PolicyModes = std::array<PolicyMode, 2>;

}  // namespace vedette
