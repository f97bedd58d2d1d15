// The rows of the command table for what the detectors tell: `alerts`.
#pragma once

#include <array>

#include "app/commands/commands.hpp"
#include "app/commands/listing_options.hpp"

namespace vedette::app {

inline constexpr std::array<std::string_view, 6> kAlertActions{"list", "show",   "ack",
                                                               "mute", "unmute", "mutes"};
inline constexpr std::array<std::string_view, 4> kAlertSeverities{"info", "low", "medium", "high"};
inline constexpr std::array kAlertOptions{
    Option{.name = "open", .help = "Only alerts that are open: not acknowledged, not ended."},
    Option{.name = "severity",
           .value = "LEAST",
           .help = "Only from this severity on: info, low, medium or high.",
           .kind = ValueOf::Choice,
           .choices = kAlertSeverities},
    Option{.name = "kind",
           .value = "KIND",
           .help = "Only this kind, such as tunnel (docs/reference/findings.md lists them)."},
    Option{.name = "since",
           .value = "AGE",
           .help = "Only alerts seen within this time: 30m, 12h, 7d."},
    kLimit,
    Option{.name = "pcap",
           .value = "FILE",
           .help = "show: write the packets kept with the alert to FILE; - is standard output.",
           .kind = ValueOf::File},
    Option{.name = "reason", .value = "TEXT", .help = "mute: why; required."},
    Option{.name = "for",
           .value = "LENGTH",
           .help = "mute: for how long: 4h, 7d. Without it, until `unmute`."},
    Option{.name = "by",
           .value = "NAME",
           .help = "ack, mute: who says so; the account's name when not given."},
    Option{.name = "alerts",
           .value = "FILE",
           .help = "The file of the alerts.",
           .kind = ValueOf::File,
           .setting = "alerts.path"},
    kStore,
    kFormat,
    kJson,
    kOutput,
};
inline constexpr std::array kAlertExamples{
    Example{"vedette alerts", "the newest alerts"},
    Example{"vedette alerts show 12", "one alert, what to do, and its transactions"},
    Example{"vedette alerts show 12 --pcap - | tcpdump -r -", "its packets"},
    Example{"vedette alerts mute 12 --for 4h --reason 'load test'", "silence about its subject"},
    Example{"vedette alerts mute flood.nxdomain --reason 'known mail server'", "or about a kind"},
};

inline constexpr Command kAlertsCommand{
    .name = "alerts",
    .summary = "List, explain, acknowledge and mute alerts",
    .description =
        "list: the newest 100 alerts unless -n says otherwise; what is done without an ACTION.\n"
        "show ID: one alert, what to do about it, and the transactions behind it.\n"
        "ack ID: somebody looks after it; it stays so while it goes on.\n"
        "mute ID, mute KIND [SUBJECT]: no notification about what it covers; --reason says why.\n"
        "unmute ID: remove a mute; the ID is that of `mutes`.\n"
        "mutes: the mutes in force.",
    .operand = {.name = "ACTION",
                .help = "list, show, ack, mute, unmute or mutes.",
                .kind = ValueOf::Choice,
                .choices = kAlertActions},
    .more = {.name = "WHAT",
             .help = "What the action takes.",
             .kind = ValueOf::Text,
             .count = Count::Many},
    .options = kAlertOptions,
    .examples = kAlertExamples,
    .run = run_alerts};

}  // namespace vedette::app
