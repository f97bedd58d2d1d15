// One log file per day and kind: dns-2026-11-21.jsonl, dhcp-2026-11-21.jsonl,
// alerts-2026-11-21.jsonl (docs/formats/dayfile.md). The day is the event's own, in local time, so
// a capture of last month writes last month's files. One writer per folder; a second one is
// refused. Not thread safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "store/dayfile/day_keeper.hpp"

namespace vedette::store {

enum class DayKind : std::uint8_t { Dns, Dhcp, Alerts };

class DayFiles {
  public:
    /// Creates `folder` if needed, locks it, and tidies days that ended while nobody ran.
    /// Busy when another writer has the folder.
    [[nodiscard]] static Result<DayFiles> open(const std::string& folder, DayRetention retention);
    DayFiles(DayFiles&&) noexcept;
    DayFiles& operator=(DayFiles&&) noexcept;
    ~DayFiles();

    /// Buffers one line (with its newline) for the day of `time`.
    void write(DayKind kind, Timestamp time, std::string_view line);
    /// Writes every buffer to its file. Lines a full disk refuses are dropped and counted, whole.
    [[nodiscard]] Result<void> flush();

    /// Lines that reached a file, and lines lost to a full disk.
    [[nodiscard]] std::uint64_t lines_written() const noexcept;
    [[nodiscard]] std::uint64_t lines_lost() const noexcept;
    /// Waits for the keeper and returns what it could not do.
    [[nodiscard]] std::vector<std::string> keeper_errors();

  private:
    struct State;
    explicit DayFiles(std::unique_ptr<State> state) noexcept;
    std::unique_ptr<State> state_;
};

}  // namespace vedette::store
