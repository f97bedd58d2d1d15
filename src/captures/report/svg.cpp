#include <fmt/format.h>

#include <array>
#include <iterator>

#include "base/utf8.hpp"
#include "captures/report/drawing.hpp"

namespace vedette::captures {
namespace {

constexpr std::array<std::string_view, 6> kClasses{"ground", "text", "quiet",
                                                   "track",  "bar",  "bytes"};

/// The two palettes as CSS; contrast of text on ground is above 4.5 in both.
constexpr std::string_view kStyle =
    ".ground{fill:#ffffff}.text{fill:#1b2733}.quiet{fill:#5c6b7a}.track{fill:#eef1f4}"
    ".bar{fill:#2f6fb3}.bytes{fill:#c07a1c}"
    "@media (prefers-color-scheme:dark){.ground{fill:#14191f}.text{fill:#e4eaf0}"
    ".quiet{fill:#9aa8b5}.track{fill:#222b34}.bar{fill:#5aa0e6}.bytes{fill:#e0a252}}";

std::string_view word(Ink ink) noexcept {
    return kClasses[static_cast<std::size_t>(ink)];
}

}  // namespace

std::string svg_document(const Drawing& drawing) {
    std::string out = fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:g}\" height=\"{1:g}\" "
        "viewBox=\"0 0 {0:g} {1:g}\" role=\"img\" aria-labelledby=\"t d\" "
        "font-family=\"system-ui,'Segoe UI',Roboto,'DejaVu Sans',sans-serif\">\n",
        drawing.width, drawing.height);
    auto to = std::back_inserter(out);
    fmt::format_to(to, "<title id=\"t\">{}</title>\n<desc id=\"d\">{}</desc>\n",
                   xml_text(drawing.title), xml_text(drawing.description));
    fmt::format_to(to, "<style>{}</style>\n", kStyle);
    fmt::format_to(to, "<rect class=\"ground\" width=\"{:g}\" height=\"{:g}\"/>\n", drawing.width,
                   drawing.height);
    for (const Rectangle& shape : drawing.rectangles) {
        fmt::format_to(to,
                       "<rect class=\"{}\" x=\"{:.2f}\" y=\"{:.2f}\" width=\"{:.2f}\" "
                       "height=\"{:.2f}\" rx=\"{:g}\">",
                       word(shape.ink), shape.x, shape.y, shape.width, shape.height, shape.radius);
        if (!shape.title.empty()) fmt::format_to(to, "<title>{}</title>", xml_text(shape.title));
        out += "</rect>\n";
    }
    for (const Label& label : drawing.labels) {
        fmt::format_to(to, "<text class=\"{}\" x=\"{:.2f}\" y=\"{:.2f}\" font-size=\"{:g}\"{}{}>",
                       word(label.ink), label.x, label.y, label.size,
                       label.anchor == Anchor::End ? " text-anchor=\"end\"" : "",
                       label.bold ? " font-weight=\"600\"" : "");
        append_xml(out, label.text);
        out += "</text>\n";
    }
    return out + "</svg>\n";
}

}  // namespace vedette::captures
