// The rows of the command table for `certs` and `import`.
#pragma once

#include <array>

#include "app/commands/collect_commands.hpp"
#include "app/commands/listing_options.hpp"

namespace vedette::app {

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
    kFormat,
    kJson,
    Option{.name = "output",
           .letter = 'o',
           .value = "FILE",
           .help = "Write the list to FILE instead of standard output.",
           .kind = ValueOf::File},
};
inline constexpr std::array kCertExamples{
    Example{"vedette certs init", "an authority of your own"},
    Example{"vedette certs server log.example.org 192.0.2.1", "for the log server"},
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

inline constexpr std::array kImportOptions{
    Option{.name = "format",
           .value = "FORMAT",
           .help = "zeek, suricata, kea-leases, kea-log, dnsmasq-log, dnsmasq-leases or dnstap; "
                   "recognised unless given."},
    Option{.name = "sensor",
           .value = "NAME",
           .help = "The name that the rows carry; the format's own unless given."},
    Option{.name = "again", .help = "Store it even when it was stored before."},
    kStore,
};
inline constexpr std::array kImportExamples{
    Example{"vedette import /opt/zeek/logs/*/dns.*.log.gz", "what Zeek saw"},
    Example{"vedette import eve.json --sensor border", "what Suricata saw"},
    Example{"vedette import /var/lib/kea/kea-leases4.csv", "leases"},
};

inline constexpr Command kImportCommand{
    .name = "import",
    .summary = "Store what other programs logged",
    .description =
        "Reads the logs of Zeek, Suricata, Kea and dnsmasq, and dnstap files, plain or compressed. "
        "A log that is read again, or has grown, is stored once. Damaged lines are counted, told "
        "by number, and passed over.",
    .operand = {.name = "FILE",
                .help = "A log or lease file; - is standard input.",
                .kind = ValueOf::File,
                .count = Count::Many,
                .required = true},
    .options = kImportOptions,
    .examples = kImportExamples,
    .run = run_import};

}  // namespace vedette::app
