// A source behind a packet filter that runs in this program: for files, and for what the kernel
// cannot filter. What it refuses is counted, never silent.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "sys/capture/packet_source.hpp"

namespace vedette::sys {

/// Fails with Usage when the expression is not one for Ethernet. On other link types it is compiled
/// when their first packet comes; where it has no meaning, their packets are refused with a
/// warning.
[[nodiscard]] Result<std::unique_ptr<PacketSource>> make_filtered_source(
    std::unique_ptr<PacketSource> inner, std::string expression);

}  // namespace vedette::sys
