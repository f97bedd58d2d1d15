// What a sensor has to tell and the server has not yet stored: whole frames in numbered files of a
// folder, oldest first. A frame is in the page cache before append() returns, so that a process
// that is killed loses nothing; a machine that loses power may lose the last seconds. Bounded: a
// full spool refuses, and what was refused is counted across restarts. One appender and one reader
// thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "sys/file/append_file.hpp"
#include "sys/os/descriptor.hpp"
#include "wire/sensor/frame.hpp"

namespace vedette::collector {

struct SpoolLimits {
    std::uint64_t bytes = 256U << 20U;     ///< of all files
    std::uint64_t file_bytes = 4U << 20U;  ///< at which the next file begins
};

/// What waits, and what happened since the spool was made.
struct SpoolState {
    std::uint64_t next_sequence = 1;  ///< of the next frame
    std::uint64_t acknowledged = 0;   ///< known here; the server may know of more
    std::uint64_t bytes = 0;          ///< of all files
    std::uint64_t events = 0;         ///< in frames that were kept
    std::uint64_t dropped_events = 0;
};

class Spool {
  public:
    /// Creates the folder when it is missing. Busy when another process uses it. A last frame that
    /// was cut by a crash is taken off.
    [[nodiscard]] static Result<std::unique_ptr<Spool>> open(const std::string& folder,
                                                             SpoolLimits limits = {});

    enum class Appended : std::uint8_t { Kept, Full };
    /// Gives the batch the next sequence number and keeps it. Full: it was counted as dropped,
    /// because of the limit or of the disk.
    Appended append(ByteView payload, std::uint32_t batch_bytes, Timestamp now,
                    std::uint64_t events);

    /// The frame with `sequence`, or the next one that is there, header and all; false when there
    /// is none yet.
    [[nodiscard]] Result<bool> read(std::uint64_t sequence, std::vector<std::uint8_t>& frame);
    /// Everything up to `sequence` is stored: files that are no longer needed go.
    void acknowledge(std::uint64_t sequence);

    [[nodiscard]] SpoolState state() const;
    /// Names this numbering: random, made with the folder.
    [[nodiscard]] ByteView stream() const noexcept { return stream_; }

    class Key {
        friend class Spool;
        Key() = default;
    };
    Spool(Key, std::string folder, SpoolLimits limits, sys::FileLock lock)
        : folder_(std::move(folder)), limits_(limits), lock_(std::move(lock)) {}

  private:
    struct File {
        std::string path;
        sys::Descriptor descriptor;
        std::uint64_t first = 0;  ///< sequence of its first frame
        std::uint64_t next = 0;   ///< of the frame after its last
        std::uint64_t bytes = 0;
    };

    [[nodiscard]] Result<void> load();
    [[nodiscard]] Result<void> load_counters();
    [[nodiscard]] Result<void> load_file(const std::string& path, std::uint64_t first);
    [[nodiscard]] Result<void> begin_file();
    [[nodiscard]] bool write_frame(const wire::sensor::FrameHeader& header, ByteView payload);
    void save_counters() noexcept;
    [[nodiscard]] std::shared_ptr<File> file_of(std::uint64_t sequence) const;

    const std::string folder_;
    const SpoolLimits limits_;
    sys::FileLock lock_;
    std::array<std::uint8_t, wire::sensor::kStreamIdBytes> stream_{};
    sys::Descriptor counters_;

    mutable std::mutex mutex_;  // guards everything below
    std::deque<std::shared_ptr<File>> files_;
    SpoolState state_;

    // Where the reader is, so that reading on is no search. The reader's alone.
    std::shared_ptr<File> reading_;
    std::uint64_t reading_next_ = 0;
    std::uint64_t reading_offset_ = 0;
};

}  // namespace vedette::collector
