// An alert: what remains of the findings about one subject. Stored, listed, acknowledged, muted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "model/finding.hpp"

namespace vedette {

enum class AlertState : std::uint8_t { Open, Acknowledged, Ended };
[[nodiscard]] std::string_view to_text(AlertState state) noexcept;

struct Alert {
    std::int64_t id = 0;
    FindingKind kind{};
    AlertState state = AlertState::Open;
    Severity severity = Severity::Info;
    Timestamp first;          ///< of its first event
    Timestamp last;           ///< of its newest event
    std::uint64_t count = 0;  ///< events in all
    bool muted = false;       ///< it arose while a mute covered it
    std::string subject;
    std::string reason;  ///< of the newest finding
    std::string filter;  ///< filter-language text that lists the transactions
    std::string client;  ///< addresses as text; empty when there is none
    std::string client_mac;
    std::string server;
    std::string name;
    std::vector<std::uint64_t> packets;
    std::string acknowledged_by;
};

/// Silence about a kind, or a subject of it, with a reason and an end.
struct Mute {
    std::int64_t id = 0;
    std::optional<FindingKind> kind;  ///< none: every kind
    std::string subject;              ///< empty: every subject
    std::string reason;
    std::string by;
    Timestamp created;
    Timestamp expires;  ///< kNever: until removed
};

/// What a finding did to the book.
enum class AlertChange : std::uint8_t {
    New,
    Continued,
    Ended,
    Muted,
    Returned,  ///< an ended alert is open again
};
[[nodiscard]] std::string_view to_text(AlertChange change) noexcept;

/// A packet kept with an alert, as it was captured.
struct EvidencePacket {
    std::uint64_t number = 0;  ///< 1-based, in the run that saw it
    Timestamp time;
    std::uint32_t original = 0;  ///< bytes on the wire; `bytes` may be fewer
    std::uint16_t link_type = 0;
    std::vector<std::uint8_t> bytes;
};

}  // namespace vedette
