// All detectors as one event sink: every batch goes through each of them in a fixed order, and what
// they find goes to a handler. The table of detectors is here and nowhere else.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "detect/detector.hpp"
#include "model/finding.hpp"
#include "model/log_query.hpp"
#include "model/origin/origin_table.hpp"
#include "model/policy/policy.hpp"
#include "pipeline/sinks.hpp"

namespace vedette::service {

using detect::Detector;
using detect::Preset;

/// What detectors are made of. `policy` and `origins` may be null and must outlive them.
struct DetectorInputs {
    Preset preset = Preset::Normal;
    const PolicyHolder* policy = nullptr;
    const OriginTable* origins = nullptr;
    std::vector<ClientRow> clients;       ///< known from earlier runs
    std::vector<IpAddress> dhcp_servers;  ///< known from earlier runs, and never complained of

    DetectorInputs() = default;
    DetectorInputs(Preset wanted) : preset(wanted) {}  // NOLINT: a preset alone is enough
};

/// What is known of a detector before it runs: for help and settings.
struct DetectorInfo {
    std::string_view name;
    std::string_view summary;
    std::unique_ptr<Detector> (*make)(const DetectorInputs& inputs);
};

[[nodiscard]] const std::vector<DetectorInfo>& detector_table();
[[nodiscard]] std::string_view to_text(Preset preset) noexcept;
/// "quiet", "normal", "strict".
[[nodiscard]] Result<Preset> parse_preset(std::string_view text);

class DetectorSet final : public pipeline::EventSink {
  public:
    using Handler = std::function<Result<void>(const Finding&)>;

    DetectorSet(const DetectorInputs& inputs, Handler handler);

    [[nodiscard]] std::string_view name() const noexcept override { return "detectors"; }
    [[nodiscard]] Result<void> consume(const EventBatch& batch) override;
    [[nodiscard]] Result<void> flush() override { return {}; }
    /// Lets time pass when no events do (live sources).
    [[nodiscard]] Result<void> advance(Timestamp now);
    [[nodiscard]] std::size_t memory_bytes() const noexcept;

  private:
    [[nodiscard]] Result<void> hand_over();

    std::vector<std::unique_ptr<Detector>> detectors_;
    std::vector<Finding> findings_;
    Handler handler_;
};

}  // namespace vedette::service
