// Names between wire form and presentation form (RFC 1035 5.1, RFC 4343 2.1): `\.` and `\DDD` keep
// any byte through a round trip. Pure functions; text is appended so that callers reuse buffers.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "wire/dns/name.hpp"

namespace vedette::render {

/// Appends a wire-form name as text with its final dot; the root is ".". An empty view appends
/// nothing. `name` must be uncompressed and whole (what inspect(), expand_name() and events give).
void append_name(std::string& out, ByteView name);
[[nodiscard]] std::string name_text(ByteView name);

/// Reads presentation form into wire form, case kept. The final dot is optional: every name is
/// absolute. Fails with a sentence on empty or over-long labels and names and on broken escapes.
[[nodiscard]] Result<wire::dns::NameBuffer> parse_name(std::string_view text);

/// Appends the bytes of one label, without dots around it.
void append_escaped(std::string& out, ByteView label);
/// Appends bytes between double quotes as a <character-string> of RFC 1035 5.1.
void append_quoted(std::string& out, ByteView bytes);

}  // namespace vedette::render
