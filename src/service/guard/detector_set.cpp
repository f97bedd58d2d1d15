#include "service/guard/detector_set.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "detect/answer/answer_detector.hpp"
#include "detect/client_policy/client_policy_detector.hpp"
#include "detect/dhcp/dhcp_detector.hpp"
#include "detect/flood/flood_detector.hpp"
#include "detect/header/header_detector.hpp"
#include "detect/newcomer/newcomer_detector.hpp"
#include "detect/resolver_policy/resolver_policy_detector.hpp"
#include "detect/tunnel/tunnel_detector.hpp"

namespace vedette::service {
namespace {

constexpr std::array<std::string_view, 3> kPresetNames{"quiet", "normal", "strict"};

}  // namespace

const std::vector<DetectorInfo>& detector_table() {
    static const std::vector<DetectorInfo> table{
        {"header", "queries whose header cannot be honest",
         [](const DetectorInputs& in) {
             return detect::make_header_detector(detect::HeaderSettings::of(in.preset));
         }},
        {"tunnel", "data carried in DNS names or answers",
         [](const DetectorInputs& in) {
             return detect::make_tunnel_detector(detect::TunnelSettings::of(in.preset));
         }},
        {"flood", "denial of service through DNS",
         [](const DetectorInputs& in) {
             return detect::make_flood_detector(detect::FloodSettings::of(in.preset));
         }},
        {"resolver-policy", "resolvers that the policy lists forbid, encrypted ones too",
         [](const DetectorInputs& in) {
             return detect::make_resolver_policy_detector(
                 detect::ResolverPolicySettings::of(in.preset), in.policy);
         }},
        {"client-policy", "machines that the policy lists forbid",
         [](const DetectorInputs& in) {
             return detect::make_client_policy_detector({}, in.policy);
         }},
        {"dhcp", "unknown DHCP servers, starvation, address conflicts",
         [](const DetectorInputs& in) {
             return detect::make_dhcp_detector(detect::DhcpSettings::of(in.preset), in.policy,
                                               in.dhcp_servers);
         }},
        {"newcomer", "machines never seen before",
         [](const DetectorInputs& in) {
             return detect::make_newcomer_detector(detect::NewcomerSettings::of(in.preset),
                                                   in.clients);
         }},
        {"answer", "forged answers, public names with private addresses, resolvers that differ",
         [](const DetectorInputs& in) {
             return detect::make_answer_detector(detect::AnswerSettings::of(in.preset), in.origins);
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

DetectorSet::DetectorSet(const DetectorInputs& inputs, Handler handler)
    : handler_(std::move(handler)) {
    for (const DetectorInfo& row : detector_table())
        detectors_.push_back(row.make(inputs));
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
