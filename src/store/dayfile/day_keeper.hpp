// Looks after the day files of past days: compresses them with zstd and deletes the oldest beyond
// the limits of age and size. Works on a thread of its own, so that midnight never stalls logging.
//
//   dns-2026-11-21.jsonl        the open day
//   dns-2026-11-20.jsonl.zst    a past day
//   dns-2026-11-20.1.jsonl.zst  events of that day that arrived after it was compressed
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace vedette::store {

/// Zero means no limit.
struct DayRetention {
    std::uint32_t max_days = 0;
    std::uint64_t max_bytes = 0;  ///< over all day files of the folder
};

/// What one round did; errors are collected, not fatal.
struct KeeperReport {
    std::uint32_t compressed = 0;
    std::uint32_t deleted = 0;
    std::vector<std::string> errors;
};

/// One round over `folder`: compresses every plain day file of a day before `today`
/// ("2026-11-21"), then deletes whole days, oldest first. The files of `today` are never touched.
/// `naming` is held while a plain file is renamed: a writer that holds it from finding a file to
/// the end of its write never appends to one that is being compressed.
[[nodiscard]] KeeperReport keep_days(const std::string& folder, const std::string& today,
                                     const DayRetention& retention, std::mutex& naming);

class DayKeeper {
  public:
    DayKeeper(std::string folder, DayRetention retention);
    ~DayKeeper();
    DayKeeper(const DayKeeper&) = delete;
    DayKeeper& operator=(const DayKeeper&) = delete;

    /// Asks for a round with `today` as the open day; returns at once.
    void request(const std::string& today);
    /// See keep_days.
    [[nodiscard]] std::mutex& naming() noexcept;
    /// Waits until every requested round is done and takes the errors since the last call.
    [[nodiscard]] std::vector<std::string> drain();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace vedette::store
