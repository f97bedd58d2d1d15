// Options that many commands take alike, once: where rows come from and how they are printed.
#pragma once

#include <array>
#include <string_view>

#include "app/cli/command.hpp"

namespace vedette::app {

inline constexpr std::array<std::string_view, 4> kFormats{"table", "jsonl", "csv", "tsv"};

inline constexpr Option kStore{.name = "store",
                               .value = "FILE",
                               .help = "The database file.",
                               .kind = ValueOf::File,
                               .setting = "store.path"};
inline constexpr Option kFormat{.name = "format",
                                .value = "FORMAT",
                                .help = "table (default), jsonl, csv or tsv.",
                                .kind = ValueOf::Choice,
                                .choices = kFormats};
inline constexpr Option kJson{.name = "json", .help = "Short for --format jsonl."};
inline constexpr Option kOutput{.name = "output",
                                .letter = 'o',
                                .value = "FILE",
                                .help = "Write results to FILE instead of standard output.",
                                .kind = ValueOf::File};
inline constexpr Option kLimit{.name = "limit",
                               .letter = 'n',
                               .value = "N",
                               .help = "At most N rows; 0 is all.",
                               .kind = ValueOf::Number};

}  // namespace vedette::app
