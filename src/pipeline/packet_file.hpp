// The raw packets of a run kept in a capture file (`-w`). Used on the capture thread.
#pragma once

#include <string>

#include "base/result.hpp"
#include "pipeline/sinks.hpp"
#include "sys/capture/pcapng_writer.hpp"

namespace vedette::pipeline {

class PacketFile final : public PacketSink {
  public:
    /// Creates or empties `path`; "-" is standard output.
    [[nodiscard]] static Result<PacketFile> create(const std::string& path);

    Result<void> consume(const sys::PacketBatch& batch,
                         const std::vector<sys::InterfaceInfo>& interfaces,
                         PacketWork* work) override;
    Result<void> flush() override { return writer_.flush(); }

  private:
    explicit PacketFile(sys::PcapngWriter writer) : writer_(std::move(writer)) {}
    sys::PcapngWriter writer_;
};

}  // namespace vedette::pipeline
