// The rows of the command table for asking a capture's questions again: `replay`.
#pragma once

#include <array>

#include "app/commands/commands.hpp"
#include "app/commands/listing_options.hpp"

namespace vedette::app {

inline constexpr std::array<std::string_view, 4> kReplayTransports{"udp", "tcp", "tls", "traced"};
inline constexpr std::array<std::string_view, 3> kReplayShown{"all", "problems", "none"};
inline constexpr std::array<std::string_view, 2> kReplayFailures{"lost", "differs"};
inline constexpr std::array<std::string_view, 4> kReplayFormats{"table", "jsonl", "csv", "tsv"};
inline constexpr std::array kReplayOptions{
    Option{.name = "server",
           .letter = 's',
           .value = "HOST:PORT",
           .help = "The server to ask; the port is 53, 853 for tls, 9000 for traced unless given."},
    Option{.name = "transport",
           .value = "HOW",
           .help = "udp (default), tcp, tls, or traced: the original packets to vedette answer.",
           .kind = ValueOf::Choice,
           .choices = kReplayTransports},
    Option{.name = "speed",
           .value = "FACTOR",
           .help = "Pace as in the capture: 1 as it was, 10 ten times as fast; max: as fast as "
                   "answers come."},
    Option{.name = "rate",
           .value = "N",
           .help = "At most N questions a second; 1000 unless --speed or this is given.",
           .kind = ValueOf::Number},
    Option{.name = "in-flight",
           .value = "N",
           .help = "Questions under way at one time; 100 unless given.",
           .kind = ValueOf::Number},
    Option{.name = "connections",
           .value = "N",
           .help = "Connections (4 unless given), or sockets of UDP (8).",
           .kind = ValueOf::Number},
    Option{.name = "timeout",
           .value = "TIME",
           .help = "How long to wait for each attempt; 2s unless given."},
    Option{.name = "retries",
           .value = "N",
           .help = "Further attempts after the first; 2 unless given.",
           .kind = ValueOf::Number},
    Option{.name = "ignore-cut", .help = "Do not ask again over TCP when an answer is cut (TC)."},
    Option{.name = "most",
           .value = "N",
           .help = "Only the first N questions.",
           .kind = ValueOf::Number},
    Option{.name = "any-opcode",
           .help = "Also send what is no question: updates and notifications. They change things."},
    Option{.name = "compare", .help = "Compare the answers with those in the capture."},
    Option{.name = "compare-server",
           .value = "HOST:PORT",
           .help = "Ask this server first, and compare with what it says."},
    Option{.name = "tls-name",
           .value = "NAME",
           .help = "The name that the server's certificate must have; that of --server unless "
                   "given."},
    Option{.name = "tls-ca",
           .value = "FILE",
           .help = "Certificates to trust (PEM) instead of the system's.",
           .kind = ValueOf::File},
    Option{.name = "tls-unchecked", .help = "Do not check the server's certificate."},
    Option{.name = "show",
           .value = "ROWS",
           .help = "all (default), problems (lost, or different), or none.",
           .kind = ValueOf::Choice,
           .choices = kReplayShown},
    Option{.name = "limit",
           .letter = 'n',
           .value = "N",
           .help = "At most N rows; 0 is all. A table has 100 unless given.",
           .kind = ValueOf::Number},
    Option{.name = "chart",
           .value = "FILE",
           .help = "Draw the latencies into an SVG file.",
           .kind = ValueOf::File},
    Option{.name = "fail-on",
           .value = "WHAT",
           .help = "Exit with 10 when a question is lost, or (differs) an answer differs or is "
                   "missing.",
           .kind = ValueOf::Choice,
           .choices = kReplayFailures},
    Option{.name = "format",
           .value = "FORMAT",
           .help = "table (default), jsonl, csv or tsv.",
           .kind = ValueOf::Choice,
           .choices = kReplayFormats},
    Option{.name = "json", .help = "Short for --format jsonl; the sums come last."},
    Option{.name = "csv", .help = "Short for --format csv."},
    kOutput,
    Option{.name = "port",
           .value = "PORT",
           .help = "A port that carries DNS in the capture, instead of 53; may be given several "
                   "times.",
           .kind = ValueOf::Number,
           .setting = "decode.dns_ports"},
};
inline constexpr std::array kReplayExamples{
    Example{"vedette replay capture.pcap --server 127.0.0.1:5300", "ask the questions again"},
    Example{"vedette replay capture.pcap -s 192.0.2.53 --compare --show problems",
            "does my server say what the other one said?"},
    Example{"vedette replay a.pcap -s 192.0.2.53 --compare-server 192.0.2.54 --csv",
            "two servers, side by side"},
    Example{"vedette replay capture.pcap -s 127.0.0.1 --transport traced --speed 10",
            "the packets themselves, to vedette answer"},
    Example{"vedette replay capture.pcap -s 127.0.0.1:5300 --speed max --show none",
            "how fast is it?"},
};

inline constexpr Command kReplayCommand{
    .name = "replay",
    .summary = "Ask a server the questions of a capture again",
    .description =
        "Takes the DNS and mDNS questions of capture files, in the order they were asked, and "
        "sends each to the server you name: one host, from this machine's own address, at most "
        "1000 a second unless you say otherwise. Ask servers that are yours, or whose operator "
        "agrees. docs/replay.md tells what is compared and how.",
    .operand = {.name = "FILE",
                .help = "Capture files (pcap, pcapng, also gz and zst); - is standard input.",
                .kind = ValueOf::File,
                .count = Count::Many,
                .required = true},
    .options = kReplayOptions,
    .examples = kReplayExamples,
    .run = run_replay};

}  // namespace vedette::app
