// The row of the command table for `analyze`.
#pragma once

#include <array>

#include "app/commands/commands.hpp"

namespace vedette::app {

inline constexpr std::array<std::string_view, 4> kAnalyzeSeverities{"info", "low", "medium",
                                                                    "high"};
inline constexpr std::array<std::string_view, 4> kAnalyzePresets{"off", "quiet", "normal",
                                                                 "strict"};
inline constexpr std::array kAnalyzeOptions{
    Option{.name = "csv",
           .value = "FILE",
           .help = "Write a row per packet (docs/analyze.md); - is standard output.",
           .kind = ValueOf::File},
    Option{.name = "protocols",
           .value = "FILE",
           .help = "Write a row per protocol as CSV: packets, bytes, share, first, last, hosts.",
           .kind = ValueOf::File},
    Option{.name = "chart",
           .value = "FILE",
           .help = "Draw the protocols as a bar chart; FILE ends in .svg or .png.",
           .kind = ValueOf::File},
    Option{.name = "report",
           .value = "FILE",
           .help = "Write one self-contained HTML page with everything.",
           .kind = ValueOf::File},
    Option{.name = "flows",
           .value = "TARGET",
           .help = "Write flows as CSV to the file TARGET, or send them to ipfix://HOST:PORT "
                   "(UDP) or ipfix+tcp://HOST:PORT.",
           .kind = ValueOf::File},
    Option{.name = "write",
           .value = "FILTER FILE",
           .help = "Write the packets of matching transactions to a pcapng FILE; an empty FILTER "
                   "is every packet.",
           .count = Count::Two},
    Option{.name = "anonymize",
           .help = "Disguise addresses and names in what --write and --flows hand on, empty other "
                   "payloads (docs/anonymize.md)."},
    Option{.name = "anonymize-key",
           .value = "FILE",
           .help = "The secret to disguise with; made when there is none. Equal keys give equal "
                   "disguises.",
           .kind = ValueOf::File,
           .setting = "anonymize.key"},
    Option{.name = "fail-on",
           .value = "SEVERITY",
           .help = "Exit with 10 when a finding or an anomaly is at least info, low, medium or "
                   "high.",
           .kind = ValueOf::Choice,
           .choices = kAnalyzeSeverities},
    Option{.name = "json", .help = "Print the summary as one JSON object instead of text."},
    Option{.name = "quiet", .letter = 'q', .help = "Print no summary."},
    Option{.name = "limit",
           .letter = 'n',
           .value = "N",
           .help = "At most N rows in each list; 10 unless given.",
           .kind = ValueOf::Number},
    Option{.name = "bpf",
           .value = "EXPRESSION",
           .help = "Take only packets that match this tcpdump expression.",
           .count = Count::Many,
           .setting = "capture.filter"},
    Option{.name = "preset",
           .value = "PRESET",
           .help = "How eager the detectors are: off, quiet, normal (default) or strict.",
           .kind = ValueOf::Choice,
           .choices = kAnalyzePresets,
           .setting = "detect.preset"},
    Option{.name = "port",
           .value = "PORT",
           .help = "A port that carries DNS, instead of 53; may be given several times.",
           .kind = ValueOf::Number,
           .setting = "decode.dns_ports"},
};
inline constexpr std::array kAnalyzeExamples{
    Example{"vedette analyze capture.pcap", "what is in this file"},
    Example{"vedette analyze *.pcap --report report.html", "one page about all of them"},
    Example{"vedette analyze capture.pcap --csv packets.csv --chart protocols.svg",
            "for a spreadsheet and for a report"},
    Example{"vedette analyze capture.pcap --flows ipfix://192.0.2.9:4739",
            "its flows for a collector"},
    Example{"vedette analyze day.pcap --write rcode:SERVFAIL out.pcapng --anonymize",
            "some of its packets to share with others"},
    Example{"vedette analyze -q --fail-on high night.pcap.zst", "in a script: exit code 10 tells"},
};

inline constexpr Command kAnalyzeCommand{
    .name = "analyze",
    .summary = "Say what is in capture files: protocols, talkers, DNS, findings",
    .description =
        "Every packet is classed by protocol: by port, and by content where content tells more. "
        "Several files are one capture. Nothing is stored. A report that goes to standard output "
        "(-) takes the place of the summary.",
    .operand = {.name = "FILE",
                .help = "Capture files (pcap, pcapng, also gz and zst); - is standard input.",
                .kind = ValueOf::File,
                .count = Count::Many,
                .required = true},
    .options = kAnalyzeOptions,
    .examples = kAnalyzeExamples,
    .run = run_analyze};

}  // namespace vedette::app
