// Finds queries whose header cannot be honest (wire/dns/query_check): answer counts in queries,
// several questions, impossible opcodes, answers sent to a server's port. One finding per client
// and check, however many packets it sends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "detect/detector.hpp"

namespace vedette::detect {

struct HeaderSettings {
    /// Quiet tells the checks of high severity only, Strict also what servers answer (HeaderOdd).
    Preset preset = Preset::Normal;
    /// Damage below high severity is told from this many queries of one client on: broken software
    /// sends a damaged name once in ten thousand queries of ordinary traffic.
    std::uint32_t repeated = 3;
    std::size_t max_subjects = 16'384;

    [[nodiscard]] static HeaderSettings of(Preset preset) noexcept {
        HeaderSettings settings;
        settings.preset = preset;
        if (preset == Preset::Strict) settings.repeated = 1;
        return settings;
    }
};

[[nodiscard]] std::unique_ptr<Detector> make_header_detector(const HeaderSettings& settings);

}  // namespace vedette::detect
