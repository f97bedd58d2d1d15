// Flows as CSV, a row each; the columns are documented in docs/formats/flows.md. Rows are buffered;
// the file is complete once finish() returned. One thread.
#pragma once

#include <string>

#include "base/result.hpp"
#include "captures/flows/flow.hpp"
#include "sys/os/descriptor.hpp"

namespace vedette::captures {

/// The header row, without its newline.
[[nodiscard]] std::string_view flow_csv_header() noexcept;
/// Appends one row with its newline.
void append_flow_csv(std::string& out, const Flow& flow);

class FlowCsv final : public FlowSink {
  public:
    /// Creates or empties `path` (mode 0640); "-" is standard output.
    [[nodiscard]] static Result<FlowCsv> create(const std::string& path);
    void on_flow(const Flow& flow) override;
    /// Writes what waits; the first failure of all writes.
    [[nodiscard]] Result<void> finish();

  private:
    FlowCsv(sys::Descriptor file, std::string path)
        : file_(std::move(file)), path_(std::move(path)) {}
    void write();

    sys::Descriptor file_;
    std::string path_;
    std::string buffer_;
    Result<void> outcome_;
};

}  // namespace vedette::captures
