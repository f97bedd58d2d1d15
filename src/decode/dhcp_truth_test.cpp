// Every capture of the comparison set holds the DHCP messages that an independent decoder counted,
// by type, and the same malformed ones. No exception is needed.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "decode/decoder.hpp"
#include "sys/capture/file_source.hpp"

namespace vedette::decode {
namespace {

using Row = std::map<std::string, std::string>;

Row read_row(const std::string& header, const std::string& line) {
    std::istringstream names(header);
    std::istringstream values(line);
    Row row;
    std::string name;
    std::string value;
    while (std::getline(names, name, '\t') && std::getline(values, value, '\t'))
        row[name] = value;
    return row;
}

TraceCounts decode_file(const std::string& path) {
    Decoder decoder;
    EventBatch out;
    auto source = sys::make_file_source({path});
    if (!source) {
        ADD_FAILURE() << source.error().text;
        return {};
    }
    sys::PacketBatch batch;
    while (true) {
        const auto status = (*source)->read(batch);
        if (!status || *status == sys::ReadStatus::End) break;
        decoder.decode(batch, out);
        out.clear();
    }
    decoder.finish(out);
    return decoder.counts();
}

std::map<std::string, std::uint64_t> columns_of(const TraceCounts& counts) {
    return {{"dhcp_msgs", counts.dhcp_msgs},
            {"dhcp_notype", counts.dhcp_type[0]},
            {"dhcp_discover", counts.dhcp_type[1]},
            {"dhcp_offer", counts.dhcp_type[2]},
            {"dhcp_request", counts.dhcp_type[3]},
            {"dhcp_decline", counts.dhcp_type[4]},
            {"dhcp_ack", counts.dhcp_type[5]},
            {"dhcp_nak", counts.dhcp_type[6]},
            {"dhcp_release", counts.dhcp_type[7]},
            {"dhcp_inform", counts.dhcp_type[8]},
            {"dhcpv6", counts.dhcpv6},
            {"malformed_dhcp", counts.malformed_dhcp}};
}

TEST(DhcpTruth, CountsOfEveryCapture) {
    const std::filesystem::path folder = "../shared/data";
    std::ifstream truth(folder / "truth.tsv");
    if (!truth) GTEST_SKIP() << "no comparison captures at ../shared/data";
    std::string header;
    std::getline(truth, header);
    int with_dhcp = 0;
    for (std::string line; std::getline(truth, line);) {
        const Row row = read_row(header, line);
        const std::string& file = row.at("file");
        const auto counts = columns_of(decode_file(folder / file));
        if (counts.at("dhcp_msgs") + counts.at("dhcpv6") != 0) ++with_dhcp;
        for (const auto& [column, ours] : counts) {
            EXPECT_EQ(std::to_string(ours), row.at(column)) << file << ' ' << column;
        }
    }
    EXPECT_GT(with_dhcp, 40);
}

}  // namespace
}  // namespace vedette::decode
