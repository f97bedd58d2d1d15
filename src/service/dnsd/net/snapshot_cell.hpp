// How a snapshot reaches the threads that answer: the writer swaps one pointer, a reader announces
// which snapshot it uses for a batch. Readers never wait and take no lock; a snapshot is freed when
// no reader announces it any more. One writer at a time, any number of readers.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "service/dnsd/answer/responder.hpp"

namespace vedette::dnsd {

using SnapshotPointer = std::shared_ptr<const Snapshot>;

class SnapshotCell {
  public:
    explicit SnapshotCell(SnapshotPointer first);

    /// Makes `next` what every later batch sees. Frees what nobody uses any more.
    void publish(SnapshotPointer next);
    /// The newest snapshot, for the writer's side.
    [[nodiscard]] SnapshotPointer latest() const;

    /// One per thread; must not outlive the cell.
    class Reader {
      public:
        explicit Reader(SnapshotCell& cell);
        ~Reader();
        Reader(const Reader&) = delete;
        Reader& operator=(const Reader&) = delete;

        /// The snapshot to use until release(); never null.
        [[nodiscard]] const Snapshot& acquire() noexcept {
            const Snapshot* seen = cell_.current_.load(std::memory_order_acquire);
            while (true) {
                slot_->store(seen, std::memory_order_seq_cst);
                const Snapshot* now = cell_.current_.load(std::memory_order_seq_cst);
                if (now == seen) return *seen;
                seen = now;
            }
        }
        void release() noexcept { slot_->store(nullptr, std::memory_order_release); }

      private:
        SnapshotCell& cell_;
        std::atomic<const Snapshot*>* slot_;
    };

  private:
    struct alignas(64) Slot {
        std::atomic<const Snapshot*> used{nullptr};
        bool taken = false;
    };
    void collect();

    alignas(64) std::atomic<const Snapshot*> current_;
    mutable std::mutex mutex_;  // writers and the registration of readers only
    std::vector<std::unique_ptr<Slot>> slots_;
    std::vector<SnapshotPointer> kept_;  // the last is the current one
};

}  // namespace vedette::dnsd
