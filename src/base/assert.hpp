// Assertions name the invariant that we ourselves broke. They stay on in release: each is a compare
// and a never-taken branch.
#pragma once

namespace vedette {

/// Prints the broken invariant and its place, then aborts.
[[noreturn]] void assertion_failed(const char* invariant, const char* file, int line) noexcept;

}  // namespace vedette

#define VEDETTE_ASSERT(condition)                                        \
    do {                                                                 \
        if (!(condition)) [[unlikely]] {                                 \
            ::vedette::assertion_failed(#condition, __FILE__, __LINE__); \
        }                                                                \
    } while (false)
