#include "store/sqlite/dictionary_sweep.hpp"

#include <charconv>
#include <limits>
#include <string>

namespace vedette::store {
namespace {

/// In the order of Dictionary.
constexpr std::array<const char*, kDictionaries> kTables{"names", "answers", "records",
                                                         "rdata", "hosts",   "servers"};

}  // namespace

bool DictionarySweep::mark(Dictionary dictionary, std::int64_t id) {
    if (id == 0) return false;
    return marks_[static_cast<std::size_t>(dictionary)].mark(static_cast<std::uint32_t>(id));
}

Result<void> DictionarySweep::start() {
    abandon();
    for (std::size_t i = 0; i < kDictionaries; ++i) {
        const auto last =
            connection_->query_integer(std::string("SELECT max(id) FROM ") + kTables[i]);
        if (!last) return std::unexpected(last.error());
        limits_[i] = *last;
    }
    position_ = row_position_ = 0;
    phase_ = Phase::Rows;
    return {};
}

void DictionarySweep::abandon() noexcept {
    phase_ = Phase::Idle;
    for (IdMarks& marks : marks_)
        marks.clear();
}

Result<void> DictionarySweep::step(std::int64_t budget) {
    switch (phase_) {
        case Phase::Rows:
            return mark_rows(budget, false);
        case Phase::Answers:
            return mark_answers(budget);
        case Phase::Records:
            return mark_records(budget);
        case Phase::Deleting:
            return delete_garbage(budget);
        case Phase::Idle:
        case Phase::Ready:
            break;
    }
    return {};
}

/// Rows mark their parties, names and answer sets; `deep`: also what the answer sets use.
Result<void> DictionarySweep::mark_rows(std::int64_t budget, bool deep) {
    auto rows = connection_->prepare(
        "SELECT id, client, server, name, answers FROM dns WHERE id > ? ORDER BY id LIMIT ?");
    if (!rows) return std::unexpected(std::move(rows).error());
    rows->bind(1, row_position_);
    rows->bind(2, budget);
    std::int64_t seen = 0;
    for (;; ++seen) {
        const Result<bool> more = rows->step();
        if (!more) return std::unexpected(more.error());
        if (!*more) break;
        row_position_ = rows->integer(0);
        mark(Dictionary::Hosts, rows->integer(1));
        mark(Dictionary::Servers, rows->integer(2));
        mark(Dictionary::Names, rows->integer(3));
        if (mark(Dictionary::Answers, rows->integer(4)) && deep) {
            VEDETTE_TRY(mark_answer_deep(static_cast<std::uint32_t>(rows->integer(4))));
        }
    }
    if (seen < budget && !deep) {
        phase_ = Phase::Answers;
        position_ = 0;
    }
    return {};
}

void DictionarySweep::mark_section(std::string_view ids, std::vector<std::uint32_t>* fresh) {
    const char* at = ids.data();
    const char* end = at + ids.size();
    while (at < end) {
        std::uint32_t id = 0;
        const auto parsed = std::from_chars(at, end, id);
        at = parsed.ec == std::errc() ? parsed.ptr : at + 1;
        if (parsed.ec != std::errc()) continue;
        if (mark(Dictionary::Records, id) && fresh != nullptr) fresh->push_back(id);
    }
}

Result<void> DictionarySweep::mark_answers(std::int64_t budget) {
    auto answers = connection_->prepare(
        "SELECT id, answer, authority, additional FROM answers WHERE id > ? ORDER BY id LIMIT ?");
    if (!answers) return std::unexpected(std::move(answers).error());
    answers->bind(1, position_);
    answers->bind(2, budget);
    std::int64_t seen = 0;
    for (;; ++seen) {
        const Result<bool> more = answers->step();
        if (!more) return std::unexpected(more.error());
        if (!*more) break;
        position_ = answers->integer(0);
        const auto id = static_cast<std::uint32_t>(position_);
        if (!marks_[static_cast<std::size_t>(Dictionary::Answers)].has(id)) continue;
        for (int section = 1; section <= 3; ++section) {
            mark_section(answers->text(section), nullptr);
        }
    }
    if (seen < budget) {
        phase_ = Phase::Records;
        position_ = 0;
    }
    return {};
}

Result<void> DictionarySweep::mark_records(std::int64_t budget) {
    auto records = connection_->prepare(
        "SELECT id, owner, rdata FROM records WHERE id > ? ORDER BY id LIMIT ?");
    if (!records) return std::unexpected(std::move(records).error());
    records->bind(1, position_);
    records->bind(2, budget);
    std::int64_t seen = 0;
    for (;; ++seen) {
        const Result<bool> more = records->step();
        if (!more) return std::unexpected(more.error());
        if (!*more) break;
        position_ = records->integer(0);
        const auto id = static_cast<std::uint32_t>(position_);
        if (!marks_[static_cast<std::size_t>(Dictionary::Records)].has(id)) continue;
        mark(Dictionary::Names, records->integer(1));
        mark(Dictionary::Rdata, records->integer(2));
    }
    if (seen < budget) phase_ = Phase::Ready;
    return {};
}

Result<void> DictionarySweep::mark_answer_deep(std::uint32_t answer) {
    auto sections =
        connection_->prepare("SELECT answer, authority, additional FROM answers WHERE id = ?");
    if (!sections) return std::unexpected(std::move(sections).error());
    sections->bind(1, std::int64_t{answer});
    const Result<bool> found = sections->step();
    if (!found) return std::unexpected(found.error());
    if (!*found) return {};
    std::vector<std::uint32_t> fresh;
    for (int section = 0; section < 3; ++section)
        mark_section(sections->text(section), &fresh);
    auto record = connection_->prepare("SELECT owner, rdata FROM records WHERE id = ?");
    if (!record) return std::unexpected(std::move(record).error());
    for (const std::uint32_t id : fresh) {
        record->bind(1, std::int64_t{id});
        const Result<bool> row = record->step();
        if (!row) return std::unexpected(row.error());
        if (!*row) continue;
        mark(Dictionary::Names, record->integer(0));
        mark(Dictionary::Rdata, record->integer(1));
        record->reset();
    }
    return {};
}

Result<void> DictionarySweep::finish_marks() {
    VEDETTE_TRY(mark_rows(std::numeric_limits<std::int64_t>::max(), true));
    phase_ = Phase::Deleting;
    position_ = 0;
    dictionary_ = 0;
    return {};
}

bool DictionarySweep::is_garbage(Dictionary dictionary, std::uint32_t id) const noexcept {
    const auto index = static_cast<std::size_t>(dictionary);
    return phase_ == Phase::Deleting && id <= limits_[index] && !marks_[index].has(id);
}

/// Deletes runs of ids without a mark, one statement per run.
Result<void> DictionarySweep::delete_garbage(std::int64_t budget) {
    auto statement = connection_->prepare(std::string("DELETE FROM ") + kTables[dictionary_] +
                                          " WHERE id BETWEEN ? AND ?");
    if (!statement) return std::unexpected(std::move(statement).error());
    const IdMarks& marks = marks_[dictionary_];
    const std::int64_t limit = limits_[dictionary_];
    for (; budget > 0 && position_ < limit; --budget) {
        std::int64_t first = position_ + 1;
        while (first <= limit && marks.has(static_cast<std::uint32_t>(first)))
            ++first;
        std::int64_t last = first;
        while (last < limit && last - first < budget &&
               !marks.has(static_cast<std::uint32_t>(last + 1))) {
            ++last;
        }
        position_ = last;
        if (first > limit) break;
        statement->bind(1, first);
        statement->bind(2, last);
        VEDETTE_TRY(statement->run());
        budget -= last - first;
    }
    if (position_ < limit) return {};
    position_ = 0;
    if (++dictionary_ == kDictionaries) abandon();
    return {};
}

}  // namespace vedette::store
