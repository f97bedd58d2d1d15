// What a setting can be besides a flag, a number, a text and a duration. Values; no state.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vedette::config {

/// An amount of memory or disk.
struct ByteCount {
    std::uint64_t bytes = 0;
    friend bool operator==(ByteCount, ByteCount) noexcept = default;
};

using TextList = std::vector<std::string>;
using NumberList = std::vector<std::int64_t>;

}  // namespace vedette::config
