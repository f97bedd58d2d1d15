// Runs every detector over a capture, packet by packet, and notes when each spoke first. Shared by
// the detection test and `./dev bench detection`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "detect/detector.hpp"
#include "model/finding.hpp"

namespace vedette::test {

/// A subject's first finding, and what had gone by until then.
struct Told {
    Finding finding;
    std::uint64_t after_packets = 0;
    std::uint64_t after_bytes = 0;
};

struct DetectionRun {
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
    std::vector<Told> told;  ///< FindingPhase::Started only

    [[nodiscard]] const Told* first(FindingKind kind) const noexcept;
    [[nodiscard]] std::size_t count(FindingKind kind) const noexcept;
};

[[nodiscard]] Result<DetectionRun> detect_in(const std::string& path, detect::Preset preset);

/// A capture of the reference data, with its kind as truth.tsv calls it.
struct Capture {
    std::string path;
    std::string name;  ///< relative to the data folder
    std::string kind;

    /// Made by a tunnelling tool.
    [[nodiscard]] bool is_tunnel() const;
    /// Ordinary traffic: neither attack nor damage nor a test of parsers.
    [[nodiscard]] bool is_benign() const;
};

/// The UDP payloads sent to port 53 in a capture of Ethernet and IPv4; empty when it is not there.
[[nodiscard]] std::vector<std::vector<std::uint8_t>> queries_of(const std::string& path);

/// Every capture of `folder`; empty when the folder is not there.
[[nodiscard]] std::vector<Capture> list_captures(const std::string& folder);

}  // namespace vedette::test
