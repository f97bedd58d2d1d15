#include "config/target_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/suggest.hpp"

namespace vedette::config {
namespace {

constexpr std::int64_t kHour = 3'600 * kNanosPerSecond;
constexpr std::int64_t kDay = 24 * kHour;

constexpr std::array<std::string_view, 7> kTypes{"mail",  "webhook", "syslog", "ntfy",
                                                 "slack", "mqtt",    "exec"};
constexpr std::array<std::string_view, 2> kStartTls{"required", "off"};
constexpr std::array<std::string_view, 4> kSeverities{"info", "low", "medium", "high"};
constexpr std::array<std::string_view, 12> kFacilities{"user",   "daemon", "auth",   "authpriv",
                                                       "local0", "local1", "local2", "local3",
                                                       "local4", "local5", "local6", "local7"};

// People get digests; programs get what happens as it happens.
constexpr std::array kTargetTypes{
    TargetType{"mail", "E-mail over SMTP", "smtp smtps", "url from to",
               "user password_file ca_file certificate key starttls subject", Duration::seconds(30),
               Duration::seconds(300), 20},
    TargetType{"webhook", "HTTP POST of an Alertmanager body", "https http", "url",
               "url_file user password_file token_file hmac_key_file headers ca_file certificate "
               "key",
               Duration::seconds(5), Duration::seconds(30), 0},
    TargetType{"syslog", "Syslog (RFC 5424)", "unix udp tcp tls", "url",
               "facility ca_file certificate key", Duration{}, Duration{}, 0},
    TargetType{"ntfy", "ntfy push messages", "https http", "url",
               "url_file user password_file token_file ca_file certificate key subject",
               Duration::seconds(10), Duration::seconds(60), 30},
    TargetType{"slack", "Slack and what understands its messages (Mattermost)", "https http", "url",
               "url_file ca_file subject", Duration::seconds(10), Duration::seconds(60), 30},
    TargetType{"mqtt", "MQTT 3.1.1, QoS 1", "mqtt mqtts", "url",
               "topic user password_file ca_file certificate key", Duration{}, Duration{}, 0},
    TargetType{"exec", "A program of yours", "", "command", "", Duration{}, Duration{}, 0},
};

constexpr std::string_view kForAll =
    "type enabled severity kinds ended group_wait group_interval repeat_interval hourly_limit "
    "timeout keep queue_limit";

using T = NotifyTarget;
constexpr std::span<const std::string_view> kAny{};

constexpr std::array kTable{
    TargetSetting{"notify.type", &T::type, 0, 0, kTypes, "How this target is reached."},
    TargetSetting{"notify.enabled", &T::enabled, 0, 0, kAny,
                  "False keeps the table but sends nothing."},
    TargetSetting{"notify.url", &T::url, 0, 0, kAny,
                  "Where to. mail: smtp://HOST:587 (STARTTLS) or smtps://HOST; syslog: "
                  "unix:///dev/log, udp://HOST, tcp://HOST, tls://HOST; mqtt: mqtt://HOST or "
                  "mqtts://HOST; webhook, ntfy, slack: https://..."},
    TargetSetting{"notify.url_file", &T::url_file, 0, 0, kAny,
                  "A secret file that holds the URL, instead of url: Slack's is a secret itself."},
    TargetSetting{"notify.command", &T::command, 0, 0, kAny,
                  "The program and its arguments, e.g. [\"/usr/local/bin/page\", \"--now\"]. No "
                  "shell; the alerts come as JSON on standard input."},
    TargetSetting{"notify.from", &T::from, 0, 0, kAny, "The mail's sender: an address."},
    TargetSetting{"notify.to", &T::to, 0, 0, kAny, "The mail's recipients: addresses."},
    TargetSetting{"notify.subject", &T::subject, 0, 0, kAny,
                  "What subjects and titles begin with."},
    TargetSetting{"notify.topic", &T::topic, 0, 0, kAny, "The MQTT topic."},
    TargetSetting{"notify.facility", &T::facility, 0, 0, kFacilities, "The syslog facility."},
    TargetSetting{"notify.headers", &T::headers, 0, 0, kAny,
                  "More header lines of a webhook, e.g. [\"X-Team: network\"]. Not for secrets."},
    TargetSetting{"notify.user", &T::user, 0, 0, kAny, "The name to log in with."},
    TargetSetting{"notify.password_file", &T::password_file, 0, 0, kAny,
                  "The secret file with the password of user. A name without slash is a "
                  "credential of the service manager ($CREDENTIALS_DIRECTORY)."},
    TargetSetting{"notify.token_file", &T::token_file, 0, 0, kAny,
                  "The secret file with a bearer token."},
    TargetSetting{"notify.hmac_key_file", &T::hmac_key_file, 0, 0, kAny,
                  "The secret file with the key that signs a webhook's body "
                  "(X-Vedette-Signature-256)."},
    TargetSetting{"notify.ca_file", &T::ca_file, 0, 0, kAny,
                  "Certificates to trust, PEM. Empty: the system's."},
    TargetSetting{"notify.certificate", &T::certificate, 0, 0, kAny,
                  "Our own certificate where the server asks for one, PEM."},
    TargetSetting{"notify.key", &T::key, 0, 0, kAny, "Its private key, PEM."},
    TargetSetting{"notify.starttls", &T::starttls, 0, 0, kStartTls,
                  "smtp:// is encrypted before anything is told. off is for a relay on a network "
                  "of your own; it takes no password."},
    TargetSetting{"notify.severity", &T::severity, 0, 0, kSeverities,
                  "The least severity that is told."},
    TargetSetting{"notify.kinds", &T::kinds, 0, 0, kAny,
                  "Kinds that are told, e.g. [\"tunnel\", \"flood.*\"]. Empty: all."},
    TargetSetting{"notify.ended", &T::ended, 0, 0, kAny,
                  "Also tell when an alert that was told has ended."},
    TargetSetting{"notify.group_wait", &T::group_wait, 0, kHour, kAny,
                  "How long the first alert waits for others, to go out with them."},
    TargetSetting{"notify.group_interval", &T::group_interval, 0, kDay, kAny,
                  "The least time between two messages."},
    TargetSetting{"notify.repeat_interval", &T::repeat_interval, 60 * kNanosPerSecond, 30 * kDay,
                  kAny, "An alert that goes on is told again after this long."},
    TargetSetting{"notify.hourly_limit", &T::hourly_limit, 0, 3'600, kAny,
                  "Most messages in any hour; what is over waits for the next. 0 is no limit."},
    TargetSetting{"notify.timeout", &T::timeout, kNanosPerSecond, 600 * kNanosPerSecond, kAny,
                  "When one attempt is given up."},
    TargetSetting{"notify.keep", &T::keep, 60 * kNanosPerSecond, 365 * kDay, kAny,
                  "How long an alert that cannot be delivered is kept and tried again."},
    TargetSetting{"notify.queue_limit", &T::queue_limit, 1, 1'000'000, kAny,
                  "Most alerts that wait; beyond it the least severe are dropped, and told by "
                  "number."},
};

bool has_word(std::string_view words, std::string_view wanted) noexcept {
    while (!words.empty()) {
        const std::size_t blank = words.find(' ');
        if (words.substr(0, blank) == wanted) return true;
        words = blank == std::string_view::npos ? "" : words.substr(blank + 1);
    }
    return false;
}

// What people type who look for a place for a secret, and where it goes.
struct SecretWord {
    std::string_view typed;
    std::string_view instead;
};
constexpr std::array kSecretWords{
    SecretWord{"password", "password_file"}, SecretWord{"pass", "password_file"},
    SecretWord{"token", "token_file"},       SecretWord{"hmac_key", "hmac_key_file"},
    SecretWord{"secret", "hmac_key_file"},   SecretWord{"secret_file", "hmac_key_file"},
};

}  // namespace

std::span<const TargetType> target_types() noexcept {
    return kTargetTypes;
}

const TargetType* find_target_type(std::string_view name) noexcept {
    const auto* const found = std::ranges::find(kTargetTypes, name, &TargetType::name);
    return found == kTargetTypes.end() ? nullptr : found;
}

std::span<const TargetSetting> target_table() noexcept {
    return kTable;
}

const TargetSetting* find_target_setting(std::string_view key) noexcept {
    for (const TargetSetting& row : kTable) {
        if (row.key() == key) return &row;
    }
    return nullptr;
}

std::string suggest_target_key(std::string_view typed) {
    const auto* const secret = std::ranges::find(kSecretWords, typed, &SecretWord::typed);
    if (secret != kSecretWords.end()) {
        return fmt::format("a secret stands in a file of its own: {} = \"/path/of/the/file\"",
                           secret->instead);
    }
    std::vector<std::string_view> keys;
    for (const TargetSetting& row : kTable)
        keys.push_back(row.key());
    const std::string_view near = nearest_word(typed, keys);
    return near.empty() ? std::string() : fmt::format("did you mean '{}'?", near);
}

bool needs(const TargetType& type, std::string_view key) noexcept {
    return has_word(type.needs, key);
}

bool takes(const TargetType& type, std::string_view key) noexcept {
    return has_word(kForAll, key) || needs(type, key) || has_word(type.takes, key);
}

bool is_target_name(std::string_view name) noexcept {
    const auto letter = [](char c) { return c >= 'a' && c <= 'z'; };
    return !name.empty() && name.size() <= 32 && letter(name.front()) &&
           std::ranges::all_of(name, [&](char c) {
               return letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_';
           });
}

}  // namespace vedette::config
