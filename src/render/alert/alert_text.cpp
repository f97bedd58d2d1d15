#include "render/alert/alert_text.hpp"

#include <fmt/format.h>

#include <array>

#include "render/json/json_line.hpp"
#include "render/table/safe_text.hpp"
#include "sys/clock/local_time.hpp"

namespace vedette::render {
namespace {

void add_text(JsonLine& line, std::string_view key, std::string_view value) {
    if (!value.empty()) line.text(key, value);
}

void add_alert(JsonLine& line, const Alert& alert) {
    if (alert.id != 0) line.number("id", alert.id);
    line.text("kind", info(alert.kind).id);
    line.text("severity", severity_text(alert.severity));
    line.text("state", to_text(alert.state));
    line.text("subject", alert.subject);
    line.seconds("first", alert.first.nanos);
    line.seconds("last", alert.last.nanos);
    line.number("count", static_cast<std::int64_t>(alert.count));
    line.text("reason", alert.reason);
    add_text(line, "client", alert.client);
    add_text(line, "client_mac", alert.client_mac);
    add_text(line, "server", alert.server);
    add_text(line, "name", alert.name);
    add_text(line, "filter", alert.filter);
    if (!alert.packets.empty()) {
        line.begin_array("packets");
        for (const std::uint64_t packet : alert.packets)
            line.item(static_cast<std::int64_t>(packet));
        line.end_array();
    }
    if (alert.muted) line.boolean("muted", true);
    add_text(line, "acknowledged_by", alert.acknowledged_by);
}

}  // namespace

std::string_view severity_text(Severity severity) noexcept {
    static constexpr std::array<std::string_view, 4> kNames{"info", "low", "medium", "high"};
    return kNames[static_cast<std::size_t>(severity)];
}

Tone severity_tone(Severity severity) noexcept {
    if (severity == Severity::High) return Tone::Bad;
    return severity == Severity::Medium ? Tone::Warning : Tone::Plain;
}

void append_alert_line(std::string& out, const Alert& alert, AlertChange change, Color color) {
    const std::string head = fmt::format("ALERT {}", severity_text(alert.severity));
    out += toned(sys::clock_text(alert.last), Tone::Quiet, color);
    out.append("  ").append(toned(head, severity_tone(alert.severity), color));
    if (alert.id != 0) out += fmt::format("  #{}", alert.id);
    out.append(" ").append(toned(info(alert.kind).id, Tone::Strong, color)).append("  ");
    if (change == AlertChange::Ended || change == AlertChange::Returned) {
        out.append(to_text(change)).append(": ");
    }
    out.append(safe_text(alert.reason)).append("\n");
}

void append_alert_json(std::string& out, const Alert& alert) {
    JsonLine line(out);
    add_alert(line, alert);
    line.finish();
}

void append_alert_json(std::string& out, const Alert& alert, AlertChange change) {
    JsonLine line(out);
    line.seconds("ts", alert.last.nanos);
    line.text("change", to_text(change));
    add_alert(line, alert);
    line.finish();
}

}  // namespace vedette::render
