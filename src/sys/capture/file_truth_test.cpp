// Every capture of the comparison set holds as many packets as an independent reader counted.
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "sys/capture/file_source.hpp"

namespace vedette::sys {
namespace {

/// The only capture of the set that ends inside a record.
constexpr std::string_view kCut = "ntop-nDPI/fuzz-2021-10-13.pcap";

std::uint64_t count_packets(const std::string& path) {
    auto source = make_file_source({path});
    if (!source) {
        ADD_FAILURE() << source.error().text;
        return 0;
    }
    PacketBatch batch;
    std::uint64_t packets = 0;
    while (true) {
        const Result<ReadStatus> status = (*source)->read(batch);
        if (!status) {
            ADD_FAILURE() << status.error().text;
            return packets;
        }
        if (*status == ReadStatus::End) break;
        packets += batch.packets.size();
    }
    EXPECT_EQ((*source)->warnings().size(), path.ends_with(kCut) ? 1U : 0U) << path;
    return packets;
}

TEST(CaptureTruth, PacketCountsOfEveryCapture) {
    const std::filesystem::path folder = "../shared/data";
    std::ifstream truth(folder / "truth.tsv");
    if (!truth) GTEST_SKIP() << "no comparison captures at ../shared/data";
    std::string line;
    std::getline(truth, line);
    ASSERT_TRUE(line.starts_with("file\tpackets\t"));
    int files = 0;
    while (std::getline(truth, line)) {
        std::istringstream fields(line);
        std::string file;
        std::uint64_t packets = 0;
        std::getline(fields, file, '\t');
        fields >> packets;
        EXPECT_EQ(count_packets(folder / file), packets) << file;
        ++files;
    }
    EXPECT_GT(files, 400);
}

}  // namespace
}  // namespace vedette::sys
