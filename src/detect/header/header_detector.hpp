// Finds queries whose header cannot be honest (wire/dns/query_check): answer counts in queries,
// several questions, impossible opcodes, answers sent to a server's port. One finding per client
// and check, however many packets it sends.
#pragma once

#include <memory>

#include "detect/detector.hpp"

namespace vedette::detect {

struct HeaderSettings {
    Preset preset = Preset::Normal;  ///< Strict also tells what servers answer (HeaderOdd)
    std::size_t max_subjects = 16'384;

    /// Quiet tells the checks of high severity only.
    [[nodiscard]] static HeaderSettings of(Preset preset) noexcept { return {preset, 16'384}; }
};

[[nodiscard]] std::unique_ptr<Detector> make_header_detector(const HeaderSettings& settings);

}  // namespace vedette::detect
