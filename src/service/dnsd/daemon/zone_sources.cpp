#include "service/dnsd/daemon/zone_sources.hpp"

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "base/time.hpp"
#include "service/dnsd/zone/master_file.hpp"

namespace vedette::dnsd {
namespace {

// A file that is being written may end where half a zone looks whole; it is read when it rests.
constexpr Duration kRest = Duration::millis(250);

bool is_being_written(const timespec& modified) {
    const std::int64_t nanos = modified.tv_sec * kNanosPerSecond + modified.tv_nsec;
    const std::int64_t age = SystemClock().now().nanos - nanos;
    return age >= 0 && age < kRest.nanos;
}

std::string lower_case(const OwnedName& name) {
    LookupName lower;
    lower.assign(name.view());
    return std::string(as_text(lower.wire()));
}

}  // namespace

ZoneSources::ZoneSources(std::vector<ZoneFile> files, std::string records_path)
    : records_(std::move(records_path)) {
    for (ZoneFile& file : files) {
        FileState state;
        state.file = std::move(file);
        files_.push_back(std::move(state));
    }
}

ZoneNews ZoneSources::refresh(std::vector<std::string>& messages) {
    ZoneNews news;
    for (FileState& state : files_) {
        if (!refresh_file(state, messages)) continue;
        news.apexes.push_back(lower_case(state.file.apex));
    }
    records_.refresh(news, messages);
    return news;
}

void ZoneSources::forget_times() noexcept {
    for (FileState& state : files_)
        state.bytes = kReadAnew;
    records_.forget();
}

bool ZoneSources::refresh_file(FileState& state, std::vector<std::string>& messages) {
    struct stat now{};
    const bool there = stat(state.file.path.c_str(), &now) == 0;
    if (there && now.st_size == state.bytes && now.st_mtim.tv_sec == state.modified.tv_sec &&
        now.st_mtim.tv_nsec == state.modified.tv_nsec) {
        return false;
    }
    if (!there) {
        if (state.bytes != kMissing)
            messages.push_back(fmt::format("{}: {}", state.file.path, std::strerror(errno)));
        state.bytes = kMissing;
        return false;
    }
    if (state.zone && state.bytes != kReadAnew && is_being_written(now.st_mtim)) return false;
    state.bytes = now.st_size;
    state.modified = now.st_mtim;
    auto zone = load_zone_file(state.file.path, state.file.apex);
    if (!zone) {
        messages.push_back(zone.error().text +
                           (state.zone ? "; the zone from before stays in service" : ""));
        return false;
    }
    if (state.zone && state.zone->zone->same_as(**zone)) return false;
    state.zone = prepare_zone(std::move(*zone));
    return true;
}

ZoneSet ZoneSources::zones() const {
    std::vector<ZoneEdit> files;
    LookupName apex;
    for (const FileState& state : files_) {
        if (!state.zone) continue;
        apex.assign(state.file.apex.view());
        if (records_.zones().zone_at(apex) == nullptr)
            files.push_back({lower_case(state.file.apex), state.zone});
    }
    return files.empty() ? records_.zones() : records_.zones().with(files);
}

}  // namespace vedette::dnsd
