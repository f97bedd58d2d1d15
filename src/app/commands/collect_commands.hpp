// The rows of the command table for the log server: `collect`, `sensors` and `certs`.
#pragma once

#include <array>

#include "app/commands/commands.hpp"

namespace vedette::app {

inline constexpr Option kCollectStore{.name = "store",
                                      .value = "FILE",
                                      .help = "The database file.",
                                      .kind = ValueOf::File,
                                      .setting = "store.path"};

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
    kCollectStore,
    Option{
        .name = "no-store", .help = "Store nothing.", .setting = "store.enabled", .sets = "false"},
    Option{.name = "filter",
           .value = "FILTER",
           .help = "Print only what matches; everything is still stored.",
           .kind = ValueOf::Filter},
    Option{.name = "json", .help = "Print JSON lines (docs/formats/dayfile.md) instead of text."},
    Option{.name = "quiet", .letter = 'q', .help = "Do not print a line per transaction."},
};
inline constexpr std::array kCollectExamples{
    Example{"vedette certs init && vedette certs server log.example.org", "keys, once"},
    Example{"vedette collect --listen tls://0.0.0.0 --certificate log.example.org.pem "
            "--key log.example.org.key --client-ca ca.pem",
            "receive sensors"},
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
    kCollectStore,
    Option{.name = "format", .value = "FORMAT", .help = "table (default), jsonl, csv or tsv."},
    Option{.name = "json", .help = "Short for --format jsonl."},
    Option{.name = "output",
           .letter = 'o',
           .value = "FILE",
           .help = "Write results to FILE instead of standard output.",
           .kind = ValueOf::File},
};

inline constexpr Command kSensorsCommand{
    .name = "sensors",
    .summary = "List the sensors of a log server, their lag and drops",
    .options = kSensorOptions,
    .run = run_sensors};

inline constexpr std::array<std::string_view, 6> kCertActions{"init", "server",      "client",
                                                              "list", "self-signed", "renew"};
inline constexpr std::array kCertOptions{
    Option{.name = "directory",
           .letter = 'd',
           .value = "FOLDER",
           .help = "Where keys and certificates lie; certs/ beside the database.",
           .kind = ValueOf::Folder},
    Option{.name = "days",
           .value = "N",
           .help = "How long a certificate holds: 825 unless given, the authority's 3650.",
           .kind = ValueOf::Number},
    Option{.name = "format", .value = "FORMAT", .help = "table (default), jsonl, csv or tsv."},
    Option{.name = "json", .help = "Short for --format jsonl."},
    Option{.name = "output",
           .letter = 'o',
           .value = "FILE",
           .help = "Write the list to FILE instead of standard output.",
           .kind = ValueOf::File},
};
inline constexpr std::array kCertExamples{
    Example{"vedette certs init", "an authority of your own"},
    Example{"vedette certs server log.example.org 192.0.2.1", "for the log server, by both names"},
    Example{"vedette certs client branch-1", "for a sensor; its rows will carry this name"},
    Example{"vedette certs self-signed dns.example.org", "a first certificate for vedette serve"},
};

inline constexpr Command kCertsCommand{
    .name = "certs",
    .summary = "Make certificates for sensors and servers",
    .description =
        "init [NAME]: make the authority.\n"
        "server HOST...: a certificate for the log server; HOSTs are names and addresses that "
        "sensors use.\n"
        "client NAME: a certificate for a sensor.\n"
        "self-signed HOST...: a certificate without an authority, to begin with.\n"
        "renew NAME: a new key and certificate in place of the old.\n"
        "list: what there is, and until when.",
    .operand = {.name = "ACTION",
                .help = "init, server, client, self-signed, renew or list.",
                .kind = ValueOf::Choice,
                .required = true,
                .choices = kCertActions},
    .more = {.name = "NAME",
             .help = "What the action takes.",
             .kind = ValueOf::Text,
             .count = Count::Many},
    .options = kCertOptions,
    .examples = kCertExamples,
    .run = run_certs};

}  // namespace vedette::app
