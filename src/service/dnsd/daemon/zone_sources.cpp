#include "service/dnsd/daemon/zone_sources.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "base/time.hpp"
#include "render/name_text.hpp"
#include "service/dnsd/zone/master_file.hpp"
#include "service/dnsd/zone/record_zones.hpp"

namespace vedette::dnsd {
namespace {

// A file that is being written may end where half a zone looks whole; it is read when it rests.
constexpr Duration kRest = Duration::millis(250);

bool is_being_written(const timespec& modified) {
    const std::int64_t nanos = modified.tv_sec * kNanosPerSecond + modified.tv_nsec;
    const std::int64_t age = SystemClock().now().nanos - nanos;
    return age >= 0 && age < kRest.nanos;
}

}  // namespace

ZoneSources::ZoneSources(std::vector<ZoneFile> files, std::string records_path)
    : records_path_(std::move(records_path)) {
    for (ZoneFile& file : files) {
        FileState state;
        state.file = std::move(file);
        files_.push_back(std::move(state));
    }
}

bool ZoneSources::refresh(std::vector<std::string>& messages) {
    bool changed = false;
    for (FileState& state : files_)
        changed |= refresh_file(state, messages);
    if (!records_path_.empty()) changed |= refresh_records(messages);
    return changed;
}

void ZoneSources::forget_times() noexcept {
    for (FileState& state : files_)
        state.bytes = kReadAnew;
    records_serial_.reset();
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

bool ZoneSources::refresh_records(std::vector<std::string>& messages) {
    const auto trouble = [&](const Error& error) {
        if (error.text != records_trouble_) messages.push_back(error.text);
        records_trouble_ = error.text;
        records_.reset();
        return false;
    };
    if (!records_) {
        // Writing makes the file when nobody has added a record yet.
        auto store = store::RecordStore::open(records_path_, store::OpenMode::ReadWrite);
        if (!store) return trouble(store.error());
        records_ = std::move(*store);
    }
    const auto serial = records_->serial();
    if (!serial) return trouble(serial.error());
    if (records_serial_ == *serial) return false;
    if (const auto done = read_records(*serial, messages); !done) return trouble(done.error());
    records_serial_ = *serial;
    records_trouble_.clear();
    return true;
}

Result<void> ZoneSources::read_records(std::uint32_t serial, std::vector<std::string>& messages) {
    RecordZones builder(serial);
    VEDETTE_TRY(records_->visit([&](const store::RecordView& record) {
        return builder.add(record.owner, record.type, record.ttl, record.rdata);
    }));
    std::vector<ServedZonePointer> zones;
    for (ZonePointer& zone : builder.finish())
        zones.push_back(prepare_zone(std::move(zone)));
    for (const ZoneProblem& problem : builder.problems()) {
        const auto before = std::ranges::find_if(record_zones_, [&](const ServedZonePointer& zone) {
            return render::name_text(zone->zone->apex_name().wire()) == problem.apex;
        });
        const bool kept = before != record_zones_.end();
        if (kept) zones.push_back(*before);
        messages.push_back(problem.text + (kept ? "; the zone from before stays in service" : ""));
    }
    record_zones_ = std::move(zones);
    return {};
}

ZoneSet ZoneSources::zones() const {
    std::vector<ServedZonePointer> all;
    for (const FileState& state : files_) {
        if (state.zone) all.push_back(state.zone);
    }
    all.insert(all.end(), record_zones_.begin(), record_zones_.end());
    return ZoneSet(std::move(all));
}

}  // namespace vedette::dnsd
