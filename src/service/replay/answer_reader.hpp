// What the report tells of an answer: its rcode, how many records, the first address. Pure.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "service/replay/outcome.hpp"

namespace vedette::replay {

struct AnswerHead {
    bool cut = false;  ///< TC
};
/// Of a message that has a header.
[[nodiscard]] AnswerHead read_head(ByteView message) noexcept;

/// The records that are looked at: of one owner (wire form; empty: any) for a type asked for.
struct Sought {
    ByteView owner;
    std::uint16_t type = 0;
};

/// Sets rcode, answers and address of `row`.
void read_answer(ByteView message, const Sought& sought, Outcome& row) noexcept;

}  // namespace vedette::replay
