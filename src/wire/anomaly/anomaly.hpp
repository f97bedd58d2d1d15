// Damage is evidence. Every way in which bytes can be wrong has one row in anomaly.def: an
// identifier that is stable in stores and logs, a severity, and a sentence for a person. Decoders
// report the code and the offset of its first occurrence; nothing is thrown or logged per packet.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace vedette::wire {

/// One code per row of anomaly.def; None is "nothing wrong". Fits a byte in events.
enum class AnomalyId : std::uint8_t {
    None = 0,
#define VEDETTE_ANOMALY(name, id, severity, sentence) name,
#include "wire/anomaly/anomaly.def"
#undef VEDETTE_ANOMALY
    Count,
};

/// How much an anomaly should worry a person.
enum class Severity : std::uint8_t {
    Info,    ///< unusual but legal, or cut by the capture itself
    Low,     ///< broken in a way that clumsy software produces
    Medium,  ///< broken in a way that no ordinary software produces
    High,    ///< used by attacks
};

struct AnomalyInfo {
    std::string_view id;  ///< stable, lower case with dots: "dns.pointer.forward"
    Severity severity = Severity::Info;
    std::string_view sentence;  ///< what is wrong, for a person
};

/// The table row; `None` has an empty id.
[[nodiscard]] const AnomalyInfo& info(AnomalyId id) noexcept;
[[nodiscard]] std::optional<AnomalyId> find_anomaly(std::string_view id) noexcept;
[[nodiscard]] std::string_view to_text(Severity severity) noexcept;

/// What a decoder found wrong first, and where (bytes from the start of its own input).
struct Damage {
    AnomalyId id = AnomalyId::None;
    std::uint32_t offset = 0;

    [[nodiscard]] explicit operator bool() const noexcept { return id != AnomalyId::None; }
    /// Keeps the first report only.
    void report(AnomalyId anomaly, std::size_t at) noexcept {
        if (id == AnomalyId::None) *this = {anomaly, static_cast<std::uint32_t>(at)};
    }
};

}  // namespace vedette::wire
