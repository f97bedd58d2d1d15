// Secrets by which sensors prove their names, from a file of lines "NAME TOKEN". Immutable.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace vedette::collector {

class Tokens {
  public:
    /// Refuses a file that others than its owner and group may read.
    [[nodiscard]] static Result<Tokens> load(const std::string& path);
    /// The name that the token belongs to; empty for an unknown one. Takes equally long for each.
    [[nodiscard]] std::string name_of(std::string_view token) const;

  private:
    struct Entry {
        std::string name;
        std::string token;
    };
    std::vector<Entry> entries_;
};

/// One secret from a file: its first line.
[[nodiscard]] Result<std::string> read_secret(const std::string& path);
/// Letters, digits, '.', '-' and '_', at most 64: fit for files, filters and listings.
[[nodiscard]] bool is_sensor_name(std::string_view name) noexcept;

}  // namespace vedette::collector
