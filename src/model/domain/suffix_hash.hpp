// The hash by which the public suffix table is laid out. Shared by the generator at build time and
// the lookup at run time, so it must not change in one of them alone.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vedette {

/// Hash of a suffix grown by one label on its left; start from 0 at the root. ASCII case folded.
[[nodiscard]] constexpr std::uint64_t extend_suffix_hash(std::uint64_t suffix,
                                                         const std::uint8_t* label,
                                                         std::size_t length) noexcept {
    std::uint64_t hash = 0xcbf29ce484222325ULL ^ (suffix * 0x9e3779b97f4a7c15ULL);
    for (std::size_t i = 0; i < length; ++i) {
        const std::uint8_t c = label[i];
        const auto folded = static_cast<std::uint8_t>(c >= 'A' && c <= 'Z' ? c + 32 : c);
        hash = (hash ^ folded) * 0x100000001b3ULL;
    }
    return hash ^ (hash >> 29U);
}

}  // namespace vedette
