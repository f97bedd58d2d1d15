// The rows of the command table for the log server: `collect` and `sensors`.
#pragma once

#include <array>

#include "app/commands/commands.hpp"
#include "app/commands/listing_options.hpp"

namespace vedette::app {

inline constexpr std::array kCollectOptions{
    Option{.name = "listen",
           .letter = 'l',
           .value = "PLACE",
           .help = "Receive sensors here: tls://ADDRESS:PORT, or tcp:// on loopback; may be given "
                   "several times. Port 6054 unless it names one.",
           .setting = "collect.listen"},
    Option{.name = "dnstap",
           .value = "PLACE",
           .help = "Receive dnstap here: unix:PATH, tcp://ADDRESS:PORT or tls://ADDRESS:PORT; may "
                   "be given several times. Port 6000 unless it names one.",
           .setting = "collect.dnstap"},
    Option{.name = "certificate",
           .value = "FILE",
           .help = "Certificate chain of this server, PEM.",
           .kind = ValueOf::File,
           .setting = "collect.certificate"},
    Option{.name = "key",
           .value = "FILE",
           .help = "Its private key, PEM.",
           .kind = ValueOf::File,
           .setting = "collect.key"},
    Option{.name = "client-ca",
           .value = "FILE",
           .help = "Authority of the sensors' certificates, PEM.",
           .kind = ValueOf::File,
           .setting = "collect.client_ca"},
    Option{.name = "tokens",
           .value = "FILE",
           .help = "Sensors that show no certificate: lines of NAME TOKEN.",
           .kind = ValueOf::File,
           .setting = "collect.tokens"},
    kStore,
    Option{
        .name = "no-store", .help = "Store nothing.", .setting = "store.enabled", .sets = "false"},
    Option{.name = "day-files",
           .help = "Also write log files, one a day, beside the database. The sensors write their "
                   "own.",
           .setting = "collect.dayfiles",
           .sets = "true"},
    Option{.name = "filter",
           .value = "FILTER",
           .help = "Print only what matches; everything is still stored.",
           .kind = ValueOf::Filter},
    Option{.name = "json", .help = "Print JSON lines (docs/formats/dayfile.md) instead of text."},
    Option{.name = "quiet", .letter = 'q', .help = "Do not print a line per transaction."},
};
inline constexpr std::array kCollectExamples{
    Example{"vedette collect -l tls://0.0.0.0", "receive sensors; keys by the settings"},
    Example{"vedette collect --dnstap unix:/run/vedette/dnstap.sock", "receive name servers"},
};

inline constexpr Command kCollectCommand{
    .name = "collect",
    .summary = "Receive what sensors and name servers saw",
    .description =
        "Sensors are other machines with `vedette watch --forward`. Each proves its name by a "
        "certificate or a token, and its rows carry that name (filter sensor:NAME). A batch is "
        "acknowledged when it is stored, and stored once, whatever breaks in between. Name "
        "servers (BIND, Unbound, Knot, dnsdist, PowerDNS, CoreDNS) log here with dnstap.",
    .options = kCollectOptions,
    .examples = kCollectExamples,
    .run = run_collect};

inline constexpr std::array kSensorOptions{
    kStore,
    kFormat,
    kJson,
    kOutput,
};

inline constexpr Command kSensorsCommand{
    .name = "sensors",
    .summary = "List the sensors of a log server, their lag and drops",
    .options = kSensorOptions,
    .run = run_sensors};

}  // namespace vedette::app
