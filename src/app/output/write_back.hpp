// Gives the disk each part of a long file as soon as it is complete, so that neither an fsync() of
// its owner nor the rest of the machine has to wait for all of it at the end. On a thread of its
// own: the system makes whoever asks wait when the disk is busy. One thread feeds it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>

namespace vedette::app {

class WriteBack {
  public:
    /// A few milliseconds of a disk's work.
    static constexpr std::size_t kPartBytes = 4U << 20U;

    /// `descriptor` is a file written from its start, open as long as this lives.
    explicit WriteBack(int descriptor) : descriptor_(descriptor), thread_([this] { run(); }) {}
    ~WriteBack();
    WriteBack(const WriteBack&) = delete;
    WriteBack& operator=(const WriteBack&) = delete;

    /// So many bytes are in the system's hands.
    void reached(std::size_t bytes) noexcept;

  private:
    void run() noexcept;

    int descriptor_;
    std::atomic<std::uint32_t> parts_{0};
    std::atomic<bool> ended_{false};
    std::thread thread_;
};

}  // namespace vedette::app
