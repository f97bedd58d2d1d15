#include "app/output/write_back.hpp"

#include <fcntl.h>

namespace vedette::app {

WriteBack::~WriteBack() {
    ended_.store(true, std::memory_order_relaxed);
    parts_.fetch_add(1, std::memory_order_release);
    parts_.notify_one();
    thread_.join();
}

void WriteBack::reached(std::size_t bytes) noexcept {
    const auto parts = static_cast<std::uint32_t>(bytes / kPartBytes);
    if (parts == parts_.load(std::memory_order_relaxed)) return;
    parts_.store(parts, std::memory_order_release);
    parts_.notify_one();
}

// A hint: what cannot be started early (a pipe, a file system without it) is left to the system.
void WriteBack::run() noexcept {
    std::uint32_t done = 0;
    for (;;) {
        parts_.wait(done, std::memory_order_acquire);
        const std::uint32_t parts = parts_.load(std::memory_order_acquire);
        if (ended_.load(std::memory_order_relaxed)) return;
        (void)::sync_file_range(descriptor_, static_cast<off_t>(done * kPartBytes),
                                static_cast<off_t>((parts - done) * kPartBytes),
                                SYNC_FILE_RANGE_WRITE);
        done = parts;
    }
}

}  // namespace vedette::app
