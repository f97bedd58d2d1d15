#include "captures/report/chart.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "captures/report/drawing.hpp"
#include "captures/report/words.hpp"

namespace vedette::captures {
namespace {

constexpr std::size_t kMostBars = 18;
constexpr double kWidth = 860;
constexpr double kMargin = 24;
constexpr double kNameWidth = 120;
constexpr double kNumberWidth = 250;
constexpr double kRow = 26;
constexpr double kBar = 16;
constexpr double kTop = 84;

void add_bar(Drawing& drawing, const Bar& bar, double y, std::uint64_t most, std::uint64_t all) {
    const double left = kMargin + kNameWidth;
    const double room = kWidth - kMargin - kNumberWidth - left;
    const double share = static_cast<double>(bar.packets) / static_cast<double>(most);
    const double middle = y + kRow / 2;
    const std::string numbers = fmt::format("{} packets, {}, {}", grouped(bar.packets),
                                            percent(bar.packets, all), size_text(bar.bytes));
    drawing.rectangles.push_back({left, middle - kBar / 2, room, kBar, 3, Ink::Track});
    drawing.rectangles.push_back({left, middle - kBar / 2, std::max(room * share, 2.0), kBar, 3,
                                  Ink::Bar, bar.label + ": " + numbers});
    const double base = middle + 4.5;
    drawing.labels.push_back({left - 10, base, bar.label, 13, Anchor::End, Ink::Text, true});
    const double right = kWidth - kMargin;
    drawing.labels.push_back({right - 160, base, grouped(bar.packets), 13, Anchor::End});
    drawing.labels.push_back(
        {right - 85, base, percent(bar.packets, all), 13, Anchor::End, Ink::Text, true});
    drawing.labels.push_back({right, base, size_text(bar.bytes), 13, Anchor::End, Ink::Quiet});
    drawing.description += fmt::format("{}: {}. ", bar.label, numbers);
}

Drawing draw(const CaptureSummary& summary) {
    const std::vector<Bar> rows = bars(summary, kMostBars);
    Drawing drawing;
    drawing.width = kWidth;
    drawing.height =
        kTop + kRow * static_cast<double>(std::max<std::size_t>(rows.size(), 1)) + kMargin;
    drawing.title = "Protocols in " + subject(summary);
    drawing.labels.push_back({kMargin, 34, drawing.title, 18, Anchor::Start, Ink::Text, true});
    drawing.labels.push_back({kMargin, 55, headline(summary), 13, Anchor::Start, Ink::Quiet});
    const double right = kWidth - kMargin;
    for (const auto& [x, word] : {std::pair{right - 160, "packets"}, std::pair{right - 85, "share"},
                                  std::pair{right, "bytes"}}) {
        drawing.labels.push_back({x, kTop - 6, word, 11, Anchor::End, Ink::Quiet});
    }
    if (rows.empty()) {
        drawing.description = "The capture holds no packets.";
        drawing.labels.push_back({kMargin, kTop + 18, drawing.description});
        return drawing;
    }
    const std::uint64_t most = std::ranges::max(rows, {}, &Bar::packets).packets;
    double y = kTop;
    for (const Bar& row : rows) {
        add_bar(drawing, row, y, most, summary.totals.packets);
        y += kRow;
    }
    return drawing;
}

}  // namespace

std::optional<ChartFormat> chart_format(std::string_view path) noexcept {
    if (path == "-" || path.ends_with(".svg") || path.ends_with(".SVG")) return ChartFormat::Svg;
    if (path.ends_with(".png") || path.ends_with(".PNG")) return ChartFormat::Png;
    return std::nullopt;
}

Result<std::string> chart_file(const CaptureSummary& summary, ChartFormat format) {
    const Drawing drawing = draw(summary);
    if (format == ChartFormat::Svg) return svg_document(drawing);
    return png_image(drawing);
}

}  // namespace vedette::captures
