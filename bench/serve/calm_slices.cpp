#include "calm_slices.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <utility>

namespace vedette::load {
namespace {

constexpr auto kSlice = std::chrono::milliseconds(5);
// Waking a thread takes microseconds each time; a foreign program takes a core for milliseconds.
constexpr std::int64_t kMostOwnWait = 20'000;
constexpr std::int64_t kMostServerWait = 400'000;

}  // namespace

ThreadTimes::~ThreadTimes() {
    for (const File& file : files_)
        (void)close(file.descriptor);
}

void ThreadTimes::add(const std::string& path) {
    const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor >= 0) files_.push_back({descriptor});
}

std::int64_t ThreadTimes::foreign_wait() {
    std::int64_t most_ran = 0;
    std::int64_t all_ran = 0;
    std::int64_t waited = 0;
    for (File& file : files_) {
        std::array<char, 96> text{};
        long long now_ran = 0;
        long long now_waited = 0;
        if (pread(file.descriptor, text.data(), text.size() - 1, 0) <= 0 ||
            std::sscanf(text.data(), "%lld %lld", &now_ran, &now_waited) != 2)
            continue;  // the thread has ended
        const std::int64_t ran = now_ran - std::exchange(file.ran, now_ran);
        all_ran += ran;
        const std::int64_t own_wait = now_waited - std::exchange(file.waited, now_waited);
        if (ran < most_ran) continue;
        most_ran = ran;
        waited = own_wait;
    }
    return waited - (all_ran - most_ran);
}

CalmSlices::CalmSlices(const std::vector<int>& server_processes) : began_(Clock::now()) {
    own_.add("/proc/thread-self/schedstat");
    for (const int process : server_processes) {
        std::error_code error;
        const std::filesystem::path threads = "/proc/" + std::to_string(process) + "/task";
        for (const auto& thread : std::filesystem::directory_iterator(threads, error))
            server_.add(thread.path() / "schedstat");
    }
    (void)own_.foreign_wait();
    (void)server_.foreign_wait();
}

void CalmSlices::note(Clock::time_point now, std::size_t latencies) {
    if (now - began_ < kSlice) return;
    const bool own_calm = own_.foreign_wait() <= kMostOwnWait;
    const bool server_calm = server_.foreign_wait() <= kMostServerWait;
    slices_.push_back({latencies, own_calm && server_calm});
    began_ = now;
}

// A wait is counted when it ends, and what was asked before it is answered after it.
void CalmSlices::select(Totals& totals) const {
    const auto calm = [&](std::size_t i) { return i >= slices_.size() || slices_[i].calm; };
    for (std::size_t i = 0; i < slices_.size(); ++i) {
        if ((i != 0 && !calm(i - 1)) || !calm(i) || !calm(i + 1)) continue;
        const auto all = totals.latency_us.begin();
        const std::size_t begin = i == 0 ? 0 : slices_[i - 1].end;
        totals.calm_latency_us.insert(totals.calm_latency_us.end(),
                                      all + static_cast<std::ptrdiff_t>(begin),
                                      all + static_cast<std::ptrdiff_t>(slices_[i].end));
        ++totals.calm_slices;
    }
    totals.slices = slices_.size();
}

}  // namespace vedette::load
