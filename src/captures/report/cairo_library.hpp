// cairo, opened when a PNG is asked for and not before: it brings X11 and font libraries, which a
// program that listens to a network should not carry all day. Only what png.cpp calls is named.
#pragma once

#include <cairo.h>

#include "base/result.hpp"

namespace vedette::captures {

struct CairoLibrary {
    decltype(&::cairo_image_surface_create) image_surface_create;
    decltype(&::cairo_surface_destroy) surface_destroy;
    decltype(&::cairo_surface_write_to_png_stream) surface_write_to_png_stream;
    decltype(&::cairo_create) create;
    decltype(&::cairo_destroy) destroy;
    decltype(&::cairo_status) status;
    decltype(&::cairo_status_to_string) status_to_string;
    decltype(&::cairo_scale) scale;
    decltype(&::cairo_set_source_rgb) set_source_rgb;
    decltype(&::cairo_paint) paint;
    decltype(&::cairo_fill) fill;
    decltype(&::cairo_new_sub_path) new_sub_path;
    decltype(&::cairo_close_path) close_path;
    decltype(&::cairo_arc) arc;
    decltype(&::cairo_move_to) move_to;
    decltype(&::cairo_select_font_face) select_font_face;
    decltype(&::cairo_set_font_size) set_font_size;
    decltype(&::cairo_text_extents) text_extents;
    decltype(&::cairo_show_text) show_text;
};

/// Fails with NotFound and the package's name. Stays open for the rest of the program.
[[nodiscard]] Result<CairoLibrary> open_cairo();

}  // namespace vedette::captures
