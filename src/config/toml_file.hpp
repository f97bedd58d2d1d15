// A settings file as a flat list of `section.key = value` with places. The only user of toml++.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/value.hpp"

namespace vedette::config {

struct FileEntry {
    std::string name;  ///< "store.path"
    RawValue value;
    std::uint32_t line = 0;  ///< 1-based
    std::uint32_t column = 0;
};

/// A table inside a section: `[notify.ops]`.
struct FileTable {
    std::string name;  ///< "notify.ops"
    std::uint32_t line = 0;
    std::uint32_t column = 0;
};

/// Something wrong with a file. Line 0 is the file as a whole.
struct Problem {
    std::uint32_t line = 0;
    std::uint32_t column = 0;
    std::string text;
};

struct FileContent {
    std::vector<FileEntry> entries;  ///< also `section.name.key`
    std::vector<FileTable> tables;
    std::vector<Problem> problems;
};

/// Never fails: what cannot be read stands in `problems`.
[[nodiscard]] FileContent parse_toml(std::string_view text);

}  // namespace vedette::config
