// Bare reading of a capture from the page cache: packets per second, by format.
#include <benchmark/benchmark.h>

#include <filesystem>
#include <fstream>

#include "sys/capture/capture_bytes.hpp"
#include "sys/capture/file_source.hpp"

namespace vedette::sys {
namespace {

constexpr int kPackets = 1'000'000;

std::string write_capture(bool pcapng) {
    const std::string path = std::filesystem::temp_directory_path() /
                             (pcapng ? "vedette-bench.pcapng" : "vedette-bench.pcap");
    CaptureBytes file;
    const std::string data(120, 'd');
    pcapng ? file.section().interface(1) : file.pcap_header(0xa1b2c3d4);
    for (int i = 0; i < kPackets; ++i) {
        pcapng ? file.enhanced(0, static_cast<std::uint64_t>(i), data)
               : file.pcap_record(1, static_cast<std::uint32_t>(i), data);
    }
    std::ofstream(path, std::ios::binary)
        .write(as_text(file.view()).data(), std::ssize(file.view()));
    return path;
}

void read_capture(benchmark::State& state, bool pcapng) {
    const std::string path = write_capture(pcapng);
    std::uint64_t packets = 0;
    for (auto _ : state) {
        auto source = make_file_source({path});
        PacketBatch batch;
        while (*(*source)->read(batch) == ReadStatus::Packets) {
            packets += batch.packets.size();
            benchmark::DoNotOptimize(batch.packets.data());
        }
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(packets));
    std::filesystem::remove(path);
}

BENCHMARK_CAPTURE(read_capture, pcap, false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(read_capture, pcapng, true)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace vedette::sys
