// A shared value that one thread exchanges and others take: std::atomic<std::shared_ptr> with a
// lock that orders every access (that of GCC 12 lets a reader go without order, which is a data
// race). For what is taken now and then; zones have their own cell. Any thread.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace vedette {

template <typename T>
class Published {
  public:
    explicit Published(std::shared_ptr<T> value) noexcept : value_(std::move(value)) {}

    [[nodiscard]] std::shared_ptr<T> load() const {
        const std::scoped_lock lock(mutex_);
        return value_;
    }
    /// What was there before ends outside of the lock.
    void store(std::shared_ptr<T> value) {
        const std::scoped_lock lock(mutex_);
        value_.swap(value);
    }

  private:
    mutable std::mutex mutex_;
    std::shared_ptr<T> value_;
};

}  // namespace vedette
