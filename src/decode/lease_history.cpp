#include "decode/lease_history.hpp"

#include <algorithm>

namespace vedette::decode {

std::uint32_t LeaseHistory::bind(std::uint32_t newest, const LeaseEvent& lease,
                                 std::string_view name) {
    name = name.substr(0, kMaxHostName);
    const Timestamp end = lease.end.known() ? lease.end : Timestamp{INT64_MAX};  // kNever: for ever
    if (newest != kNone) {
        LeaseRecord& record = records_[newest];
        const bool live = lease.time >= record.start && lease.time <= record.end;
        if (live && record.mac == lease.mac && (name.empty() || record.name == name)) {
            record.end = end;
            return newest;
        }
        if (record.mac == lease.mac && name.empty()) name = record.name;
        if (record.end > lease.time) record.end = std::max(record.start, lease.time);
    }
    const std::string kept(name);  // `name` may point into a record that take() moves
    const std::uint32_t slot = take();
    records_[slot] = {lease.time, end, lease.mac, newest, kept};
    drop_oldest(slot);
    return slot;
}

void LeaseHistory::end(std::uint32_t newest, const MacAddress& mac, Timestamp time) noexcept {
    if (newest == kNone || records_[newest].mac != mac) return;
    LeaseRecord& record = records_[newest];
    record.end = std::max(record.start, std::min(record.end, time));
}

void LeaseHistory::release(std::uint32_t newest) {
    while (newest != kNone) {
        const std::uint32_t older = records_[newest].older;
        records_[newest] = {};
        free_.push_back(newest);
        newest = older;
    }
}

std::uint32_t LeaseHistory::take() {
    if (!free_.empty()) {
        const std::uint32_t slot = free_.back();
        free_.pop_back();
        return slot;
    }
    records_.emplace_back();
    return static_cast<std::uint32_t>(records_.size() - 1);
}

void LeaseHistory::drop_oldest(std::uint32_t newest) {
    std::uint32_t last_kept = newest;
    for (std::uint32_t i = 1; i < kPerAddress && records_[last_kept].older != kNone; ++i) {
        last_kept = records_[last_kept].older;
    }
    const std::uint32_t too_old = records_[last_kept].older;
    records_[last_kept].older = kNone;
    release(too_old);
}

}  // namespace vedette::decode
