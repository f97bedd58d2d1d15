#include "notify/digest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <utility>

namespace vedette::notify {

std::string_view to_text(News news) noexcept {
    static constexpr std::array<std::string_view, 4> kTexts{"new", "worse", "continues", "ended"};
    return kTexts[static_cast<std::size_t>(news)];
}

DigestSummary summary(const Digest& digest) noexcept {
    DigestSummary found;
    for (const Notice& notice : digest.notices) {
        if (notice.news == News::Ended) ++found.ended;
    }
    const bool all_ended = found.ended == digest.notices.size();
    for (const Notice& notice : digest.notices) {
        if (all_ended || notice.news != News::Ended)
            found.worst = std::max(found.worst, notice.alert.severity);
    }
    return found;
}

Digest sample_digest(std::string host, std::string target, Timestamp now) {
    Notice notice;
    notice.alert.kind = FindingKind::NewClient;
    notice.alert.severity = Severity::Info;
    notice.alert.first = notice.alert.last = now;
    notice.alert.count = 1;
    notice.alert.subject = "test";
    notice.alert.reason =
        "This is a test. Nothing has happened; alerts of Vedette reach this place.";
    notice.alert.client = "192.0.2.1";
    Digest digest;
    digest.id = fmt::format("test-{:x}", now.nanos);
    digest.host = std::move(host);
    digest.target = std::move(target);
    digest.time = now;
    digest.notices.push_back(std::move(notice));
    digest.sample = true;
    return digest;
}

std::string fingerprint(const Alert& alert) {
    // FNV-1a, 64 bits: http://www.isthe.com/chongo/tech/comp/fnv/
    std::uint64_t hash = 0xcbf29ce484222325U;
    const auto add = [&](std::string_view text) {
        for (const char c : text)
            hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    };
    add(info(alert.kind).id);
    add(std::string_view("\0", 1));
    add(alert.subject);
    return fmt::format("{:016x}", hash);
}

std::string utc_text(Timestamp time) {
    if (!time.known()) return utc_text({0});
    std::int64_t seconds = time.nanos / kNanosPerSecond;
    std::int64_t nanos = time.nanos % kNanosPerSecond;
    if (nanos < 0) {
        nanos += kNanosPerSecond;
        --seconds;
    }
    const std::time_t clock = seconds;
    std::tm parts{};
    ::gmtime_r(&clock, &parts);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", parts.tm_year + 1900,
                       parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                       nanos / kNanosPerMicro);
}

}  // namespace vedette::notify
