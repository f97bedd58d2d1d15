// Splits a master file (RFC 1035 5.1) into entries: joins lines inside parentheses, drops comments,
// keeps quoted strings whole. Reads the file piece by piece, so that its size does not matter. Not
// thread safe.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace vedette::dnsd {

/// One entry; the texts are valid until the next one is read.
struct MasterEntry {
    std::vector<std::string_view> tokens;  ///< quoted strings with their quotes
    std::uint64_t line = 0;                ///< where it starts, from 1
    bool starts_blank = false;             ///< no owner: that of the entry before
};

class MasterLexer {
  public:
    [[nodiscard]] static Result<MasterLexer> open(const std::string& path);
    /// Over a text in memory, which must outlive the lexer.
    [[nodiscard]] static MasterLexer over(std::string_view text);

    /// False at the end. The error carries no place; line() tells it.
    [[nodiscard]] Result<bool> next(MasterEntry& entry);
    [[nodiscard]] std::uint64_t line() const noexcept { return line_; }

  private:
    struct CloseFile {
        void operator()(std::FILE* file) const noexcept { std::fclose(file); }
    };
    enum class Scan : std::uint8_t { Entry, Blank, NeedMore, UnbalancedParenthesis, OpenQuote };

    MasterLexer() = default;
    [[nodiscard]] Scan scan(MasterEntry& entry);
    [[nodiscard]] Result<void> refill();

    std::unique_ptr<std::FILE, CloseFile> file_;
    std::vector<char> buffer_;
    std::string_view text_;   // what is left to scan
    bool at_end_ = true;      // nothing follows text_
    std::uint64_t line_ = 0;  // of the entry being scanned
    std::uint64_t next_line_ = 1;
};

}  // namespace vedette::dnsd
