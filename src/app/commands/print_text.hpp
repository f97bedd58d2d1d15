// Prints one text on standard output, for commands whose result is a page or a script.
#pragma once

#include <string_view>

#include "app/output/output.hpp"
#include "base/result.hpp"

namespace vedette::app {

[[nodiscard]] inline Result<int> print_text(std::string_view text) {
    auto output = Output::open("-");
    if (!output) return std::unexpected(std::move(output).error());
    output->write(text);
    VEDETTE_TRY(output->finish());
    return 0;
}

}  // namespace vedette::app
