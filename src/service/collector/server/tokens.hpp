// Secrets by which sensors prove their names, from a file of lines "NAME TOKEN".
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
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

/// The tokens in force: set by whoever reads the file again, read by the server's thread.
class TokenHolder {
  public:
    explicit TokenHolder(Tokens tokens) { set(std::move(tokens)); }
    void set(Tokens tokens) {
        auto fresh = std::make_shared<const Tokens>(std::move(tokens));
        const std::lock_guard lock(mutex_);
        tokens_.swap(fresh);
    }
    [[nodiscard]] std::shared_ptr<const Tokens> get() const {
        const std::lock_guard lock(mutex_);
        return tokens_;
    }

  private:
    mutable std::mutex mutex_;
    std::shared_ptr<const Tokens> tokens_;
};

/// One secret from a file: its first line.
[[nodiscard]] Result<std::string> read_secret(const std::string& path);
/// Letters, digits, '.', '-' and '_', at most 64: fit for files, filters and listings.
[[nodiscard]] bool is_sensor_name(std::string_view name) noexcept;

}  // namespace vedette::collector
