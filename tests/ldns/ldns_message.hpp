// A DNS message as ldns reads it, in plain values, so that ldns stays in one source.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.hpp"

namespace vedette::test {

struct Record {
    std::vector<std::uint8_t> owner;  ///< uncompressed wire form
    std::vector<std::uint8_t> rdata;  ///< names uncompressed
    std::uint32_t ttl = 0;
    std::uint16_t type = 0;
    std::uint16_t rclass = 0;

    friend bool operator==(const Record&, const Record&) = default;
};

struct Message {
    std::uint16_t id = 0;
    std::vector<Record> questions;               ///< owner, type and class only
    std::array<std::vector<Record>, 3> records;  ///< without OPT, which ldns keeps apart
};

/// Nothing when ldns refuses the message.
[[nodiscard]] std::optional<Message> read_by_ldns(ByteView message);

}  // namespace vedette::test
