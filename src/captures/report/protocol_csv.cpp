#include "captures/report/protocol_csv.hpp"

#include <fmt/format.h>

namespace vedette::captures {
namespace {

std::string epoch(Timestamp time) {
    if (!time.known() || time.nanos < 0) return {};
    return fmt::format("{}.{:09}", time.nanos / kNanosPerSecond, time.nanos % kNanosPerSecond);
}

}  // namespace

std::string protocol_csv(const CaptureSummary& summary) {
    std::string out = "protocol,packets,bytes,share,first,last,hosts\n";
    for (const ProtocolRow& row : summary.protocols) {
        const double share =
            static_cast<double>(row.packets) / static_cast<double>(summary.totals.packets);
        out += fmt::format("{},{},{},{:.6f},{},{},{}\n", info(row.protocol).name, row.packets,
                           row.bytes, share, epoch(row.first), epoch(row.last), row.hosts);
    }
    return out;
}

}  // namespace vedette::captures
