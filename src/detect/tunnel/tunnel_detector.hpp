// Finds data carried in DNS names and answers. Counted per client and registered domain: unique
// names in front of the domain and the bytes in them (what leaves), unique answer data of types
// that can carry it (what comes in). Two rules, because the two directions look different:
//
//   long names     many unique, long, digit-rich names: data leaves, whatever the answers say
//   fed answers    many unique names, each with its own data-carrying answer: data comes in, even
//                  when the names alone look harmless (dns2tcp and iodine downloads)
//
// Rates play no part, so that low-and-slow tunnels add up over a day in constant memory. Reverse
// zones and names of one-character labels (block lists) are left out: their names are addresses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "detect/detector.hpp"

namespace vedette::detect {

/// Thresholds; every one of a rule must be reached. Sources: reference captures of iodine, dns2tcp
/// and dnscat2 against ordinary traffic (docs/detectors/tunnel.md has the table).
struct TunnelSettings {
    std::uint32_t long_names = 20;  ///< unique names
    std::uint32_t long_name_bytes = 1'500;
    std::uint32_t long_name_mean = 27;     ///< bytes in front of the registered domain
    std::uint32_t long_digit_percent = 6;  ///< digits and bytes above 127 among them
    std::uint32_t fed_names = 32;
    std::uint32_t fed_answers = 24;  ///< unique answers with data
    std::uint32_t fed_answer_bytes = 1'000;
    std::uint32_t fed_name_mean = 8;
    std::uint32_t rich_answers = 64;       ///< with so many, of
    std::uint32_t rich_answer_mean = 100;  ///< so many bytes, names may be short (a counter)
    Duration horizon = Duration::seconds(86'400);  ///< counts of a pair start anew after this
    std::size_t max_pairs = 16'384;                ///< client and domain pairs remembered
    std::vector<std::string> ignored_domains;      ///< wire-form names, lower case, never reported

    [[nodiscard]] static TunnelSettings of(Preset preset);
};

[[nodiscard]] std::unique_ptr<Detector> make_tunnel_detector(const TunnelSettings& settings);

}  // namespace vedette::detect
