#include "captures/report/cairo_library.hpp"

#include "sys/os/shared_library.hpp"

namespace vedette::captures {
namespace {

/// The ABI that <cairo.h> describes; it has been stable since 2005.
constexpr const char* kName = "libcairo.so.2";

}  // namespace

Result<CairoLibrary> open_cairo() {
    const sys::SharedLibrary library(kName);
    if (!library.is_open()) {
        return fail(ErrorKind::NotFound,
                    "a PNG chart needs the library cairo (Debian package libcairo2); a chart whose "
                    "name ends in .svg needs nothing");
    }
    CairoLibrary cairo{};
    const bool whole =
        library.find(cairo.image_surface_create, "cairo_image_surface_create") &&
        library.find(cairo.surface_destroy, "cairo_surface_destroy") &&
        library.find(cairo.surface_write_to_png_stream, "cairo_surface_write_to_png_stream") &&
        library.find(cairo.create, "cairo_create") &&
        library.find(cairo.destroy, "cairo_destroy") &&
        library.find(cairo.status, "cairo_status") &&
        library.find(cairo.status_to_string, "cairo_status_to_string") &&
        library.find(cairo.scale, "cairo_scale") &&
        library.find(cairo.set_source_rgb, "cairo_set_source_rgb") &&
        library.find(cairo.paint, "cairo_paint") && library.find(cairo.fill, "cairo_fill") &&
        library.find(cairo.new_sub_path, "cairo_new_sub_path") &&
        library.find(cairo.close_path, "cairo_close_path") &&
        library.find(cairo.arc, "cairo_arc") && library.find(cairo.move_to, "cairo_move_to") &&
        library.find(cairo.select_font_face, "cairo_select_font_face") &&
        library.find(cairo.set_font_size, "cairo_set_font_size") &&
        library.find(cairo.text_extents, "cairo_text_extents") &&
        library.find(cairo.show_text, "cairo_show_text");
    if (!whole) {
        return fail(ErrorKind::Failed, std::string(kName) + " lacks a function of cairo 1.16");
    }
    return cairo;
}

}  // namespace vedette::captures
