// A picture as rectangles and lines of text whose colours are named by what they are for, so that
// it can be written as SVG (light and dark) or painted as PNG. Lengths are pixels. Values; pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace vedette::captures {

enum class Ink : std::uint8_t { Ground, Text, Quiet, Track, Bar, Bytes };
enum class Anchor : std::uint8_t { Start, End };

struct Rectangle {
    double x = 0;
    double y = 0;
    double width = 0;
    double height = 0;
    double radius = 0;
    Ink ink = Ink::Bar;
    std::string title = {};  ///< shown when pointed at; empty is none
};

struct Label {
    double x = 0;
    double y = 0;  ///< of the baseline
    std::string text;
    double size = 13;
    Anchor anchor = Anchor::Start;
    Ink ink = Ink::Text;
    bool bold = false;
};

struct Drawing {
    double width = 0;
    double height = 0;
    std::string title;        ///< for people who hear it instead of seeing it
    std::string description;  ///< the numbers in a sentence
    std::vector<Rectangle> rectangles;
    std::vector<Label> labels;
};

/// A whole SVG document that follows the reader's preference for light or dark.
[[nodiscard]] std::string svg_document(const Drawing& drawing);
/// Light, at twice the size, so that it is sharp in print and on screens. Fails where cairo is not
/// installed.
[[nodiscard]] Result<std::string> png_image(const Drawing& drawing);

/// `text` for element content and attribute values of XML and HTML; what XML 1.0 2.2 forbids
/// becomes U+FFFD.
void append_xml(std::string& out, std::string_view text);
[[nodiscard]] std::string xml_text(std::string_view text);

}  // namespace vedette::captures
