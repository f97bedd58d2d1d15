// Numbered turns: threads that took numbers in order go through a place in that order, one at a
// time. Whoever passes sees what those before him did there.
#pragma once

#include <atomic>
#include <cstdint>

namespace vedette::pipeline {

class Turns {
  public:
    /// Until it is the turn of `number`, counted from 0 without gaps.
    void wait(std::uint32_t number) const noexcept {
        for (std::uint32_t now = now_.load(std::memory_order_acquire); now != number;
             now = now_.load(std::memory_order_acquire)) {
            now_.wait(now, std::memory_order_acquire);
        }
    }
    /// The turn that wait() gave is over.
    void pass() noexcept {
        now_.fetch_add(1, std::memory_order_release);
        now_.notify_all();
    }

  private:
    std::atomic<std::uint32_t> now_{0};
};

}  // namespace vedette::pipeline
