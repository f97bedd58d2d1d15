#include "notify/digest_json.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace vedette::notify {
namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& json) {
    // Hostile bytes that are not UTF-8 become U+FFFD.
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json alert_object(const Digest& digest, const Notice& notice) {
    const Alert& alert = notice.alert;
    const FindingInfo& about = info(alert.kind);
    return {{"id", alert.id},
            {"news", to_text(notice.news)},
            {"status", notice.news == News::Ended ? "ended" : "open"},
            {"kind", about.id},
            {"severity", to_text(alert.severity)},
            {"title", about.title},
            {"subject", alert.subject},
            {"reason", alert.reason},
            {"advice", about.advice},
            {"first", utc_text(alert.first)},
            {"last", utc_text(alert.last)},
            {"count", alert.count},
            {"client", alert.client},
            {"client_mac", alert.client_mac},
            {"server", alert.server},
            {"name", alert.name},
            {"filter", alert.filter},
            {"host", digest.host},
            {"fingerprint", fingerprint(alert)},
            {"test", digest.sample}};
}

/// Labels identify: what changes while an alert goes on stands in the annotations.
Json labels(const Digest& digest, const Alert& alert) {
    Json found = {{"alertname", info(alert.kind).id},
                  {"severity", to_text(alert.severity)},
                  {"subject", alert.subject},
                  {"instance", digest.host}};
    const auto add = [&](const char* key, const std::string& value) {
        if (!value.empty()) found[key] = value;
    };
    add("client", alert.client);
    add("client_mac", alert.client_mac);
    add("server", alert.server);
    add("name", alert.name);
    if (digest.sample) found["test"] = "true";
    return found;
}

Json annotations(const Alert& alert) {
    const FindingInfo& about = info(alert.kind);
    return {{"summary", about.title}, {"description", alert.reason},
            {"advice", about.advice}, {"count", fmt::format("{}", alert.count)},
            {"filter", alert.filter}, {"alert_id", fmt::format("{}", alert.id)}};
}

/// The pairs that every alert has with the same value.
Json common(const Json& alerts, const char* member) {
    Json found = Json::object();
    if (alerts.empty()) return found;
    for (const auto& [key, value] : alerts.front()[member].items()) {
        bool everywhere = true;
        for (const Json& alert : alerts) {
            const auto other = alert[member].find(key);
            everywhere = everywhere && other != alert[member].end() && *other == value;
        }
        if (everywhere) found[key] = value;
    }
    return found;
}

}  // namespace

std::string alert_json(const Digest& digest, const Notice& notice) {
    return dump(alert_object(digest, notice));
}

std::string digest_json(const Digest& digest) {
    Json alerts = Json::array();
    for (const Notice& notice : digest.notices)
        alerts.push_back(alert_object(digest, notice));
    return dump({{"version", 1},
                 {"id", digest.id},
                 {"host", digest.host},
                 {"target", digest.target},
                 {"time", utc_text(digest.time)},
                 {"test", digest.sample},
                 {"dropped", digest.dropped},
                 {"alerts", std::move(alerts)}});
}

std::string alertmanager_json(const Digest& digest) {
    Json alerts = Json::array();
    for (const Notice& notice : digest.notices) {
        const bool ended = notice.news == News::Ended;
        alerts.push_back({{"status", ended ? "resolved" : "firing"},
                          {"labels", labels(digest, notice.alert)},
                          {"annotations", annotations(notice.alert)},
                          {"startsAt", utc_text(notice.alert.first)},
                          // What is not over has Go's zero time there.
                          {"endsAt", ended ? utc_text(notice.alert.last) : "0001-01-01T00:00:00Z"},
                          {"generatorURL", ""},
                          {"fingerprint", fingerprint(notice.alert)}});
    }
    const bool resolved = summary(digest).ended == digest.notices.size();
    Json common_labels = common(alerts, "labels");
    Json common_annotations = common(alerts, "annotations");
    return dump({{"version", "4"},
                 {"groupKey", fmt::format("{{}}:{{target=\"{}\"}}", digest.target)},
                 {"truncatedAlerts", digest.dropped},
                 {"status", resolved ? "resolved" : "firing"},
                 {"receiver", digest.target},
                 {"groupLabels", Json::object()},
                 {"commonLabels", std::move(common_labels)},
                 {"commonAnnotations", std::move(common_annotations)},
                 {"externalURL", ""},
                 {"alerts", std::move(alerts)}});
}

std::string pack(const Alert& alert) {
    return dump({{"id", alert.id},
                 {"kind", info(alert.kind).id},
                 {"state", static_cast<int>(alert.state)},
                 {"severity", static_cast<int>(alert.severity)},
                 {"first", alert.first.nanos},
                 {"last", alert.last.nanos},
                 {"count", alert.count},
                 {"subject", alert.subject},
                 {"reason", alert.reason},
                 {"filter", alert.filter},
                 {"client", alert.client},
                 {"client_mac", alert.client_mac},
                 {"server", alert.server},
                 {"name", alert.name}});
}

std::optional<Alert> unpack(std::string_view text) {
    const Json json = Json::parse(text, nullptr, false);
    if (!json.is_object()) return std::nullopt;
    bool sound = true;
    const auto number = [&](const char* key) -> std::int64_t {
        const auto found = json.find(key);
        if (found != json.end() && found->is_number_integer()) return found->get<std::int64_t>();
        sound = false;
        return 0;
    };
    const auto word = [&](const char* key) -> std::string {
        const auto found = json.find(key);
        if (found != json.end() && found->is_string()) return found->get<std::string>();
        sound = false;
        return {};
    };
    Alert alert;
    alert.id = number("id");
    const auto kind = find_finding_kind(word("kind"));
    const std::int64_t state = number("state");
    const std::int64_t severity = number("severity");
    alert.first = {number("first")};
    alert.last = {number("last")};
    alert.count = static_cast<std::uint64_t>(number("count"));
    alert.subject = word("subject");
    alert.reason = word("reason");
    alert.filter = word("filter");
    alert.client = word("client");
    alert.client_mac = word("client_mac");
    alert.server = word("server");
    alert.name = word("name");
    const bool known = kind && state >= 0 && state <= static_cast<int>(AlertState::Ended) &&
                       severity >= 0 && severity <= static_cast<int>(Severity::High);
    if (!sound || !known) return std::nullopt;
    alert.kind = *kind;
    alert.state = static_cast<AlertState>(state);
    alert.severity = static_cast<Severity>(severity);
    return alert;
}

}  // namespace vedette::notify
