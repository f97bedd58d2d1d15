// The words for DNS numbers and back: record types, classes, rcodes, opcodes (IANA registries).
// Numbers without a word have the generic spelling of RFC 3597 5 (TYPE123, CLASS7) or are printed
// as numbers (RCODE25, OPCODE9). Parsing ignores case.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vedette::render {

/// The registered word, or empty: "A", "HTTPS".
[[nodiscard]] std::string_view type_word(std::uint16_t type) noexcept;
/// "A", "TYPE65399".
[[nodiscard]] std::string type_text(std::uint16_t type);
void append_type(std::string& out, std::uint16_t type);
/// "a", "TYPE1", "1", "ANY" or "*".
[[nodiscard]] std::optional<std::uint16_t> parse_type(std::string_view text) noexcept;

/// "IN", "CH", "HS", "NONE", "ANY", "CLASS7".
[[nodiscard]] std::string class_text(std::uint16_t qclass);
void append_class(std::string& out, std::uint16_t qclass);
[[nodiscard]] std::optional<std::uint16_t> parse_class(std::string_view text) noexcept;

/// "NOERROR", "NXDOMAIN", "BADVERS", "RCODE25".
[[nodiscard]] std::string rcode_text(std::uint16_t rcode);
[[nodiscard]] std::string_view rcode_word(std::uint16_t rcode) noexcept;
[[nodiscard]] std::optional<std::uint16_t> parse_rcode(std::string_view text) noexcept;

/// "QUERY", "NOTIFY", "OPCODE9".
[[nodiscard]] std::string opcode_text(std::uint8_t opcode);
[[nodiscard]] std::optional<std::uint8_t> parse_opcode(std::string_view text) noexcept;

/// The word of an extended DNS error (RFC 8914 4), or empty.
[[nodiscard]] std::string_view extended_error_word(std::uint16_t code) noexcept;

}  // namespace vedette::render
