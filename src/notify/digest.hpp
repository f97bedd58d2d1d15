// What one message tells: the alerts that have gathered for a target. Every channel gets a digest
// and turns it into its own format. Values; no state.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/alert.hpp"

namespace vedette::notify {

/// Why an alert is told.
enum class News : std::uint8_t {
    Started,    ///< it was not told before
    Worsened,   ///< it was told with a lower severity
    Continues,  ///< it was told long ago and goes on
    Ended,
};
[[nodiscard]] std::string_view to_text(News news) noexcept;

struct Notice {
    Alert alert;
    News news = News::Started;
};

struct Digest {
    std::string id;      ///< stable over every attempt, so that receivers can drop doubles
    std::string host;    ///< the machine that speaks
    std::string target;  ///< the settings' name of the receiver
    Timestamp time;
    std::vector<Notice> notices;  ///< most severe first
    std::uint64_t dropped = 0;    ///< alerts never told: the queue was full, or they grew too old
    bool sample = false;          ///< sent by hand, to try the target
};

/// How many of a digest have ended, and the highest severity of the others (of all when all ended).
struct DigestSummary {
    std::size_t ended = 0;
    Severity worst = Severity::Info;
};
[[nodiscard]] DigestSummary summary(const Digest& digest) noexcept;

/// One alert that says what it is: `vedette notify test` sends it.
[[nodiscard]] Digest sample_digest(std::string host, std::string target, Timestamp now);

/// 16 hexadecimal digits that name the subject of an alert: the same for each of its returns.
[[nodiscard]] std::string fingerprint(const Alert& alert);
/// "2026-11-21T12:01:02.123456Z" (RFC 3339); the Unix epoch's for kNever.
[[nodiscard]] std::string utc_text(Timestamp time);

}  // namespace vedette::notify
