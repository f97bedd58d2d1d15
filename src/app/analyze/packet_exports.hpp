// What `vedette analyze` hands on of a capture: its flows (--flows), and the packets of chosen
// transactions (--write), either of them without who they are about (--anonymize). The packets are
// chosen in the first reading and written in another one. One thread, except that the selection is
// fed by the storage thread during the run.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/analyze/packet_tap.hpp"
#include "app/cli/arguments.hpp"
#include "app/context/context.hpp"
#include "captures/anonymize/key.hpp"
#include "captures/extract/selection.hpp"
#include "captures/flows/flow_table.hpp"
#include "sys/capture/packet_source.hpp"
#include "sys/os/stop_flag.hpp"

namespace vedette::app {

/// Opens the same packets once more.
using OpenSource = std::function<Result<std::unique_ptr<sys::PacketSource>>()>;

/// Feeds a flow table and where its flows go.
class FlowConsumer final : public PacketConsumer {
    struct Target;

  public:
    /// For open(): nobody else can make a Target.
    FlowConsumer(std::string name, std::unique_ptr<Target> target);
    /// `target` is a file, "-" or the address of an IPFIX collector; with a key, addresses are
    /// disguised.
    [[nodiscard]] static Result<std::unique_ptr<FlowConsumer>> open(
        const std::string& target, const Context& context,
        const std::optional<captures::AnonymizeKey>& key);
    ~FlowConsumer() override;

    Result<void> add(const sys::PacketRecord& record, const decode::PacketFacts& facts) override;
    Result<void> finish() override;
    /// One line for a person: flows, packets, and what is not in a flow.
    [[nodiscard]] std::string text() const;

  private:
    std::string name_;
    std::unique_ptr<Target> target_;
    captures::FlowTable table_;
};

class PacketExports {
  public:
    PacketExports(const Context& context, const Arguments& arguments)
        : context_(context), arguments_(arguments) {}

    /// Whether the options go together.
    [[nodiscard]] Result<void> check() const;
    /// Before the run: adds what is wanted to the run's parts, which must not outlive this.
    [[nodiscard]] Result<void> open(PacketTap& tap, std::vector<pipeline::EventSink*>& sinks);
    /// Whether the run must decode.
    [[nodiscard]] bool wants_events() const;
    /// After the run: writes the chosen packets, until `stop` asks.
    [[nodiscard]] Result<void> write(const OpenSource& open_source,
                                     const decode::InspectorOptions& options,
                                     const sys::StopFlag& stop);
    /// Lines for a person, without the last newline; empty when nothing was handed on.
    [[nodiscard]] std::string text() const;

  private:
    [[nodiscard]] bool writes_all() const;
    /// The packets that a filter chose, with those that carried parts of their messages.
    [[nodiscard]] Result<captures::Selection> select(const OpenSource& open_source,
                                                     const decode::InspectorOptions& options,
                                                     const sys::StopFlag& stop);
    [[nodiscard]] std::string key_path() const;

    const Context& context_;
    const Arguments& arguments_;
    std::optional<captures::AnonymizeKey> key_;
    std::unique_ptr<FlowConsumer> flows_;
    std::unique_ptr<captures::SelectionSink> selection_;
    std::string written_;
};

}  // namespace vedette::app
