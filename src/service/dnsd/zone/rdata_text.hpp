// RDATA and type names from presentation form, by ldns: every type it knows, and \# and TYPEnnn for
// those it does not (RFC 3597). Thread safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace vedette::dnsd {

/// "AAAA", "TYPE65280"; any case.
[[nodiscard]] std::optional<std::uint16_t> type_from_text(std::string_view text);
[[nodiscard]] std::string type_to_text(std::uint16_t type);

/// Replaces `out` with the wire form. Relative names get `origin` (wire form).
[[nodiscard]] Result<void> rdata_from_text(std::uint16_t type, std::string_view text,
                                           ByteView origin, std::vector<std::uint8_t>& out);
/// Presentation form of wire RDATA without compression; \# when it cannot be read.
[[nodiscard]] std::string rdata_to_text(std::uint16_t type, ByteView rdata);

}  // namespace vedette::dnsd
