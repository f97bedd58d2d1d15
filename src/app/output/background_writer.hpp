// An Output that is written on a thread of its own, so that making text and writing it overlap. A
// few pieces may wait; then the maker does. While it lives, nobody else touches the output.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "app/output/output.hpp"

namespace vedette::app {

class BackgroundWriter {
  public:
    /// Pieces that may wait to be written.
    static constexpr std::size_t kPieces = 4;

    /// `output` must outlive it.
    explicit BackgroundWriter(Output& output);
    ~BackgroundWriter() { join(); }
    BackgroundWriter(const BackgroundWriter&) = delete;
    BackgroundWriter& operator=(const BackgroundWriter&) = delete;

    /// Copies `text`; waits for room. For one thread.
    void write(std::string_view text);
    /// Nothing more will arrive anywhere: the disk is full, or the reader of a pipe is gone.
    [[nodiscard]] bool stopped() const noexcept { return stopped_.load(std::memory_order_relaxed); }
    /// Waits until everything is written; tells the output's first failure.
    [[nodiscard]] Result<void> finish();

  private:
    void run();
    void join();

    Output& output_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::array<std::string, kPieces> pieces_;
    std::size_t written_ = 0;  // pieces taken off the ring so far
    std::size_t given_ = 0;    // pieces put on it so far
    bool ended_ = false;
    std::atomic<bool> stopped_{false};
    std::thread thread_;
};

}  // namespace vedette::app
