#include "service/replay/outcome.hpp"

#include <array>

namespace vedette::replay {
namespace {

constexpr std::array<std::string_view, static_cast<std::size_t>(Cause::Count)> kCauses{
    "",
    "no answer",
    "no answer to a damaged question",
    "port unreachable",
    "no connection",
    "connection closed",
    "answers that are none",
    "run ended",
};
constexpr std::array<std::string_view, static_cast<std::size_t>(Verdict::Count)> kVerdicts{
    "", "same", "rotated", "differs", "missing", "new",
};

}  // namespace

std::string_view to_text(Cause cause) noexcept {
    return kCauses[static_cast<std::size_t>(cause)];
}

std::string_view to_text(Verdict verdict) noexcept {
    return kVerdicts[static_cast<std::size_t>(verdict)];
}

}  // namespace vedette::replay
