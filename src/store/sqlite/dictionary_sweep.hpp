// Takes names, records, RDATA, answer sets, hosts and servers that no row uses any more out of the
// dictionaries after segments were dropped. Mark and sweep in small steps between commits: first
// every row marks what it uses, then answer sets and records mark what they use, then what has no
// mark is deleted. Only the turn from marking to deleting needs the encoder to stand still (see
// finish_marks). Entries made after the start are never deleted. Not thread safe.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/result.hpp"
#include "store/sqlite/connection.hpp"

namespace vedette::store {

/// The dictionaries that are swept.
enum class Dictionary : std::uint8_t { Names, Answers, Records, Rdata, Hosts, Servers };
inline constexpr std::size_t kDictionaries = 6;

/// Which ids are used.
class IdMarks {
  public:
    /// False when it was marked already.
    bool mark(std::uint32_t id) {
        if (id / 64 >= words_.size()) words_.resize(id / 64 + 1 + words_.size() / 4);
        const std::uint64_t bit = std::uint64_t{1} << id % 64;
        const bool fresh = (words_[id / 64] & bit) == 0;
        words_[id / 64] |= bit;
        return fresh;
    }
    [[nodiscard]] bool has(std::uint32_t id) const noexcept {
        return id / 64 < words_.size() && (words_[id / 64] >> id % 64 & 1U) != 0;
    }
    void clear() noexcept { words_.clear(); }

  private:
    std::vector<std::uint64_t> words_;
};

class DictionarySweep {
  public:
    enum class Phase : std::uint8_t { Idle, Rows, Answers, Records, Ready, Deleting };

    void attach(Connection& connection) noexcept { connection_ = &connection; }
    [[nodiscard]] Phase phase() const noexcept { return phase_; }

    /// Begins to mark; only when idle.
    [[nodiscard]] Result<void> start();
    /// Marks or deletes at most about `budget` entries, in the caller's transaction.
    [[nodiscard]] Result<void> step(std::int64_t budget);
    /// When Ready, with everything written and nothing on the way: marks what came meanwhile. What
    /// is_garbage() then says may be forgotten by the encoder, and step() deletes it.
    [[nodiscard]] Result<void> finish_marks();
    [[nodiscard]] bool is_garbage(Dictionary dictionary, std::uint32_t id) const noexcept;
    /// Gives up; what was deleted stays deleted.
    void abandon() noexcept;

  private:
    [[nodiscard]] Result<void> mark_rows(std::int64_t budget, bool deep);
    [[nodiscard]] Result<void> mark_answers(std::int64_t budget);
    [[nodiscard]] Result<void> mark_records(std::int64_t budget);
    [[nodiscard]] Result<void> mark_answer_deep(std::uint32_t answer);
    [[nodiscard]] Result<void> delete_garbage(std::int64_t budget);
    void mark_section(std::string_view ids, std::vector<std::uint32_t>* fresh);
    bool mark(Dictionary dictionary, std::int64_t id);

    Connection* connection_ = nullptr;
    Phase phase_ = Phase::Idle;
    std::array<IdMarks, kDictionaries> marks_;
    std::array<std::int64_t, kDictionaries> limits_{};  // last id at the start
    std::int64_t position_ = 0;                         // in the table that the phase walks
    std::int64_t row_position_ = 0;                     // last row that has marked
    std::size_t dictionary_ = 0;                        // being deleted from
};

}  // namespace vedette::store
