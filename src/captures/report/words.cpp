#include "captures/report/words.hpp"

#include <fmt/format.h>

#include "base/units.hpp"
#include "sys/clock/local_time.hpp"

namespace vedette::captures {
namespace {

struct Unit {
    std::int64_t seconds;
    std::string_view name;
    std::int64_t below_seconds;
    std::string_view below;
};
constexpr Unit kUnits[] = {
    {86'400, "d", 3'600, "h"},
    {3'600, "h", 60, "m"},
    {60, "m", 1, "s"},
};
constexpr std::int64_t kYear = 31'556'952;

}  // namespace

std::string grouped(std::uint64_t number) {
    std::string text = std::to_string(number);
    for (std::size_t i = text.size(); i > 3; i -= 3)
        text.insert(i - 3, 1, ',');
    return text;
}

std::string percent(std::uint64_t part, std::uint64_t whole) {
    if (part == 0 || whole == 0) return "0 %";
    const double share = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
    if (share < 0.05) return "< 0.1 %";
    return fmt::format("{:.1f} %", share);
}

std::string span_text(Duration duration) {
    const std::int64_t nanos = duration.nanos;
    const auto value = static_cast<double>(nanos);
    if (nanos < kNanosPerMilli) return fmt::format("{} us", nanos / kNanosPerMicro);
    if (nanos < kNanosPerSecond) return fmt::format("{:.3g} ms", value / kNanosPerMilli);
    const std::int64_t seconds = nanos / kNanosPerSecond;
    if (seconds < 60) return fmt::format("{:.3g} s", value / kNanosPerSecond);
    if (seconds >= 2 * kYear) {
        return fmt::format("{:.1f} years", static_cast<double>(seconds) / kYear);
    }
    for (const Unit& unit : kUnits) {
        if (seconds < unit.seconds) continue;
        const std::int64_t rest = seconds % unit.seconds / unit.below_seconds;
        return rest == 0 ? fmt::format("{} {}", seconds / unit.seconds, unit.name)
                         : fmt::format("{} {} {} {}", seconds / unit.seconds, unit.name, rest,
                                       unit.below);
    }
    return {};
}

std::string moment(Timestamp time) {
    if (!time.known()) return {};
    return fmt::format("{} {}", sys::date_text(time), sys::clock_text(time).substr(0, 8));
}

std::string size_text(std::uint64_t bytes) {
    return rounded_bytes_text(bytes);
}

std::string subject(const CaptureSummary& summary) {
    if (summary.files.size() != 1) return fmt::format("{} files", summary.files.size());
    if (summary.files[0] == "-") return "standard input";
    return summary.files[0].substr(summary.files[0].rfind('/') + 1);
}

std::string headline(const CaptureSummary& summary) {
    const PacketTotals& totals = summary.totals;
    std::string out = fmt::format("{} packet{}, {}", grouped(totals.packets),
                                  totals.packets == 1 ? "" : "s", size_text(totals.bytes));
    if (!totals.first.known()) return out;
    const std::string first = moment(totals.first);
    const std::string last = moment(totals.last);
    out += ", " + first;
    if (last != first) {
        out += fmt::format(" to {} ({})", last, span_text(totals.last - totals.first));
    }
    return out;
}

std::vector<Bar> bars(const CaptureSummary& summary, std::size_t most) {
    std::vector<Bar> out;
    const std::size_t all = summary.protocols.size();
    const std::size_t own = all <= most ? all : most - 1;
    for (std::size_t i = 0; i < own; ++i) {
        const ProtocolRow& row = summary.protocols[i];
        out.push_back({std::string(info(row.protocol).name), row.packets, row.bytes, row.hosts});
    }
    if (own == all) return out;
    Bar& other = out.emplace_back();
    other.label = fmt::format("other ({})", all - own);
    for (std::size_t i = own; i < all; ++i) {
        other.packets += summary.protocols[i].packets;
        other.bytes += summary.protocols[i].bytes;
    }
    return out;
}

}  // namespace vedette::captures
