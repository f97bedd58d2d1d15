#include "app/command_table.hpp"

#include <array>

#include "app/commands/alert_commands.hpp"
#include "app/commands/analyze_command.hpp"
#include "app/commands/answer_command.hpp"
#include "app/commands/certs_commands.hpp"
#include "app/commands/collect_commands.hpp"
#include "app/commands/commands.hpp"
#include "app/commands/dns_commands.hpp"
#include "app/commands/listing_options.hpp"
#include "app/commands/notify_commands.hpp"
#include "app/commands/policy_commands.hpp"
#include "app/commands/replay_command.hpp"

namespace vedette::app {
namespace {

using Words = std::string_view;

constexpr std::array<Words, 7> kSorts{"time", "date", "ip", "mac", "vendor", "name", "latency"};
constexpr std::array<Words, 2> kGroups{"mac", "vendor"};
constexpr std::array<Words, 3> kColors{"auto", "always", "never"};
constexpr std::array<Words, 4> kPresets{"off", "quiet", "normal", "strict"};
constexpr std::array<Words, 1> kSummaries{"json"};
constexpr std::array<Words, 6> kTopKinds{"names", "clients", "vendors",
                                         "types", "rcodes",  "resolvers"};
constexpr std::array<Words, 4> kConfigActions{"check", "show", "path", "sample"};
constexpr std::array<Words, 3> kShells{"bash", "zsh", "fish"};
constexpr std::array<Words, 3> kReferences{"commands", "filters", "settings"};

// --- options that several commands share

constexpr Operand kFilter{.name = "FILTER",
                          .help =
                              "Terms that must all hold, such as vendor:apple type:A "
                              "since:1h. `vedette help filters` lists them.",
                          .kind = ValueOf::Filter,
                          .count = Count::Many};

// --- watch

constexpr std::array kWatchOptions{
    Option{.name = "interface",
           .letter = 'i',
           .value = "NAME",
           .help = "Listen on this interface; may be given several times.",
           .kind = ValueOf::Interface,
           .setting = "capture.interfaces"},
    Option{.name = "read",
           .letter = 'r',
           .value = "FILE",
           .help = "Read capture files (pcap, pcapng, also gz and zst); - is standard input.",
           .kind = ValueOf::File,
           .count = Count::Many},
    Option{.name = "bpf",
           .value = "EXPRESSION",
           .help = "Take only packets that match this tcpdump expression.",
           .count = Count::Many,
           .setting = "capture.filter"},
    Option{.name = "filter",
           .value = "FILTER",
           .help = "Print only what matches; everything is still stored.",
           .kind = ValueOf::Filter},
    kStore,
    Option{
        .name = "no-store", .help = "Store nothing.", .setting = "store.enabled", .sets = "false"},
    Option{.name = "quiet", .letter = 'q', .help = "Do not print a line per transaction."},
    Option{.name = "json", .help = "Print JSON lines (docs/formats/dayfile.md) instead of text."},
    Option{.name = "summary",
           .value = "FORMAT",
           .help = "End with one line of counts on standard output; FORMAT is json.",
           .kind = ValueOf::Choice,
           .choices = kSummaries},
    Option{.name = "write",
           .letter = 'w',
           .value = "FILE",
           .help = "Also write the packets to a pcapng file.",
           .kind = ValueOf::File},
    Option{.name = "preset",
           .value = "PRESET",
           .help = "How eager the detectors are: off, quiet, normal (default) or strict.",
           .kind = ValueOf::Choice,
           .choices = kPresets,
           .setting = "detect.preset"},
    Option{.name = "no-day-files",
           .help = "Write no log file a day (logs/dns-DAY.jsonl, logs/dhcp-DAY.jsonl beside the "
                   "database).",
           .setting = "dayfiles.enabled",
           .sets = "false"},
    Option{.name = "dnstap",
           .value = "PLACE",
           .help = "Also tell everything as dnstap: a file, unix:PATH or tcp://HOST:PORT.",
           .setting = "dnstap.output"},
    Option{.name = "forward",
           .value = "PLACE",
           .help = "Also send everything to the log server (vedette collect) at tls://HOST:PORT; "
                   "kept in a spool while it is away.",
           .setting = "forward.server"},
    Option{.name = "forward-ca",
           .value = "FILE",
           .help = "Authority of the log server's certificate, PEM.",
           .kind = ValueOf::File,
           .setting = "forward.ca"},
    Option{.name = "forward-certificate",
           .value = "FILE",
           .help = "Certificate to show to the log server, PEM.",
           .kind = ValueOf::File,
           .setting = "forward.certificate"},
    Option{.name = "forward-key",
           .value = "FILE",
           .help = "Its private key, PEM.",
           .kind = ValueOf::File,
           .setting = "forward.key"},
    Option{.name = "forward-token",
           .value = "FILE",
           .help = "File with the token to show instead.",
           .kind = ValueOf::File,
           .setting = "forward.token"},
    Option{.name = "spool",
           .value = "FOLDER",
           .help = "What the log server has not stored yet is kept here.",
           .kind = ValueOf::Folder,
           .setting = "forward.spool"},
    Option{.name = "port",
           .value = "PORT",
           .help = "A port that carries DNS, instead of 53; may be given several times.",
           .kind = ValueOf::Number,
           .setting = "decode.dns_ports"},
    Option{.name = "no-promiscuous",
           .help = "Leave the interface's own address filter on.",
           .setting = "capture.promiscuous",
           .sets = "false"},
    Option{.name = "count",
           .letter = 'c',
           .value = "N",
           .help = "End after this many packets.",
           .kind = ValueOf::Number},
    Option{.name = "duration",
           .value = "TIME",
           .help = "End after this long (30s, 5m, 2h); time of a capture is its own."},
    kUser,
};
constexpr std::array kWatchExamples{
    Example{"vedette watch -r capture.pcap", "read a capture, print and store what is in it"},
    Example{"sudo vedette watch -i eth0", "listen to your network now; Ctrl-C ends it"},
    Example{"tcpdump -w - | vedette watch -r -", "read from another program"},
    Example{"vedette watch -r a.pcap b.pcap.zst --no-store --quiet --summary json", "only count"},
};

// --- logs

constexpr std::array kLogsOptions{
    kLimit,
    Option{.name = "sort",
           .value = "KEY",
           .help = "time (default), date, ip, mac, vendor, name or latency.",
           .kind = ValueOf::Choice,
           .choices = kSorts},
    Option{.name = "by",
           .value = "GROUP",
           .help = "Group by mac or vendor.",
           .kind = ValueOf::Choice,
           .choices = kGroups},
    Option{.name = "oldest", .help = "Oldest first instead of newest first."},
    Option{.name = "today", .help = "Only today; short for date:today."},
    Option{.name = "dns", .help = "Only DNS; short for is:dns."},
    Option{.name = "dhcp", .help = "Only DHCP; short for is:dhcp."},
    Option{.name = "after",
           .value = "CURSOR",
           .help = "Continue after the page that named this cursor."},
    kFormat,
    kJson,
    kOutput,
    kStore,
};
constexpr std::array kLogsExamples{
    Example{"vedette logs vendor:apple type:A,AAAA since:1h",
            "what Apple devices asked for in the last hour"},
    Example{"vedette logs --today rcode:NXDOMAIN --by mac", "failed names, grouped by client"},
    Example{"vedette logs -n 0 --format csv -o all.csv", "everything, for a spreadsheet"},
    Example{"vedette logs 'latency:>200ms -name:*.local'", "slow answers, without mDNS names"},
};

// --- clients, leases, top, stats

constexpr std::array kListOptions{kLimit, kFormat, kJson, kOutput, kStore};
constexpr std::array kTopExamples{
    Example{"vedette top names -n 20", "the names most asked for"},
    Example{"vedette top clients rcode:NXDOMAIN since:1d", "who asks for names that do not exist"},
};
constexpr std::array kStatsOptions{kJson, kOutput, kStore};
constexpr std::array kPlainOptions{kFormat, kJson, kOutput};

// --- demo

constexpr std::array kDemoOptions{
    Option{.name = "keep",
           .value = "FOLDER",
           .help = "Leave the demo's database in FOLDER instead of deleting it.",
           .kind = ValueOf::Folder},
    Option{.name = "read",
           .letter = 'r',
           .value = "FILE",
           .help = "Show this capture instead of the bundled one.",
           .kind = ValueOf::File},
};

constexpr std::array kManOptions{
    Option{.name = "reference",
           .value = "PAGE",
           .help = "Print a reference page in Markdown instead: commands, filters or settings.",
           .kind = ValueOf::Choice,
           .choices = kReferences},
};

constexpr std::array kGlobals{
    Option{.name = "config",
           .letter = 'c',
           .value = "FILE",
           .help = "The settings file.",
           .kind = ValueOf::File},
    Option{.name = "set",
           .value = "NAME=VALUE",
           .help = "Override a setting, such as store.keep_days=7.",
           .kind = ValueOf::Setting},
    Option{.name = "color",
           .value = "WHEN",
           .help = "auto (default), always or never.",
           .kind = ValueOf::Choice,
           .choices = kColors,
           .setting = "display.color"},
};

constexpr std::array kProgramExamples{
    Example{"vedette demo", "see it at work on a bundled capture; needs no root"},
    Example{"vedette watch -r capture.pcap", "read a capture of yours"},
    Example{"vedette logs vendor:apple since:1h", "who asked for what"},
};

constexpr std::array kCommands{
    Command{.name = "watch",
            .summary = "Read captures or listen live; print and store",
            .description =
                "Without -r and -i, the interfaces of the settings are used, else the one that "
                "sees most. Every run ends with "
                "its ledger on standard error: where each packet went.",
            .options = kWatchOptions,
            .examples = kWatchExamples,
            .run = run_watch},
    kAnalyzeCommand,
    Command{.name = "logs",
            .summary = "List what was stored",
            .description = "The newest 100 rows unless -n says otherwise. When there are more, "
                           "the cursor for --after is printed on standard error. In CSV, cells "
                           "that a spreadsheet would execute get an apostrophe in front.",
            .operand = kFilter,
            .options = kLogsOptions,
            .examples = kLogsExamples,
            .run = run_logs},
    kClientsCommand,
    kResolversCommand,
    Command{.name = "leases",
            .summary = "List DHCP leases",
            .operand = kFilter,
            .options = kListOptions,
            .run = run_leases},
    Command{.name = "top",
            .summary = "Count by name, client, vendor, type, rcode or resolver",
            .operand = {.name = "KIND",
                        .help = "names, clients, vendors, types, rcodes or resolvers.",
                        .kind = ValueOf::Choice,
                        .required = true,
                        .choices = kTopKinds},
            .more = kFilter,
            .options = kListOptions,
            .examples = kTopExamples,
            .run = run_top},
    Command{.name = "stats",
            .summary = "Show the size and span of the store",
            .options = kStatsOptions,
            .run = run_stats},
    kAlertsCommand,
    Command{.name = "interfaces",
            .summary = "List the interfaces that can be listened on",
            .options = kPlainOptions,
            .run = run_interfaces},
    Command{.name = "doctor",
            .summary = "Check privileges, kernel, disk and settings",
            .description = "Every finding names its fix. The exit code is 0 when nothing stands "
                           "in the way of listening and storing.",
            .options = kPlainOptions,
            .run = run_doctor},
    Command{.name = "config",
            .summary = "Check, show or locate the settings",
            .description = "check: read the settings and point at mistakes by line.\n"
                           "show: every setting, its value, and where the value comes from.\n"
                           "path: the file that is read.\n"
                           "sample: a commented file with every default.",
            .operand = {.name = "ACTION",
                        .help = "check, show, path or sample.",
                        .kind = ValueOf::Choice,
                        .required = true,
                        .choices = kConfigActions},
            .options = kPlainOptions,
            .run = run_config},
    kServeCommand,
    kRecordsCommand,
    kCollectCommand,
    kSensorsCommand,
    kCertsCommand,
    kImportCommand,
    kNotifyCommand,
    kReplayCommand,
    kAnswerCommand,
    Command{.name = "demo",
            .summary = "Show Vedette at work on a bundled capture",
            .options = kDemoOptions,
            .run = run_demo},
    Command{.name = "version",
            .summary = "Print the version and what it was built with",
            .options = kPlainOptions,
            .run = run_version},
    Command{.name = "completion",
            .summary = "Print a completion script for a shell",
            .operand = {.name = "SHELL",
                        .help = "bash, zsh or fish.",
                        .kind = ValueOf::Choice,
                        .required = true,
                        .choices = kShells},
            .run = run_completion},
    Command{.name = "man",
            .summary = "Print the manual page or a reference page",
            .options = kManOptions,
            .run = run_man},
    Command{.name = "help",
            .summary = "Explain a command, or the filter language",
            .operand = {.name = "TOPIC", .help = "A command's name, or filters."},
            .run = run_help},
};

constexpr CommandLine kCommandLine{kCommands, kGlobals, kProgramExamples};

}  // namespace

const CommandLine& command_line() noexcept {
    return kCommandLine;
}

}  // namespace vedette::app
