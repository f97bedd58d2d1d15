#include <algorithm>
#include <array>
#include <numbers>

#include "base/bytes.hpp"
#include "captures/report/cairo_library.hpp"
#include "captures/report/drawing.hpp"

namespace vedette::captures {
namespace {

/// Pixels of the image for one of the drawing.
constexpr double kScale = 2;

struct Color {
    double red, green, blue;
};
/// The light palette of svg.cpp; a picture file cannot follow its reader.
constexpr std::array<Color, 6> kColors{{
    {1, 1, 1},
    {0.106, 0.153, 0.200},
    {0.361, 0.420, 0.478},
    {0.933, 0.945, 0.957},
    {0.184, 0.435, 0.702},
    {0.753, 0.478, 0.110},
}};

/// One picture under way; its cairo objects end with it.
class Painter {
  public:
    Painter(const CairoLibrary& cairo, double width, double height)
        : cairo_(cairo),
          surface_(cairo.image_surface_create(CAIRO_FORMAT_RGB24, static_cast<int>(width * kScale),
                                              static_cast<int>(height * kScale))),
          context_(cairo.create(surface_)) {
        cairo_.scale(context_, kScale, kScale);
        choose(Ink::Ground);
        cairo_.paint(context_);
    }
    ~Painter() {
        cairo_.destroy(context_);
        cairo_.surface_destroy(surface_);
    }
    Painter(const Painter&) = delete;
    Painter& operator=(const Painter&) = delete;

    void paint(const Rectangle& shape) {
        constexpr double kQuarter = std::numbers::pi / 2;
        const double radius = std::min(shape.radius, shape.width / 2);
        const double right = shape.x + shape.width - radius;
        const double bottom = shape.y + shape.height - radius;
        choose(shape.ink);
        cairo_.new_sub_path(context_);
        cairo_.arc(context_, right, shape.y + radius, radius, -kQuarter, 0);
        cairo_.arc(context_, right, bottom, radius, 0, kQuarter);
        cairo_.arc(context_, shape.x + radius, bottom, radius, kQuarter, 2 * kQuarter);
        cairo_.arc(context_, shape.x + radius, shape.y + radius, radius, 2 * kQuarter,
                   3 * kQuarter);
        cairo_.close_path(context_);
        cairo_.fill(context_);
    }

    void paint(const Label& label) {
        cairo_.select_font_face(context_, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                                label.bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
        cairo_.set_font_size(context_, label.size);
        cairo_text_extents_t extents;
        cairo_.text_extents(context_, label.text.c_str(), &extents);
        const double x = label.anchor == Anchor::End ? label.x - extents.x_advance : label.x;
        choose(label.ink);
        cairo_.move_to(context_, x, label.y);
        cairo_.show_text(context_, label.text.c_str());
    }

    [[nodiscard]] Result<std::string> image() {
        std::string out;
        cairo_status_t status = cairo_.status(context_);
        if (status == CAIRO_STATUS_SUCCESS) {
            status = cairo_.surface_write_to_png_stream(surface_, append, &out);
        }
        if (status == CAIRO_STATUS_SUCCESS) return out;
        return fail(ErrorKind::Failed,
                    std::string("cannot draw the chart: ") + cairo_.status_to_string(status));
    }

  private:
    static cairo_status_t append(void* to, const unsigned char* bytes, unsigned length) {
        static_cast<std::string*>(to)->append(as_text({bytes, length}));
        return CAIRO_STATUS_SUCCESS;
    }

    void choose(Ink ink) {
        const Color& color = kColors[static_cast<std::size_t>(ink)];
        cairo_.set_source_rgb(context_, color.red, color.green, color.blue);
    }

    const CairoLibrary& cairo_;
    cairo_surface_t* surface_;
    cairo_t* context_;
};

}  // namespace

Result<std::string> png_image(const Drawing& drawing) {
    const auto cairo = open_cairo();
    if (!cairo) return std::unexpected(cairo.error());
    Painter painter(*cairo, drawing.width, drawing.height);
    for (const Rectangle& shape : drawing.rectangles)
        painter.paint(shape);
    for (const Label& label : drawing.labels)
        painter.paint(label);
    return painter.image();
}

}  // namespace vedette::captures
