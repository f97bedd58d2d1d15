// The rows of the command table for the policy lists: `resolvers`, and `clients` with its listing.
#pragma once

#include <array>

#include "app/commands/commands.hpp"
#include "app/commands/listing_options.hpp"

namespace vedette::app {

inline constexpr std::array<std::string_view, 9> kPolicyActions{
    "authorize", "ban", "ignore", "remove", "list", "accept", "mode", "import", "export"};

inline constexpr Option kPolicyReason{
    .name = "reason", .value = "TEXT", .help = "Why an entry is made; shown in its alerts."};
inline constexpr Option kPolicyFor{.name = "for",
                                   .value = "LENGTH",
                                   .help =
                                       "How long an entry holds: 4h, 7d. Without it, until it "
                                       "is removed."};
inline constexpr Option kPolicyBy{
    .name = "by", .value = "NAME", .help = "Who says so; the account's name when not given."};
inline constexpr Option kPolicyLearn{
    .name = "learn",
    .value = "LENGTH",
    .help = "mode allow-list: gather what is seen for so long before anything is wrong."};
inline constexpr Option kPolicyFile{.name = "policy",
                                    .value = "FILE",
                                    .help = "The file of the policy lists.",
                                    .kind = ValueOf::File,
                                    .setting = "policy.path"};
inline constexpr Option kClientsLimit{.name = "limit",
                                      .letter = 'n',
                                      .value = "N",
                                      .help = "At most N rows; 0 is all.",
                                      .kind = ValueOf::Number};

inline constexpr std::array kResolversOptions{kPolicyReason, kPolicyFor,  kPolicyBy,
                                              kPolicyLearn,  kPolicyFile, kStore,
                                              kFormat,       kJson,       kOutput};
inline constexpr std::array kResolversExamples{
    Example{"vedette resolvers ban 8.8.8.8 8.8.4.4 --reason 'use ours'", "two addresses"},
    Example{"vedette resolvers ban dns.google --for 4h", "a name, for four hours"},
    Example{"vedette resolvers authorize 192.0.2.0/28", "a prefix"},
    Example{"vedette resolvers mode allow-list --learn 7d",
            "learn a week, then everything else "
            "is wrong"},
    Example{"vedette resolvers list", "the entries, and what learning proposes"},
};
inline constexpr Command kResolversCommand{
    .name = "resolvers",
    .summary = "Say which resolvers may be used",
    .description =
        "authorize, ban, ignore WHAT...: addresses, prefixes or names. The longest prefix counts.\n"
        "remove WHAT...: take entries off the list.\n"
        "list: the entries.\n"
        "mode ban-list, mode allow-list: is wrong what is banned, or all that is not authorized; "
        "what DHCP hands out is authorized by itself.\n"
        "accept: authorize everything that learning has proposed.\n"
        "import FILE, export: a line per entry.\n\n"
        "A change takes effect within a second where `vedette watch` runs.",
    .operand = {.name = "ACTION",
                .help = "authorize, ban, ignore, remove, list, accept, mode, import or export.",
                .kind = ValueOf::Choice,
                .required = true,
                .choices = kPolicyActions},
    .more = {.name = "WHAT",
             .help = "What the action takes.",
             .kind = ValueOf::Text,
             .count = Count::Many},
    .options = kResolversOptions,
    .examples = kResolversExamples,
    .run = run_resolvers};

inline constexpr std::array kClientsOptions{kClientsLimit, kPolicyReason, kPolicyFor, kPolicyBy,
                                            kPolicyLearn,  kPolicyFile,   kFormat,    kJson,
                                            kOutput,       kStore};
inline constexpr std::array kClientsExamples{
    Example{"vedette clients vendor:apple", "every Apple device that was seen"},
    Example{"vedette clients ban f4:6b:ef:6a:ad:c4 --reason stolen", "a machine"},
    Example{"vedette clients ban 'vendor:espressif*'", "a manufacturer"},
    Example{"vedette clients list", "the entries of the policy list"},
};
inline constexpr Command kClientsCommand{
    .name = "clients",
    .summary = "List the machines that were seen; say which may be there",
    .description =
        "Without an action, lists the machines that the filter lets through. The actions are those "
        "of `resolvers`, about MAC addresses, their first halves (f4:6b:ef) and manufacturers "
        "(vendor:NAME): authorize, ban, ignore, remove WHAT..., list, accept, mode, import FILE, "
        "export.",
    .operand = {.name = "FILTER",
                .help = "Terms that must all hold, such as vendor:apple type:A since:1h. `vedette "
                        "help filters` lists them. Or an action and what it takes.",
                .kind = ValueOf::Filter,
                .count = Count::Many},
    .options = kClientsOptions,
    .examples = kClientsExamples,
    .run = run_clients};

}  // namespace vedette::app
