// Which parts of a measurement nobody else disturbed: time is cut into slices, and a slice is calm
// when neither this thread nor the server's threads were kept from their core by foreign programs
// in it, before it or after it. On a machine that does other things, the percentiles of all slices
// are those of its scheduler. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "load_questions.hpp"

namespace vedette::load {

/// What the scheduler counts for some threads (/proc/.../schedstat).
class ThreadTimes {
  public:
    ThreadTimes() = default;
    ThreadTimes(ThreadTimes&& other) noexcept : files_(std::move(other.files_)) {}
    ThreadTimes& operator=(ThreadTimes&&) = delete;
    ~ThreadTimes();
    /// /proc/.../schedstat
    void add(const std::string& path);

    /// Nanoseconds since the last call in which the busiest thread could have run and did not,
    /// without those in which another of these threads did.
    [[nodiscard]] std::int64_t foreign_wait();

  private:
    struct File {
        int descriptor;
        std::int64_t ran = 0, waited = 0;
    };
    std::vector<File> files_;
};

class CalmSlices {
  public:
    /// Of every thread of these processes, and of the calling thread.
    explicit CalmSlices(const std::vector<int>& server_processes);

    /// To be called often; `latencies`: how many there are by now.
    void note(Clock::time_point now, std::size_t latencies);
    /// Keeps the latencies of calm slices; sets how many slices there were.
    void select(Totals& totals) const;

  private:
    struct Slice {
        std::size_t end;  ///< of its latencies
        bool calm;
    };
    ThreadTimes own_;
    ThreadTimes server_;
    Clock::time_point began_;
    std::vector<Slice> slices_;
};

}  // namespace vedette::load
