#include "notify/syslog/syslog_message.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>

#include "notify/digest_text.hpp"
#include "render/table/safe_text.hpp"

namespace vedette::notify {
namespace {

// RFC 5424 section 6.3.2 wants a private enterprise number after '@'; 32473 is the one that
// RFC 5612 sets aside for those who have none.
constexpr std::string_view kElement = "vedette@32473";
constexpr std::size_t kParameterBytes = 512;

// Notice, informational, warning, error: by Severity. RFC 5424 table 2.
constexpr std::array<int, 4> kSeverities{6, 5, 4, 3};
constexpr int kEndedSeverity = 5;

struct Facility {
    std::string_view name;
    std::uint8_t code;
};
constexpr std::array kFacilities{
    Facility{"user", 1},      Facility{"daemon", 3},  Facility{"auth", 4},
    Facility{"authpriv", 10}, Facility{"local0", 16}, Facility{"local1", 17},
    Facility{"local2", 18},   Facility{"local3", 19}, Facility{"local4", 20},
    Facility{"local5", 21},   Facility{"local6", 22}, Facility{"local7", 23},
};

/// A field of the header: printable ASCII without blanks, or "-".
std::string header_field(std::string_view text, std::size_t most) {
    std::string out;
    for (const char c : text.substr(0, most))
        out += c > ' ' && c <= '~' ? c : '-';
    return out.empty() ? "-" : out;
}

void add_parameter(std::string& out, std::string_view name, std::string_view value) {
    if (value.empty()) return;
    out += fmt::format(" {}=\"", name);
    const std::string safe = render::safe_text(value);
    for (const char c : clip(safe, kParameterBytes)) {
        if (c == '"' || c == '\\' || c == ']') out += '\\';
        out += c;
    }
    out += '"';
}

std::string structured_data(const Digest& digest, const Notice& notice) {
    const Alert& alert = notice.alert;
    std::string out = fmt::format("[{}", kElement);
    if (alert.id > 0) add_parameter(out, "id", fmt::format("{}", alert.id));
    add_parameter(out, "news", to_text(notice.news));
    add_parameter(out, "severity", to_text(alert.severity));
    add_parameter(out, "subject", alert.subject);
    add_parameter(out, "client", alert.client);
    add_parameter(out, "mac", alert.client_mac);
    add_parameter(out, "server", alert.server);
    add_parameter(out, "name", alert.name);
    add_parameter(out, "count", fmt::format("{}", alert.count));
    add_parameter(out, "first", utc_text(alert.first));
    add_parameter(out, "last", utc_text(alert.last));
    add_parameter(out, "delivery", digest.id);
    if (digest.sample) add_parameter(out, "test", "true");
    return out + "]";
}

}  // namespace

std::uint8_t syslog_facility(std::string_view name) noexcept {
    for (const Facility& facility : kFacilities) {
        if (facility.name == name) return facility.code;
    }
    return 3;
}

std::string syslog_message(const Digest& digest, const Notice& notice, std::uint8_t facility,
                           std::size_t most_bytes) {
    const bool ended = notice.news == News::Ended;
    const int severity =
        ended ? kEndedSeverity : kSeverities[static_cast<std::size_t>(notice.alert.severity)];
    std::string out =
        fmt::format("<{}>1 {} {} vedette {} {} {} ", facility * 8 + severity, utc_text(digest.time),
                    header_field(digest.host, 255), ::getpid(),
                    header_field(info(notice.alert.kind).id, 32), structured_data(digest, notice));
    out += "\xef\xbb\xbf";  // the text is UTF-8
    out += fmt::format("{}: {}", headline(notice), render::safe_text(notice.alert.reason));
    return std::string(clip(out, most_bytes));
}

}  // namespace vedette::notify
