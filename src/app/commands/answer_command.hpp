// The rows of the command table for the far end of replay: `answer`.
#pragma once

#include <array>

#include "app/commands/commands.hpp"

namespace vedette::app {

inline constexpr std::array<std::string_view, 3> kAnswerRules{"round-robin", "hash", "time"};
inline constexpr std::array kAnswerOptions{
    Option{.name = "listen",
           .letter = 'l',
           .value = "ADDRESS",
           .help = "Answer traced frames over TCP here; ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT; "
                   "may be given several times.",
           .setting = "answer.listen"},
    Option{.name = "dns",
           .value = "ADDRESS",
           .help = "Answer plain DNS over UDP and TCP here; may be given several times.",
           .setting = "answer.dns_listen"},
    Option{.name = "pool",
           .value = "RANGES",
           .help = "Addresses to answer with, such as 192.0.2.11-15,2001:db8::1-2001:db8::f.",
           .setting = "answer.pool"},
    Option{.name = "rule",
           .value = "RULE",
           .help = "round-robin (default), hash (of the name), or time (hours and id).",
           .kind = ValueOf::Choice,
           .choices = kAnswerRules,
           .setting = "answer.rule"},
    Option{.name = "ttl",
           .value = "SECONDS",
           .help = "How long an answer may be kept; 60 unless given.",
           .kind = ValueOf::Number,
           .setting = "answer.ttl"},
};
inline constexpr std::array kAnswerExamples{
    Example{"vedette answer --listen 127.0.0.1:9000 --pool 192.0.2.11-15",
            "the far end for vedette replay --transport traced"},
    Example{"vedette answer --dns 127.0.0.1:5300 --rule hash", "plain DNS too, a name one address"},
};

inline constexpr Command kAnswerCommand{
    .name = "answer",
    .summary = "Answer every question with an address from a pool",
    .description =
        "The far end of `vedette replay`: A and AAAA questions get an address, others an empty "
        "answer; a packet with many questions gets them all answered. For tests on your own "
        "machines, not for a resolver: it answers for every name there is. Hours of rule time "
        "stand in answer.windows of the settings file. docs/replay.md tells more.",
    .options = kAnswerOptions,
    .examples = kAnswerExamples,
    .run = run_answer};

}  // namespace vedette::app
