#include "wire/anomaly/anomaly.hpp"

#include <array>

namespace vedette::wire {
namespace {

constexpr std::array<AnomalyInfo, static_cast<std::size_t>(AnomalyId::Count)> kTable{{
    {"", Severity::Info, ""},
#define VEDETTE_ANOMALY(name, id, severity, sentence) {id, Severity::severity, sentence},
#include "wire/anomaly/anomaly.def"
#undef VEDETTE_ANOMALY
}};
static_assert(kTable.size() < 256, "AnomalyId is one byte in events");

}  // namespace

const AnomalyInfo& info(AnomalyId id) noexcept {
    const auto index = static_cast<std::size_t>(id);
    return kTable[index < kTable.size() ? index : 0];
}

std::optional<AnomalyId> find_anomaly(std::string_view id) noexcept {
    for (std::size_t i = 1; i < kTable.size(); ++i) {
        if (kTable[i].id == id) return static_cast<AnomalyId>(i);
    }
    return std::nullopt;
}

std::string_view to_text(Severity severity) noexcept {
    constexpr std::array<std::string_view, 4> kNames{"info", "low", "medium", "high"};
    return kNames[static_cast<std::size_t>(severity)];
}

}  // namespace vedette::wire
