// Ordinary DNS over UDP as frames: pairs of a query and its answer, many clients, names and ids, so
// that a trace of it makes as many distinct transactions. Deterministic.
#pragma once

#include <cstdint>
#include <vector>

#include "sender/packet_sender.hpp"

namespace vedette::bench {

/// 2 * `pairs` frames: query, answer, query, answer … Checksums are left zero (UDP) or right (IP).
[[nodiscard]] std::vector<Frame> make_dns_load(std::uint32_t pairs);

}  // namespace vedette::bench
