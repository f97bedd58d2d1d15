// The answers of a message that a decoder has inspected whole: a walk that steps over names and
// judges nothing, for a part of what an inspection costs. Bytes are still read through the one
// cursor; where they end, it ends. Stateless; what is visited lives as long as the message.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "wire/reader/reader.hpp"

namespace vedette::detect {

/// One name, whole or ending in a pointer (RFC 1035 4.1.4).
inline void skip_name(wire::Reader& reader) noexcept {
    while (reader.ok()) {
        const std::uint8_t length = reader.u8();
        if (length >= 0xc0) return reader.skip(1);
        if (length == 0) return;
        reader.skip(length);
    }
}

/// Calls `visit(type, rdata)` for each record of the answer section that is whole.
/// id(16) flags(16) counts(16 x 4) | name type(16) class(16) | name type class ttl(32) length data
template <typename Visit>
void for_each_answer(ByteView response, Visit visit) {
    wire::Reader reader{response};
    reader.skip(4);
    const std::uint16_t questions = reader.u16();
    const std::uint16_t answers = reader.u16();
    reader.skip(4);
    for (std::uint16_t i = 0; i < questions && reader.ok(); ++i) {
        skip_name(reader);
        reader.skip(4);
    }
    for (std::uint16_t i = 0; i < answers && reader.ok(); ++i) {
        skip_name(reader);
        const std::uint16_t type = reader.u16();
        reader.skip(2 + 4);
        const ByteView rdata = reader.bytes(reader.u16());
        if (reader.ok()) visit(type, rdata);
    }
}

}  // namespace vedette::detect
