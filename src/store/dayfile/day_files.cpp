#include "store/dayfile/day_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <mutex>
#include <optional>
#include <system_error>
#include <utility>

#include "sys/clock/local_day.hpp"
#include "sys/file/append_file.hpp"

namespace vedette::store {
namespace {

constexpr std::size_t kBufferBytes = 256U << 10U;
// Around midnight, events of two days interleave; captures given out of order need a few more.
constexpr std::size_t kMaxOpenDays = 6;
constexpr std::array<std::string_view, 3> kKindNames{"dns", "dhcp", "alerts"};

struct OpenDay {
    DayKind kind = DayKind::Dns;
    sys::LocalDay day;
    std::optional<sys::AppendFile> file;
    std::string buffer;
    std::uint64_t buffered_lines = 0;
    std::uint64_t last_use = 0;
};

}  // namespace

struct DayFiles::State {
    State(std::string path, sys::FileLock held, DayRetention retention)
        : folder(std::move(path)), folder_lock(std::move(held)), keeper(folder, retention) {}

    OpenDay& day_for(DayKind kind, Timestamp time) {
        for (OpenDay& open : days) {
            if (open.kind == kind && open.day.contains(time)) {
                open.last_use = ++uses;
                return open;
            }
        }
        return start_day(kind, local_days.of(time));
    }

    OpenDay& start_day(DayKind kind, const sys::LocalDay& day) {
        if (days.size() == kMaxOpenDays) {
            const auto oldest = std::ranges::min_element(days, {}, &OpenDay::last_use);
            write_out(*oldest);
            days.erase(oldest);
        }
        if (!newest.begin.known() || day.begin > newest.begin) {
            newest = day;
            keeper.request(newest.to_text());
        }
        return days.emplace_back(kind, day, std::nullopt, std::string{}, 0, ++uses);
    }

    // Drops the buffer when the disk refuses it: memory is bounded and capture goes on.
    void write_out(OpenDay& open) {
        if (open.buffer.empty()) return;
        const Result<void> result = append(open);
        (result ? written : lost) += open.buffered_lines;
        if (!result && !failure) failure = result.error();
        open.buffer.clear();
        open.buffered_lines = 0;
    }

    Result<void> append(OpenDay& open) {
        const std::string path =
            fmt::format("{}/{}-{}.jsonl", folder, kKindNames[static_cast<std::size_t>(open.kind)],
                        open.day.to_text());
        // The keeper may have set aside the file of a day that was past while it lay open.
        const std::scoped_lock lock(keeper.naming());
        if (!open.file || !std::filesystem::exists(path)) {
            auto file = sys::AppendFile::open(path);
            if (!file) return std::unexpected(std::move(file).error());
            open.file = std::move(*file);
        }
        return open.file->append(open.buffer);
    }

    std::string folder;
    sys::FileLock folder_lock;
    DayKeeper keeper;
    sys::LocalDays local_days;
    sys::LocalDay newest;
    std::vector<OpenDay> days;
    std::uint64_t uses = 0;
    std::uint64_t written = 0;
    std::uint64_t lost = 0;
    std::optional<Error> failure;
};

DayFiles::DayFiles(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
DayFiles::DayFiles(DayFiles&&) noexcept = default;
DayFiles& DayFiles::operator=(DayFiles&&) noexcept = default;

DayFiles::~DayFiles() {
    if (state_) static_cast<void>(flush());
}

Result<DayFiles> DayFiles::open(const std::string& folder, DayRetention retention) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) {
        return std::unexpected(
            sys::system_error("cannot create log folder", folder, error.value()));
    }
    auto lock = sys::FileLock::acquire(folder + "/.vedette.lock");
    if (!lock) return fail(std::move(lock).error(), "day files");
    return DayFiles(std::make_unique<State>(folder, std::move(*lock), retention));
}

void DayFiles::write(DayKind kind, Timestamp time, std::string_view line) {
    OpenDay& open = state_->day_for(kind, time);
    open.buffer += line;
    ++open.buffered_lines;
    if (open.buffer.size() >= kBufferBytes) state_->write_out(open);
}

Result<void> DayFiles::flush() {
    for (OpenDay& open : state_->days)
        state_->write_out(open);
    if (const auto failure = std::exchange(state_->failure, std::nullopt)) {
        return std::unexpected(*failure);
    }
    return {};
}

std::uint64_t DayFiles::lines_written() const noexcept {
    return state_->written;
}
std::uint64_t DayFiles::lines_lost() const noexcept {
    return state_->lost;
}
std::vector<std::string> DayFiles::keeper_errors() {
    return state_->keeper.drain();
}

}  // namespace vedette::store
