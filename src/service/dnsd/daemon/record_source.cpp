#include "service/dnsd/daemon/record_source.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "service/dnsd/daemon/zone_changer.hpp"
#include "service/dnsd/zone/rr_type.hpp"

namespace vedette::dnsd {
namespace {

LookupName lookup_name(const std::string& wire) {
    LookupName name;
    name.assign(as_bytes(wire));
    return name;
}

LookupName name_of(const std::string& key) {
    return lookup_name(store::name_of_key(key));
}

}  // namespace

struct RecordSource::Changes {
    std::vector<ZoneEdit> edits;
    std::vector<std::string>& messages;
};

void RecordSource::refresh(ZoneNews& news, std::vector<std::string>& messages) {
    if (path_.empty()) return;
    auto done = read(news, messages);
    if (done) {
        trouble_.clear();
        return;
    }
    if (done.error().text != trouble_) messages.push_back(done.error().text);
    trouble_ = std::move(done.error().text);
    store_.reset();
}

Result<void> RecordSource::read(ZoneNews& news, std::vector<std::string>& messages) {
    if (!store_) {
        // Writing makes the file when nobody has added a record yet.
        auto opened = store::RecordStore::open(path_, store::OpenMode::ReadWrite);
        if (!opened) return std::unexpected(std::move(opened.error()));
        store_ = std::move(*opened);
    }
    const auto now = store_->serial();
    if (!now) return std::unexpected(now.error());
    if (serial_ == *now) return {};
    VEDETTE_TRY(store_->begin_reading());
    const auto reading = store_->serial();
    if (!reading) return std::unexpected(reading.error());
    reading_ = *reading;
    std::optional<std::vector<std::string>> keys;
    if (serial_) {
        auto changed = store_->changed_since(*serial_);
        if (!changed) return std::unexpected(std::move(changed.error()));
        keys = std::move(*changed);
    }
    if (keys) {
        Changes changes{{}, messages};
        VEDETTE_TRY(read_changes(*keys, changes));
        for (const ZoneEdit& edit : changes.edits)
            news.apexes.push_back(edit.apex);
        zones_ = zones_.with(changes.edits);
    } else {
        VEDETTE_TRY(read_all(messages));
        news.all = true;
    }
    store_->end_reading();
    serial_ = reading_;
    return {};
}

Result<void> RecordSource::read_all(std::vector<std::string>& messages) {
    RecordZones builder(reading_);
    VEDETTE_TRY(store_->visit([&](const store::RecordView& record) {
        return builder.add(record.owner, record.type, record.ttl, record.rdata);
    }));
    std::vector<ServedZonePointer> zones;
    for (ZonePointer& zone : builder.finish())
        zones.push_back(prepare_zone(std::move(zone)));
    whole_.clear();
    whole_.insert(builder.nested().begin(), builder.nested().end());
    for (const ZoneProblem& problem : builder.problems()) {
        ServedZonePointer before = zones_.zone_at(lookup_name(problem.apex));
        note_problem(problem, before != nullptr, messages);
        if (before != nullptr) zones.push_back(std::move(before));
    }
    zones_ = ZoneSet(zones);
    return {};
}

void RecordSource::note_problem(const ZoneProblem& problem, bool kept,
                                std::vector<std::string>& messages) {
    // What was wrong is not in the zone that stays: names cannot be changed in it any more.
    whole_.insert(problem.apex);
    messages.push_back(problem.text + (kept ? "; the zone from before stays in service" : ""));
}

Result<void> RecordSource::read_changes(std::span<const std::string> keys, Changes& changes) {
    // In canonical order the changes in one tree follow each other.
    while (!keys.empty()) {
        const auto root = tree_of(keys.front());
        if (!root) return std::unexpected(root.error());
        const std::string tree = keys.front().substr(0, *root);
        std::size_t count = 1;
        while (count < keys.size() && keys[count].starts_with(tree))
            ++count;
        const auto in_tree = keys.first(count);
        const auto done = read_names(tree, in_tree, changes);
        if (!done) return std::unexpected(done.error());
        if (!*done) VEDETTE_TRY(read_tree(tree, in_tree, changes));
        keys = keys.subspan(count);
    }
    return {};
}

// The root of a tree is its topmost owner; by this change it may have come or gone.
Result<std::size_t> RecordSource::tree_of(const std::string& key) {
    const LookupName name = name_of(key);
    std::size_t end = 0;
    for (unsigned skip = name.labels();; --skip) {
        if (skip == 0 || zones_.zone_at(name, skip) != nullptr) return end;
        const auto there = store_->has_owner(key.substr(0, end));
        if (!there) return std::unexpected(there.error());
        if (*there) return end;
        end = key.find('\0', end) + 1;
    }
}

Result<void> RecordSource::read_tree(const std::string& tree, std::span<const std::string> keys,
                                     Changes& changes) {
    // Every zone from before is at an owner that is there, or at one that changed.
    std::vector<ZoneEdit> before;
    const auto note_before = [&](const LookupName& name) {
        if (zones_.zone_at(name) != nullptr)
            before.push_back({std::string(as_text(name.wire())), nullptr});
    };
    for (const std::string& key : keys)
        note_before(name_of(key));
    RecordZones builder(reading_);
    LookupName owner;
    VEDETTE_TRY(store_->visit_tree(tree, [&](const store::RecordView& record) {
        if (!equals_lower(record.owner, owner.wire())) {
            owner.assign(record.owner);
            note_before(owner);
        }
        return builder.add(record.owner, record.type, record.ttl, record.rdata);
    }));
    std::set<std::string> settled;
    for (ZonePointer& zone : builder.finish()) {
        std::string apex(as_text(zone->apex_name().wire()));
        settled.insert(apex);
        whole_.erase(apex);
        changes.edits.push_back({std::move(apex), prepare_zone(std::move(zone))});
    }
    for (const ZoneProblem& problem : builder.problems()) {
        const bool kept = zones_.zone_at(lookup_name(problem.apex)) != nullptr;
        note_problem(problem, kept, changes.messages);
        settled.insert(problem.apex);
    }
    whole_.insert(builder.nested().begin(), builder.nested().end());
    for (ZoneEdit& edit : before) {
        if (settled.insert(edit.apex).second) changes.edits.push_back(std::move(edit));
    }
    return {};
}

bool RecordSource::takes_changes(const ServedZone& served, std::size_t changes) const {
    const Zone& zone = *served.zone;
    const std::uint64_t most = std::max(limits_.changed_names, zone.counts().names / 8);
    return zone.counts().names >= limits_.large_zone && zone.changed_names() + changes <= most &&
           !zone.has_nsec() && !zone.has_nsec3() &&
           !whole_.contains(std::string(as_text(zone.apex_name().wire())));
}

Result<bool> RecordSource::read_names(const std::string& tree, std::span<const std::string> keys,
                                      Changes& changes) {
    std::string apex = store::name_of_key(tree);
    const ServedZonePointer served = zones_.zone_at(lookup_name(apex));
    if (served == nullptr || !takes_changes(*served, keys.size())) return false;
    ZoneChanger changer(*store_, served->zone, tree, reading_);
    const auto can = changer.read(keys);
    if (!can) return std::unexpected(can.error());
    if (!*can) return false;
    auto zone = changer.finish();
    if (!zone) {
        const ZoneProblem problem{std::move(apex), std::move(zone.error().text)};
        note_problem(problem, true, changes.messages);
        return true;
    }
    changes.edits.push_back({std::move(apex), prepare_zone(std::move(*zone))});
    return true;
}

}  // namespace vedette::dnsd
