// One packet in a few words, for a column of a listing: what is asked or answered, which flags, how
// much. Reads the payload once, allocates nothing, and never trusts a byte of it: what it copies is
// printable ASCII. Pure.
#pragma once

#include "captures/listing/text_cursor.hpp"
#include "decode/packet_facts.hpp"

namespace vedette::captures {

/// Appends at most about 160 characters, no line break.
void append_summary(TextCursor& out, const decode::PacketFacts& facts) noexcept;

}  // namespace vedette::captures
