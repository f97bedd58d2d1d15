// RDATA from presentation form, by ldns: every type it knows, and \# and TYPEnnn for
// those it does not (RFC 3597). Thread safe.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace vedette::dnsd {

/// Replaces `out` with the wire form. Relative names get `origin` (wire form).
[[nodiscard]] Result<void> rdata_from_text(std::uint16_t type, std::string_view text,
                                           ByteView origin, std::vector<std::uint8_t>& out);

}  // namespace vedette::dnsd
