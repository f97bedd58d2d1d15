#include "service/guard/detector_set.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "detect/flood/flood_detector.hpp"
#include "detect/header/header_detector.hpp"
#include "detect/tunnel/tunnel_detector.hpp"

namespace vedette::service {
namespace {

constexpr std::array<std::string_view, 3> kPresetNames{"quiet", "normal", "strict"};

}  // namespace

const std::vector<DetectorInfo>& detector_table() {
    static const std::vector<DetectorInfo> table{
        {"header", "queries whose header cannot be honest",
         [](Preset preset) {
             return detect::make_header_detector(detect::HeaderSettings::of(preset));
         }},
        {"tunnel", "data carried in DNS names or answers",
         [](Preset preset) {
             return detect::make_tunnel_detector(detect::TunnelSettings::of(preset));
         }},
        {"flood", "denial of service through DNS",
         [](Preset preset) {
             return detect::make_flood_detector(detect::FloodSettings::of(preset));
         }},
    };
    return table;
}

std::string_view to_text(Preset preset) noexcept {
    return kPresetNames[static_cast<std::size_t>(preset)];
}

Result<Preset> parse_preset(std::string_view text) {
    for (std::size_t i = 0; i < kPresetNames.size(); ++i) {
        if (text == kPresetNames[i]) return static_cast<Preset>(i);
    }
    return fail(ErrorKind::Usage,
                fmt::format("\"{}\" is not a preset: use quiet, normal or strict", text));
}

DetectorSet::DetectorSet(Preset preset, Handler handler) : handler_(std::move(handler)) {
    for (const DetectorInfo& row : detector_table())
        detectors_.push_back(row.make(preset));
}

Result<void> DetectorSet::consume(const EventBatch& batch) {
    for (const auto& detector : detectors_)
        detector->observe(batch, findings_);
    return hand_over();
}

Result<void> DetectorSet::advance(Timestamp now) {
    for (const auto& detector : detectors_)
        detector->advance(now, findings_);
    return hand_over();
}

Result<void> DetectorSet::hand_over() {
    for (const Finding& finding : findings_) {
        if (auto taken = handler_(finding); !taken) {
            findings_.clear();
            return taken;
        }
    }
    findings_.clear();
    return {};
}

std::size_t DetectorSet::memory_bytes() const noexcept {
    std::size_t bytes = 0;
    for (const auto& detector : detectors_)
        bytes += detector->memory_bytes();
    return bytes;
}

}  // namespace vedette::service
