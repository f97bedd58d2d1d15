#include "base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace vedette {

void assertion_failed(const char* invariant, const char* file, int line) noexcept {
    std::fprintf(stderr, "vedette: internal error at %s:%d: expected %s\n", file, line, invariant);
    std::abort();
}

}  // namespace vedette
