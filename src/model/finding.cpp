#include "model/finding.hpp"

#include <array>

namespace vedette {
namespace {

constexpr std::array<FindingInfo, static_cast<std::size_t>(FindingKind::Count)> kTable{{
#define VEDETTE_FINDING(name, id, severity, title, advice) {id, Severity::severity, title, advice},
#include "model/finding.def"
#undef VEDETTE_FINDING
}};

}  // namespace

const FindingInfo& info(FindingKind kind) noexcept {
    const auto index = static_cast<std::size_t>(kind);
    VEDETTE_ASSERT(index < kTable.size());
    return kTable[index];
}

std::optional<FindingKind> find_finding_kind(std::string_view id) noexcept {
    for (std::size_t i = 0; i < kTable.size(); ++i) {
        if (kTable[i].id == id) return static_cast<FindingKind>(i);
    }
    return std::nullopt;
}

}  // namespace vedette
