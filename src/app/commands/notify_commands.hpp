// The row of the command table for notifications.
#pragma once

#include <array>

#include "app/commands/commands.hpp"
#include "app/commands/listing_options.hpp"

namespace vedette::app {

inline constexpr std::array<std::string_view, 3> kNotifyActions{"list", "test", "flush"};
inline constexpr std::array<std::string_view, 4> kNotifyFormats{"table", "jsonl", "csv", "tsv"};
inline constexpr std::array kNotifyOptions{
    Option{.name = "format",
           .value = "FORMAT",
           .help = "Of list: table (default), jsonl, csv or tsv.",
           .kind = ValueOf::Choice,
           .choices = kNotifyFormats},
    kJson,
    kOutput,
};
inline constexpr std::array kNotifyExamples{
    Example{"vedette notify test ops", "a sample alert to [notify.ops] now, step by step"},
    Example{"vedette notify list", "every target: does it work, what waits, what went wrong last"},
    Example{"vedette notify flush", "the mail server is back: send what waits"},
};

inline constexpr Command kNotifyCommand{
    .name = "notify",
    .summary = "Try and look at the places that alerts are sent to",
    .description =
        "list: the targets of the settings, their state, and what waits for them.\n"
        "test NAME: send a sample alert now, and show each step and the other side's words.\n"
        "flush [NAME]: send what waits now, whatever pauses and limits say.\n"
        "The targets are the tables [notify.NAME] of the settings file: docs/notify.md.",
    .operand = {.name = "ACTION",
                .help = "list, test or flush.",
                .kind = ValueOf::Choice,
                .required = true,
                .choices = kNotifyActions},
    .more = {.name = "NAME",
             .help = "The target: [notify.NAME].",
             .kind = ValueOf::Text,
             .count = Count::Many},
    .options = kNotifyOptions,
    .examples = kNotifyExamples,
    .run = run_notify};

}  // namespace vedette::app
