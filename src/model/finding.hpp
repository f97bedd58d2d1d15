// What a detector found, before and after it is stored as an alert. Kinds are rows of finding.def:
// a stable id, a default severity, a title and what to do. A finding is about a subject; findings
// of one kind and subject are one alert, however often they repeat.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "model/address.hpp"
#include "wire/anomaly/anomaly.hpp"

namespace vedette {

using wire::Severity;

enum class FindingKind : std::uint8_t {
#define VEDETTE_FINDING(name, id, severity, title, advice) name,
#include "model/finding.def"
#undef VEDETTE_FINDING
    Count,
};

struct FindingInfo {
    std::string_view id;  ///< stable: "tunnel", "resolver.unauthorized"
    Severity severity = Severity::Info;
    std::string_view title;   ///< a few words for lists and mail subjects
    std::string_view advice;  ///< what to do, one or two sentences
};

[[nodiscard]] const FindingInfo& info(FindingKind kind) noexcept;
[[nodiscard]] std::optional<FindingKind> find_finding_kind(std::string_view id) noexcept;

/// Whether the thing is beginning, going on, or over.
enum class FindingPhase : std::uint8_t { Started, Continues, Ended };

/// Owned and rare: strings are fine here.
struct Finding {
    FindingKind kind{};
    FindingPhase phase = FindingPhase::Started;
    Severity severity = Severity::Info;
    Timestamp first;                     ///< of the first event that belongs to it
    Timestamp last;                      ///< of the event that made the detector speak
    std::uint64_t count = 1;             ///< events since the detector last spoke of this subject
    std::string subject;                 ///< equal subjects of one kind are one alert
    std::string reason;                  ///< one sentence with the numbers and the threshold
    std::string filter;                  ///< filter-language text that lists the transactions
    IpAddress client;                    ///< unspecified when none
    MacAddress client_mac;               ///< zero when not known
    IpAddress server;                    ///< resolver, DHCP server or victim; unspecified when none
    std::string name;                    ///< domain in presentation form; empty when none
    std::vector<std::uint64_t> packets;  ///< numbers of a few packets as evidence
};

}  // namespace vedette
