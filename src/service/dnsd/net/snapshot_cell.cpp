#include "service/dnsd/net/snapshot_cell.hpp"

#include <algorithm>

namespace vedette::dnsd {

SnapshotCell::SnapshotCell(SnapshotPointer first) : current_(first.get()) {
    VEDETTE_ASSERT(first != nullptr);
    kept_.push_back(std::move(first));
}

void SnapshotCell::publish(SnapshotPointer next) {
    VEDETTE_ASSERT(next != nullptr);
    const std::lock_guard lock(mutex_);
    current_.store(next.get(), std::memory_order_seq_cst);
    kept_.push_back(std::move(next));
    collect();
}

SnapshotPointer SnapshotCell::latest() const {
    const std::lock_guard lock(mutex_);
    return kept_.back();
}

// A reader that stored a pointer after this check found it no longer current and took another.
void SnapshotCell::collect() {
    const Snapshot* current = kept_.back().get();
    std::erase_if(kept_, [&](const SnapshotPointer& old) {
        if (old.get() == current) return false;
        return std::ranges::none_of(slots_, [&](const auto& slot) {
            return slot->used.load(std::memory_order_seq_cst) == old.get();
        });
    });
}

SnapshotCell::Reader::Reader(SnapshotCell& cell) : cell_(cell), slot_(nullptr) {
    const std::lock_guard lock(cell.mutex_);
    for (const auto& slot : cell.slots_) {
        if (slot->taken) continue;
        slot->taken = true;
        slot_ = &slot->used;
        return;
    }
    cell.slots_.push_back(std::make_unique<Slot>());
    cell.slots_.back()->taken = true;
    slot_ = &cell.slots_.back()->used;
}

SnapshotCell::Reader::~Reader() {
    const std::lock_guard lock(cell_.mutex_);
    release();
    for (const auto& slot : cell_.slots_) {
        if (&slot->used == slot_) slot->taken = false;
    }
    cell_.collect();
}

}  // namespace vedette::dnsd
