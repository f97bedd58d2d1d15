// Numbers and times as the pictures and pages of a capture write them. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "captures/statistics/capture_summary.hpp"

namespace vedette::captures {

/// "1,234,567".
[[nodiscard]] std::string grouped(std::uint64_t number);
/// "22.0 %"; "< 0.1 %" for what is there but little; 0 of 0 is "0 %".
[[nodiscard]] std::string percent(std::uint64_t part, std::uint64_t whole);
/// "850 us", "12.3 ms", "4 m 12 s", "3 d 4 h", "16.9 years".
[[nodiscard]] std::string span_text(Duration duration);
/// "2026-11-21 12:01:02", local; empty when not known.
[[nodiscard]] std::string moment(Timestamp time);
/// "2.3 MB".
[[nodiscard]] std::string size_text(std::uint64_t bytes);
/// "a.pcap", or "3 files".
[[nodiscard]] std::string subject(const CaptureSummary& summary);
/// "5,617 packets, 2.3 MB, 2026-11-21 12:01:02 to 2026-11-21 12:05:14 (4 m 12 s)".
[[nodiscard]] std::string headline(const CaptureSummary& summary);

/// One bar of the protocol chart.
struct Bar {
    std::string label;
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
    std::uint64_t hosts = 0;
};
/// The protocols as at most `most` bars; what is less is the last one, "other (5)".
[[nodiscard]] std::vector<Bar> bars(const CaptureSummary& summary, std::size_t most);

}  // namespace vedette::captures
