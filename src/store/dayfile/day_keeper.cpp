#include "store/dayfile/day_keeper.hpp"

#include <fmt/format.h>
#include <zstd.h>

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <system_error>
#include <thread>

#include "sys/clock/local_day.hpp"

namespace vedette::store {
namespace {

namespace fs = std::filesystem;

constexpr int kCompressionLevel =
    6;  // past days are read rarely, and a thread of its own has the time
constexpr std::string_view kPlain = ".jsonl";
constexpr std::string_view kCompressed = ".jsonl.zst";
constexpr std::string_view kClosing = ".jsonl.closing";  // set aside, being compressed
constexpr std::size_t kDateChars = 10;

struct CloseFile {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};
using FilePointer = std::unique_ptr<std::FILE, CloseFile>;
struct FreeCompressor {
    void operator()(ZSTD_CCtx* context) const noexcept { ZSTD_freeCCtx(context); }
};
using Compressor = std::unique_ptr<ZSTD_CCtx, FreeCompressor>;

// "dns-2026-11-20.1.jsonl.zst" -> "2026-11-20"; nothing for other people's files.
std::optional<std::string> day_of(const std::string& name) {
    if (!name.ends_with(kPlain) && !name.ends_with(kCompressed) && !name.ends_with(kClosing)) {
        return std::nullopt;
    }
    const std::size_t dash = name.find('-');
    if (dash == std::string::npos || name.size() < dash + 1 + kDateChars) return std::nullopt;
    std::string day = name.substr(dash + 1, kDateChars);
    if (!sys::parse_local_day(day).begin.known()) return std::nullopt;
    return day;
}

std::string without_suffix(const fs::path& path, std::string_view suffix) {
    const std::string text = path.string();
    return text.substr(0, text.size() - suffix.size());
}

bool compress_stream(std::FILE* in, std::FILE* out) {
    const Compressor context(ZSTD_createCCtx());
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kCompressionLevel);
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
    std::vector<char> input(ZSTD_CStreamInSize());
    std::vector<char> output(ZSTD_CStreamOutSize());
    for (bool last = false; !last;) {
        const std::size_t count = std::fread(input.data(), 1, input.size(), in);
        if (std::ferror(in) != 0) return false;
        last = count < input.size();
        ZSTD_inBuffer source{input.data(), count, 0};
        std::size_t pending = 0;
        do {
            ZSTD_outBuffer sink{output.data(), output.size(), 0};
            pending = ZSTD_compressStream2(context.get(), &sink, &source,
                                           last ? ZSTD_e_end : ZSTD_e_continue);
            if (ZSTD_isError(pending) != 0) return false;
            if (std::fwrite(output.data(), 1, sink.pos, out) != sink.pos) return false;
        } while (last ? pending != 0 : source.pos < source.size);
    }
    return std::fflush(out) == 0;
}

// Compresses a file that was set aside and removes it. The compressed copy appears by a rename, so
// when both exist after a crash the work was done and only the removal is missing.
Result<void> compress_day(const fs::path& closing) {
    const fs::path target = without_suffix(closing, kClosing) + std::string(kCompressed);
    std::error_code error;
    if (!fs::exists(target)) {
        const fs::path partial = target.string() + ".partial";
        const FilePointer in(std::fopen(closing.c_str(), "rbe"));
        const FilePointer out(std::fopen(partial.c_str(), "wbe"));
        if (!in || !out || !compress_stream(in.get(), out.get())) {
            fs::remove(partial, error);
            return fail(ErrorKind::Failed, fmt::format("cannot compress {}", closing.string()));
        }
        fs::rename(partial, target, error);
    }
    if (!error) fs::remove(closing, error);
    if (error) {
        return fail(ErrorKind::Failed,
                    fmt::format("cannot replace {}: {}", closing.string(), error.message()));
    }
    return {};
}

// Takes a plain file out of the writer's way: what is appended after this goes to a new file. The
// part number is free among the compressed files and those being compressed.
Result<fs::path> set_aside(const fs::path& plain, std::mutex& naming) {
    const std::string base = without_suffix(plain, kPlain);
    std::string part = base;
    for (int number = 1;
         fs::exists(part + std::string(kCompressed)) || fs::exists(part + std::string(kClosing));
         ++number) {
        part = fmt::format("{}.{}", base, number);
    }
    fs::path closing = part + std::string(kClosing);
    const std::scoped_lock lock(naming);
    std::error_code error;
    fs::rename(plain, closing, error);
    if (error) {
        return fail(ErrorKind::Failed,
                    fmt::format("cannot set {} aside: {}", plain.string(), error.message()));
    }
    return closing;
}

struct DayFiles {
    std::vector<fs::path> paths;
    std::uint64_t bytes = 0;
};

// Whole days by date, so that the map's order is their age.
std::map<std::string, DayFiles> list_days(const std::string& folder) {
    std::map<std::string, DayFiles> days;
    std::error_code error;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
        const auto day = day_of(entry.path().filename().string());
        if (!day) continue;
        DayFiles& files = days[*day];
        files.paths.push_back(entry.path());
        std::error_code ignored;
        files.bytes += entry.file_size(ignored);
    }
    return days;
}

void delete_old_days(const std::string& folder, const std::string& today,
                     const DayRetention& retention, KeeperReport& report) {
    auto days = list_days(folder);
    std::uint64_t total = 0;
    for (const auto& [day, files] : days)
        total += files.bytes;
    std::size_t left = days.size();
    for (const auto& [day, files] : days) {
        const bool too_many = retention.max_days != 0 && left > retention.max_days;
        const bool too_big = retention.max_bytes != 0 && total > retention.max_bytes;
        if (day >= today || (!too_many && !too_big)) return;
        for (const fs::path& path : files.paths) {
            std::error_code error;
            if (fs::remove(path, error)) ++report.deleted;
            if (error) {
                report.errors.push_back(
                    fmt::format("cannot delete {}: {}", path.string(), error.message()));
            }
        }
        total -= files.bytes;
        --left;
    }
}

}  // namespace

KeeperReport keep_days(const std::string& folder, const std::string& today,
                       const DayRetention& retention, std::mutex& naming) {
    KeeperReport report;
    const auto note = [&report](const Result<void>& done) {
        if (done) {
            ++report.compressed;
        } else {
            report.errors.push_back(done.error().text);
        }
    };
    for (const auto& [day, files] : list_days(folder)) {
        if (day >= today) break;
        for (const fs::path& path : files.paths) {
            if (path.string().ends_with(kClosing)) note(compress_day(path));  // left by a crash
            if (path.string().ends_with(kPlain)) {
                const Result<fs::path> closing = set_aside(path, naming);
                note(closing ? compress_day(*closing) : std::unexpected(closing.error()));
            }
        }
    }
    delete_old_days(folder, today, retention, report);
    return report;
}

struct DayKeeper::State {
    std::string folder;
    DayRetention retention;
    std::mutex naming;
    std::mutex mutex;
    std::condition_variable changed;
    std::optional<std::string> requested;
    bool busy = false;
    bool stopping = false;
    std::vector<std::string> errors;
    std::thread worker;

    void run() {
        std::unique_lock lock(mutex);
        while (true) {
            changed.wait(lock, [this] { return stopping || requested.has_value(); });
            if (!requested) return;
            const std::string today = *std::exchange(requested, std::nullopt);
            busy = true;
            lock.unlock();
            KeeperReport report = keep_days(folder, today, retention, naming);
            lock.lock();
            busy = false;
            std::ranges::move(report.errors, std::back_inserter(errors));
            changed.notify_all();
        }
    }
};

DayKeeper::DayKeeper(std::string folder, DayRetention retention)
    : state_(std::make_unique<State>()) {
    state_->folder = std::move(folder);
    state_->retention = retention;
    state_->worker = std::thread([state = state_.get()] { state->run(); });
}

DayKeeper::~DayKeeper() {
    {
        const std::scoped_lock lock(state_->mutex);
        state_->stopping = true;
    }
    state_->changed.notify_all();
    state_->worker.join();
}

std::mutex& DayKeeper::naming() noexcept {
    return state_->naming;
}

void DayKeeper::request(const std::string& today) {
    {
        const std::scoped_lock lock(state_->mutex);
        state_->requested = today;
    }
    state_->changed.notify_all();
}

std::vector<std::string> DayKeeper::drain() {
    std::unique_lock lock(state_->mutex);
    state_->changed.wait(lock, [this] { return !state_->busy && !state_->requested; });
    return std::exchange(state_->errors, {});
}

}  // namespace vedette::store
