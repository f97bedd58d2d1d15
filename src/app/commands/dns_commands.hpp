// The rows of the command table for the name server: `serve` and `records`.
#pragma once

#include <array>

#include "app/commands/commands.hpp"
#include "app/commands/listing_options.hpp"

namespace vedette::app {

inline constexpr Option kRecordsFile{.name = "records",
                                     .value = "FILE",
                                     .help = "The file of the records added by hand.",
                                     .kind = ValueOf::File,
                                     .setting = "serve.records"};

/// Of `watch` as well.
inline constexpr Option kUser{.name = "user",
                              .letter = 'Z',
                              .value = "NAME",
                              .help = "Become this account once the sockets are open.",
                              .setting = "process.user"};

inline constexpr std::array<std::string_view, 4> kServePresets{"off", "quiet", "normal", "strict"};
inline constexpr std::array kServeOptions{
    Option{.name = "listen",
           .letter = 'l',
           .value = "ADDRESS",
           .help = "Answer DNS over UDP and TCP here; ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT; "
                   "may be given several times.",
           .setting = "serve.listen"},
    Option{.name = "zone",
           .letter = 'z',
           .value = "APEX=FILE",
           .help = "Serve a zone from a master file; may be given several times.",
           .setting = "serve.zones"},
    kRecordsFile,
    Option{.name = "tls",
           .value = "ADDRESS",
           .help = "Answer DNS over TLS here.",
           .setting = "serve.tls_listen"},
    Option{.name = "https",
           .value = "ADDRESS",
           .help = "Answer DNS over HTTPS here, at /dns-query.",
           .setting = "serve.https_listen"},
    Option{.name = "quic",
           .value = "ADDRESS",
           .help = "Answer DNS over QUIC here.",
           .setting = "serve.quic_listen"},
    Option{.name = "xdp",
           .value = "INTERFACE",
           .help = "Take this interface's datagrams by AF_XDP; by socket where that cannot be.",
           .kind = ValueOf::Interface,
           .setting = "serve.xdp"},
    Option{.name = "certificate",
           .value = "FILE",
           .help = "Certificate chain for TLS, HTTPS and QUIC, PEM.",
           .kind = ValueOf::File,
           .setting = "serve.certificate"},
    Option{.name = "key",
           .value = "FILE",
           .help = "Its private key, PEM.",
           .kind = ValueOf::File,
           .setting = "serve.key"},
    Option{.name = "threads",
           .value = "N",
           .help = "Threads per address and transport; one per core is enough.",
           .kind = ValueOf::Number,
           .setting = "serve.threads"},
    Option{.name = "unknown",
           .value = "ADDRESS",
           .help = "Give this address for every name outside the zones (a sinkhole).",
           .setting = "serve.unknown"},
    Option{.name = "preset",
           .value = "PRESET",
           .help = "How eager the detectors are: off, quiet, normal (default) or strict.",
           .kind = ValueOf::Choice,
           .choices = kServePresets,
           .setting = "detect.preset"},
    Option{.name = "dnstap",
           .value = "PLACE",
           .help = "Also tell every exchange as dnstap: a file, unix:PATH or tcp://HOST:PORT.",
           .setting = "dnstap.output"},
    Option{.name = "no-log",
           .help = "Do not store the exchanges.",
           .setting = "serve.log",
           .sets = "false"},
    kUser,
};
inline constexpr std::array kServeExamples{
    Example{"vedette records add fromage.fr A 11.23.33.21", "a first name"},
    Example{"vedette serve --listen 127.0.0.1:5300", "answer for it; no root above port 1023"},
    Example{"dig @127.0.0.1 -p 5300 fromage.fr", "ask"},
    Example{"vedette serve -l 192.0.2.53 -z example.org=/etc/zones/example.org",
            "a zone from a file, on port 53"},
};

inline constexpr std::array<std::string_view, 5> kRecordActions{"add", "list", "remove", "import",
                                                                "export"};
inline constexpr std::array kRecordOptions{
    Option{.name = "ttl", .value = "TTL", .help = "Of an added record: 300 (default), 1h, 2d."},
    Option{
        .name = "origin", .value = "NAME", .help = "For relative names of an imported zone file."},
    kRecordsFile,
    kFormat,
    kJson,
    kOutput,
};
inline constexpr std::array kRecordExamples{
    Example{"vedette records add fromage.fr A 11.23.33.21 --ttl 300", "served within a second"},
    Example{"vedette records remove fromage.fr A", "every address of the name"},
    Example{"vedette records import hosts /etc/hosts", "the names of a hosts file"},
    Example{"vedette records export -o all.zone", "everything, as a master file"},
};

inline constexpr Command kServeCommand{
    .name = "serve",
    .summary = "Answer DNS questions: an authoritative name server",
    .description =
        "Serves the records of `vedette records` and the zones of master files, over UDP, TCP, "
        "TLS, HTTPS and QUIC. A change is served within a second, without a lost question; SIGHUP "
        "reads files and certificates again, SIGUSR2 starts the program anew in the place of the "
        "running one, sockets from systemd are taken. It is no resolver: other names are refused.",
    .options = kServeOptions,
    .examples = kServeExamples,
    .run = run_serve};

inline constexpr Command kRecordsCommand{
    .name = "records",
    .summary = "Add, list and remove the names that are served",
    .description =
        "add NAME TYPE DATA: add a record, or set its TTL.\n"
        "remove NAME [TYPE [DATA]]: remove what matches.\n"
        "list: every record.\n"
        "import zonefile FILE, import hosts FILE: add everything in a file.\n"
        "export: every record as a master file.",
    .operand = {.name = "ACTION",
                .help = "add, list, remove, import or export.",
                .kind = ValueOf::Choice,
                .required = true,
                .choices = kRecordActions},
    .more = {.name = "WHAT",
             .help = "What the action takes.",
             .kind = ValueOf::Text,
             .count = Count::Many},
    .options = kRecordOptions,
    .examples = kRecordExamples,
    .run = run_records};

}  // namespace vedette::app
