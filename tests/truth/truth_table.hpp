// The two tables of the comparison: what the independent decoder counted, and where we differ from
// it on purpose. Both are tab-separated with a header line.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vedette::truth {

using Row = std::map<std::string, std::string, std::less<>>;

/// The rows of a tab-separated file by column name; nothing when it cannot be opened. Lines that
/// start with '#' are comments.
[[nodiscard]] std::optional<std::vector<Row>> read_table(const std::string& path);

/// One cell in which we differ from the other decoder, with the reason why we are right.
struct Exception {
    std::uint64_t ours = 0;
    std::uint64_t theirs = 0;
    std::string reason;
    bool used = false;
};

/// exceptions.tsv, by file and column.
class Exceptions {
  public:
    explicit Exceptions(const std::vector<Row>& rows);
    /// The entry for a cell, marked as used; nullptr when there is none.
    [[nodiscard]] const Exception* find(const std::string& file, std::string_view column);
    /// Entries that no comparison asked for: they must go.
    [[nodiscard]] std::vector<std::string> unused() const;

  private:
    std::map<std::string, Exception, std::less<>> entries_;
};

/// The number in a cell; nothing when it is empty or absent.
[[nodiscard]] std::optional<std::uint64_t> number(const Row& row, std::string_view column);

}  // namespace vedette::truth
