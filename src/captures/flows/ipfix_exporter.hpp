// Sends flows to an IPFIX collector over UDP or TCP (RFC 7011 10). Over UDP templates are told
// again and again, and messages are paced so that a collector's socket buffer holds what it has not
// read yet. What cannot be sent ends the export with one error. One thread; send calls block.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "captures/flows/flow.hpp"
#include "captures/flows/ipfix_encoder.hpp"
#include "sys/os/descriptor.hpp"

namespace vedette::captures {

enum class CollectorTransport : std::uint8_t { Udp, Tcp };

/// "ipfix://192.0.2.1:4739" (UDP), "ipfix+udp://...", "ipfix+tcp://[2001:db8::1]:4739"; without a
/// port it is 4739.
struct Collector {
    CollectorTransport transport = CollectorTransport::Udp;
    std::string host;
    std::uint16_t port = 4739;

    [[nodiscard]] static std::optional<Collector> parse(std::string_view text);
    [[nodiscard]] std::string to_text() const;
};

struct ExportOptions {
    std::uint32_t domain = 1;
    /// UDP: a Linux socket's default buffer holds about 90 messages of this size, so a collector
    /// may sleep for 90 ms at this rate. 0 does not pace.
    std::uint32_t messages_per_second = 1'000;
    std::uint32_t messages_per_template = 100;  ///< UDP: templates are told again after so many
};

class IpfixExporter final : public FlowSink {
  public:
    /// Opens the connection and tells the templates.
    [[nodiscard]] static Result<IpfixExporter> connect(const Collector& collector,
                                                       const Clock& clock,
                                                       const ExportOptions& options = {});

    void on_flow(const Flow& flow) override;
    /// Sends what waits; the first failure of the whole export.
    [[nodiscard]] Result<void> finish();

    [[nodiscard]] std::uint64_t messages() const noexcept { return messages_; }
    [[nodiscard]] std::uint64_t flows() const noexcept { return flows_; }

  private:
    IpfixExporter(sys::Descriptor socket, const Collector& collector, const Clock& clock,
                  const ExportOptions& options);
    void send_records();
    void send_templates();
    void send(ByteView message);
    void pace();

    sys::Descriptor socket_;
    Collector collector_;
    const Clock* clock_;
    ExportOptions options_;
    IpfixEncoder encoder_;
    Result<void> outcome_;
    std::uint64_t messages_ = 0;
    std::uint64_t flows_ = 0;
    std::uint32_t since_templates_ = 0;
    std::uint32_t burst_ = 0;
    std::int64_t window_nanos_ = 0;  // when the burst began, on the monotonic clock
};

}  // namespace vedette::captures
