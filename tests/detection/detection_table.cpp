// Prints what the detectors find in the reference captures: capture, detector, found, after how
// many packets and bytes, false alerts. `./dev bench detection` runs it.
//
// usage: detection_table DATA-FOLDER [quiet|normal|strict]
#include <fmt/format.h>

#include <cstring>
#include <filesystem>

#include "detection_run.hpp"

namespace {

using namespace std::string_view_literals;
using vedette::FindingKind;
using vedette::test::Capture;
using vedette::test::DetectionRun;
using vedette::test::Told;

vedette::detect::Preset parse_preset(std::string_view text) {
    if (text == "quiet"sv) return vedette::detect::Preset::Quiet;
    return text == "strict"sv ? vedette::detect::Preset::Strict : vedette::detect::Preset::Normal;
}

struct Totals {
    int tunnels = 0;
    int found = 0;
    int benign = 0;
    int false_tunnel = 0;
    int false_header = 0;
};

void print_run(const Capture& capture, const DetectionRun& run, Totals& totals) {
    const Told* tunnel = run.first(FindingKind::Tunnel);
    if (capture.is_tunnel()) {
        ++totals.tunnels;
        totals.found += tunnel != nullptr ? 1 : 0;
    }
    if (capture.is_benign()) {
        ++totals.benign;
        totals.false_tunnel += static_cast<int>(run.count(FindingKind::Tunnel));
        totals.false_header += static_cast<int>(run.count(FindingKind::HeaderInvalid));
    }
    for (std::size_t i = 0; i < static_cast<std::size_t>(FindingKind::Count); ++i) {
        const auto kind = static_cast<FindingKind>(i);
        const Told* first = run.first(kind);
        if (first == nullptr) continue;
        fmt::print("{:<14} {:<64} {:<20} {:>3} {:>7} {:>9}  {}\n", capture.kind,
                   capture.name.substr(0, 64), info(kind).id, run.count(kind), first->after_packets,
                   first->after_bytes, first->finding.reason);
    }
    if (capture.is_tunnel() && tunnel == nullptr) {
        fmt::print("{:<14} {:<64} {:<20} not found in {} packets\n", capture.kind, capture.name,
                   "tunnel", run.packets);
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        fmt::print(stderr, "usage: detection_table DATA-FOLDER [quiet|normal|strict]\n");
        return 2;
    }
    if (!std::filesystem::exists(std::string(argv[1]) + "/truth.tsv")) {
        fmt::print("no reference captures in {}: nothing to show\n", argv[1]);
        return 0;
    }
    fmt::print("{:<14} {:<64} {:<20} {:>3} {:>7} {:>9}  {}\n", "kind", "capture", "detector", "n",
               "packets", "bytes", "first reason");
    Totals totals;
    for (const Capture& capture : vedette::test::list_captures(argv[1])) {
        const auto run =
            vedette::test::detect_in(capture.path, parse_preset(argc > 2 ? argv[2] : "normal"));
        if (run) print_run(capture, *run, totals);
    }
    fmt::print(
        "\n{} of {} tunnel captures found; {} benign captures: {} tunnel, {} header alerts\n",
        totals.found, totals.tunnels, totals.benign, totals.false_tunnel, totals.false_header);
    return 0;
}
