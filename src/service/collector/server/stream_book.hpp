// How far each stream of batches is: taken over by the server's thread, stored by the storage
// thread. The one place that says whether a batch is new, and what may be acknowledged. What is
// only taken is forgotten on a failure, and then the store's own account counts. Thread safe.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "model/batch_origin.hpp"

namespace vedette::collector {

using StreamKey = std::pair<std::string, std::string>;  ///< sensor, stream

class StreamBook {
  public:
    /// From the store, before anything is taken: everything it knows is stored.
    void load(const StreamKey& key, std::uint64_t sequence);

    enum class Take : std::uint8_t {
        New,
        Before,  ///< a batch of this number was taken already
        Stale,   ///< something was lost since `age`: nothing may be taken out of turn
    };
    [[nodiscard]] Take take(const StreamKey& key, std::uint64_t sequence, std::uint64_t age);
    [[nodiscard]] std::uint64_t taken(const StreamKey& key) const;
    [[nodiscard]] std::uint64_t stored(const StreamKey& key) const;
    /// The storage thread: everything up to these is durable.
    void store(const std::vector<std::pair<StreamKey, std::uint64_t>>& done);
    /// What was taken and not stored is not coming: everybody sends again from what is stored.
    /// Rises with every call; sessions of an older age must end.
    void start_over();
    [[nodiscard]] std::uint64_t age() const;

  private:
    struct State {
        std::uint64_t taken = 0;
        std::uint64_t stored = 0;
    };
    mutable std::mutex mutex_;
    std::map<StreamKey, State> streams_;
    std::uint64_t age_ = 0;
};

}  // namespace vedette::collector
