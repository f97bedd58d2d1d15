// For tests of decoders: every way to damage a vector a little. Each variant is handed over in a
// heap copy of its exact size, so that the sanitizers see a read one byte past the end.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace vedette::wire {

/// Bytes written as hex digits; anything else between them is ignored.
[[nodiscard]] inline std::vector<std::uint8_t> from_hex(std::string_view text) {
    std::vector<std::uint8_t> bytes;
    unsigned digits = 0;
    unsigned value = 0;
    for (const char c : text) {
        const std::size_t digit = std::string_view("0123456789abcdef").find(c);
        if (digit == std::string_view::npos) continue;
        value = (value << 4U | static_cast<unsigned>(digit)) & 0xffU;
        if (++digits % 2 == 0) bytes.push_back(static_cast<std::uint8_t>(value));
    }
    return bytes;
}

/// Calls `decode(ByteView)` with every prefix of `vector`, the whole included.
template <typename Decode>
void for_each_prefix(ByteView vector, Decode&& decode) {
    for (std::size_t length = 0; length <= vector.size(); ++length) {
        const auto copy = std::make_unique<std::uint8_t[]>(length);
        for (std::size_t i = 0; i < length; ++i)
            copy[i] = vector[i];
        decode(ByteView(copy.get(), length));
    }
}

/// Calls `decode(ByteView)` with every single byte of `vector` set to each other value.
template <typename Decode>
void for_each_byte_change(ByteView vector, Decode&& decode) {
    const auto copy = std::make_unique<std::uint8_t[]>(vector.size());
    for (std::size_t i = 0; i < vector.size(); ++i)
        copy[i] = vector[i];
    for (std::size_t i = 0; i < vector.size(); ++i) {
        for (unsigned value = 0; value < 256; ++value) {
            copy[i] = static_cast<std::uint8_t>(value);
            decode(ByteView(copy.get(), vector.size()));
        }
        copy[i] = vector[i];
    }
}

/// Both of the above.
template <typename Decode>
void for_each_damage(ByteView vector, Decode&& decode) {
    for_each_prefix(vector, decode);
    for_each_byte_change(vector, decode);
}

/// Whether `part` lies within `whole`: what a view may point at.
[[nodiscard]] inline bool lies_within(ByteView part, ByteView whole) noexcept {
    return part.empty() || (part.data() >= whole.data() &&
                            part.data() + part.size() <= whole.data() + whole.size());
}

}  // namespace vedette::wire
