#include "service/collector/server/stream_book.hpp"

#include <algorithm>

namespace vedette::collector {

void StreamBook::load(const StreamKey& key, std::uint64_t sequence) {
    const std::lock_guard lock(mutex_);
    streams_[key] = {sequence, sequence};
}

StreamBook::Take StreamBook::take(const StreamKey& key, std::uint64_t sequence, std::uint64_t age) {
    const std::lock_guard lock(mutex_);
    if (age != age_) return Take::Stale;
    State& state = streams_[key];
    if (sequence <= state.taken) return Take::Before;
    state.taken = sequence;
    return Take::New;
}

std::uint64_t StreamBook::taken(const StreamKey& key) const {
    const std::lock_guard lock(mutex_);
    const auto found = streams_.find(key);
    return found == streams_.end() ? 0 : found->second.taken;
}

std::uint64_t StreamBook::stored(const StreamKey& key) const {
    const std::lock_guard lock(mutex_);
    const auto found = streams_.find(key);
    return found == streams_.end() ? 0 : found->second.stored;
}

void StreamBook::store(const std::vector<std::pair<StreamKey, std::uint64_t>>& done) {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, sequence] : done) {
        State& state = streams_[key];
        state.stored = std::max(state.stored, sequence);
        state.taken = std::max(state.taken, sequence);
    }
}

void StreamBook::start_over() {
    const std::lock_guard lock(mutex_);
    for (auto& [key, state] : streams_)
        state.taken = state.stored;
    ++age_;
}

std::uint64_t StreamBook::age() const {
    const std::lock_guard lock(mutex_);
    return age_;
}

}  // namespace vedette::collector
