#include <cairo.h>

#include <algorithm>
#include <array>
#include <memory>
#include <numbers>

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

struct Surface {
    void operator()(cairo_surface_t* surface) const noexcept { cairo_surface_destroy(surface); }
    void operator()(cairo_t* context) const noexcept { cairo_destroy(context); }
};

void choose(cairo_t* context, Ink ink) {
    const Color& color = kColors[static_cast<std::size_t>(ink)];
    cairo_set_source_rgb(context, color.red, color.green, color.blue);
}

void paint(cairo_t* context, const Rectangle& shape) {
    constexpr double kQuarter = std::numbers::pi / 2;
    const double radius = std::min(shape.radius, shape.width / 2);
    const double right = shape.x + shape.width - radius;
    const double bottom = shape.y + shape.height - radius;
    choose(context, shape.ink);
    cairo_new_sub_path(context);
    cairo_arc(context, right, shape.y + radius, radius, -kQuarter, 0);
    cairo_arc(context, right, bottom, radius, 0, kQuarter);
    cairo_arc(context, shape.x + radius, bottom, radius, kQuarter, 2 * kQuarter);
    cairo_arc(context, shape.x + radius, shape.y + radius, radius, 2 * kQuarter, 3 * kQuarter);
    cairo_close_path(context);
    cairo_fill(context);
}

void paint(cairo_t* context, const Label& label) {
    cairo_select_font_face(context, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                           label.bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(context, label.size);
    cairo_text_extents_t extents;
    cairo_text_extents(context, label.text.c_str(), &extents);
    const double x = label.anchor == Anchor::End ? label.x - extents.x_advance : label.x;
    choose(context, label.ink);
    cairo_move_to(context, x, label.y);
    cairo_show_text(context, label.text.c_str());
}

cairo_status_t append(void* to, const unsigned char* bytes, unsigned length) {
    static_cast<std::string*>(to)->append(reinterpret_cast<const char*>(bytes), length);
    return CAIRO_STATUS_SUCCESS;
}

}  // namespace

Result<std::string> png_image(const Drawing& drawing) {
    const std::unique_ptr<cairo_surface_t, Surface> surface(
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, static_cast<int>(drawing.width * kScale),
                                   static_cast<int>(drawing.height * kScale)));
    const std::unique_ptr<cairo_t, Surface> context(cairo_create(surface.get()));
    cairo_scale(context.get(), kScale, kScale);
    choose(context.get(), Ink::Ground);
    cairo_paint(context.get());
    for (const Rectangle& shape : drawing.rectangles)
        paint(context.get(), shape);
    for (const Label& label : drawing.labels)
        paint(context.get(), label);
    std::string out;
    cairo_status_t status = cairo_status(context.get());
    if (status == CAIRO_STATUS_SUCCESS) {
        status = cairo_surface_write_to_png_stream(surface.get(), append, &out);
    }
    if (status != CAIRO_STATUS_SUCCESS) {
        return fail(ErrorKind::Failed,
                    std::string("cannot draw the chart: ") + cairo_status_to_string(status));
    }
    return out;
}

}  // namespace vedette::captures
