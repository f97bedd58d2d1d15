// Capture files as a source of packets, read one after the other in the order given. pcap and
// pcapng, plain or compressed with gzip or zstd; "-" is standard input. Records point into the
// source's window, so nothing is copied; see CaptureFile for how memory is bounded.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "sys/capture/packet_source.hpp"

namespace vedette::sys {

/// Opens nothing but looks at every path first, so that a missing or unreadable file is told before
/// hours of work on the others. Fails with NotFound, Permission or InvalidInput (a folder).
/// Content that is no capture fails in read(), naming the file.
[[nodiscard]] Result<std::unique_ptr<PacketSource>> make_file_source(
    std::vector<std::string> paths);

}  // namespace vedette::sys
