// Alerts for people and for programs: the line of a console or a log, and the JSON object of the
// day's alert file (docs/formats/dayfile.md). Hostile names are made safe. Pure.
#pragma once

#include <string>

#include "model/alert.hpp"
#include "render/table/text_table.hpp"

namespace vedette::render {

/// "Info", "Low", "Medium", "High" as the outputs write them: "info", "low", ...
[[nodiscard]] std::string_view severity_text(Severity severity) noexcept;
[[nodiscard]] Tone severity_tone(Severity severity) noexcept;

/// `12:01:02.123456  ALERT high  #12 tunnel  192.0.2.7 asked ...`, newline included. The word
/// "ended" or "returned" stands in front of the reason of an alert that did.
void append_alert_line(std::string& out, const Alert& alert, AlertChange change, Color color);

/// One JSON object and a newline. `change` is left out of listings.
void append_alert_json(std::string& out, const Alert& alert);
void append_alert_json(std::string& out, const Alert& alert, AlertChange change);

}  // namespace vedette::render
