// The door to ldns for record types that are too rare for a table row. Internal to render/.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.hpp"

namespace vedette::render {

/// Appends the RDATA as ldns prints it; false, with nothing appended, when ldns does not know the
/// type or refuses the bytes. Allocates.
[[nodiscard]] bool append_by_ldns(std::string& out, std::uint16_t type, ByteView rdata);

}  // namespace vedette::render
