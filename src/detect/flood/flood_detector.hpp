// Finds denial-of-service through DNS, within a second of its start. Per host and second: queries
// and answers towards it, how many were asked for, bytes both ways, how many sources and names;
// each host is compared with its own past. Per registered domain: unique names. Per client: names
// that do not exist.
//
//   flood.responses      answers to a host that did not ask
//   flood.amplification  a host gets many times the bytes it asks for, by few names again and again
//   flood.queries        queries to a server, or from a client, far above what is usual for it
//   flood.random-names   unique names under one domain
//   flood.nxdomain       a client whose names mostly do not exist
//
// Needs EventBatch::sightings. Constant memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "detect/detector.hpp"

namespace vedette::detect {

/// Rates are per second. A rate is a flood when it reaches both the floor and `factor` times the
/// host's own usual rate; a host not seen before has no usual rate.
struct FloodSettings {
    std::uint32_t query_floor = 1'000;
    std::uint32_t unsolicited_floor = 100;
    std::uint32_t factor = 8;
    std::uint32_t amplification_ratio = 12;       ///< bytes in per byte asked
    std::uint32_t amplification_bytes = 100'000;  ///< per second
    std::uint32_t amplification_names = 8;        ///< at most this many names in that second
    std::uint32_t random_names = 500;             ///< unique names of a domain in ten seconds
    std::uint32_t nxdomain = 100;                 ///< in ten seconds, and most of the answers
    /// The simple rule: this many DNS messages to one host within one second; 0 is off.
    std::uint32_t simple_packets = 0;
    std::size_t max_hosts = 16'384;
    std::size_t max_domains = 8'192;

    [[nodiscard]] static FloodSettings of(Preset preset);
};

[[nodiscard]] std::unique_ptr<Detector> make_flood_detector(const FloodSettings& settings);

}  // namespace vedette::detect
