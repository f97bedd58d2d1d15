#include "app/analyze/packet_exports.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "captures/anonymize/anonymizer.hpp"
#include "captures/anonymize/disguise.hpp"
#include "captures/extract/packet_trail.hpp"
#include "captures/flows/flow_csv.hpp"
#include "captures/flows/ipfix_exporter.hpp"
#include "sys/capture/pcapng_writer.hpp"

namespace vedette::app {
namespace {

using captures::Flow;

/// Flows between others: the addresses are disguised, the questions left out.
class DisguisedFlows final : public captures::FlowSink {
  public:
    DisguisedFlows(const captures::AnonymizeKey& key, captures::FlowSink& next)
        : disguise_(key), next_(next) {}

    void on_flow(const Flow& flow) override {
        Flow other = flow;
        for (IpAddress* const address : {&other.source, &other.destination}) {
            std::array<std::uint8_t, 16> mapped{};
            const ByteView from = address->bytes();
            const auto to = std::span(mapped).first(from.size());
            disguise_.addresses().map(from, to);
            *address = IpAddress::from_bytes(to);
        }
        other.dns_sample.clear();
        next_.on_flow(other);
    }

  private:
    captures::Disguise disguise_;
    captures::FlowSink& next_;
};

/// A new pcapng file. Interfaces keep their names unless they could name a machine.
class CaptureWriter final : public captures::PacketTaker {
  public:
    enum class Names : std::uint8_t { Kept, Left };

    CaptureWriter(sys::PcapngWriter writer, Names names)
        : writer_(std::move(writer)), names_(names) {}

    /// Lists only grow, so this costs a comparison nearly always.
    void set_interfaces(const std::vector<sys::InterfaceInfo>& interfaces) {
        if (names_ == Names::Left || interfaces.size() == interfaces_.size()) return;
        interfaces_ = interfaces;
    }
    Result<void> on_packet(const sys::PacketRecord& packet) override {
        ++packets_;
        const bool known = packet.interface < interfaces_.size();
        return writer_.write(packet, known ? interfaces_[packet.interface].name : "");
    }
    Result<void> finish() { return writer_.flush(); }
    [[nodiscard]] std::uint64_t packets() const noexcept { return packets_; }

  private:
    sys::PcapngWriter writer_;
    std::vector<sys::InterfaceInfo> interfaces_;
    std::uint64_t packets_ = 0;
    Names names_;
};

/// Calls visit(source, record, number) for every packet, from 1 on, until `stop` asks.
template <typename Visit>
Result<void> each_packet(const OpenSource& open_source, const sys::StopFlag& stop, Visit&& visit) {
    auto source = open_source();
    if (!source) return std::unexpected(std::move(source).error());
    sys::PacketBatch batch;
    std::uint64_t number = 0;
    while (!stop.stopping()) {
        const auto status = (*source)->read(batch);
        if (!status) return std::unexpected(status.error());
        if (*status == sys::ReadStatus::End) return {};
        for (const sys::PacketRecord& record : batch.packets)
            VEDETTE_TRY(visit(**source, record, ++number));
    }
    return {};
}

bool same_file(const std::string& a, const std::string& b) {
    std::error_code ignored;
    return std::filesystem::equivalent(a, b, ignored);
}

}  // namespace

// ---- flows ----------------------------------------------------------------------------------

struct FlowConsumer::Target {
    std::optional<captures::FlowCsv> csv;
    std::optional<captures::IpfixExporter> ipfix;
    std::optional<DisguisedFlows> disguised;

    [[nodiscard]] captures::FlowSink& plain() {
        return csv ? static_cast<captures::FlowSink&>(*csv) : *ipfix;
    }
    [[nodiscard]] captures::FlowSink& sink() { return disguised ? *disguised : plain(); }
};

FlowConsumer::FlowConsumer(std::string name, std::unique_ptr<Target> target)
    : name_(std::move(name)), target_(std::move(target)) {}

FlowConsumer::~FlowConsumer() = default;

Result<std::unique_ptr<FlowConsumer>> FlowConsumer::open(
    const std::string& target, const Context& context,
    const std::optional<captures::AnonymizeKey>& key) {
    auto opened = std::make_unique<Target>();
    std::string name = target;
    if (target.starts_with("ipfix")) {
        const auto collector = captures::Collector::parse(target);
        if (!collector) {
            return fail(ErrorKind::Usage,
                        fmt::format("--flows {}: a collector is named ipfix://HOST:PORT (UDP) or "
                                    "ipfix+tcp://HOST:PORT",
                                    target));
        }
        auto exporter = captures::IpfixExporter::connect(*collector, context.clock());
        if (!exporter) return std::unexpected(std::move(exporter).error());
        opened->ipfix.emplace(std::move(*exporter));
        name = collector->to_text();
    } else {
        auto csv = captures::FlowCsv::create(target);
        if (!csv) return std::unexpected(std::move(csv).error());
        opened->csv.emplace(std::move(*csv));
    }
    if (key) opened->disguised.emplace(*key, opened->plain());
    return std::make_unique<FlowConsumer>(std::move(name), std::move(opened));
}

Result<void> FlowConsumer::add(const sys::PacketRecord& record, const decode::PacketFacts&) {
    table_.add(record, target_->sink());
    return {};
}

Result<void> FlowConsumer::finish() {
    table_.finish(target_->sink());
    return target_->csv ? target_->csv->finish() : target_->ipfix->finish();
}

std::string FlowConsumer::text() const {
    const captures::FlowTotals& totals = table_.totals();
    std::string line = fmt::format(
        "flows: {} with {} packets and {} bytes ({} of IP) to {}; {} packets and {} bytes are not "
        "IP",
        totals.flows, totals.flow_packets, totals.flow_bytes, totals.flow_ip_bytes, name_,
        totals.other_packets, totals.other_bytes);
    if (totals.evicted != 0) {
        line += fmt::format("; {} were told early, the table was full", totals.evicted);
    }
    return line;
}

// ---- exports --------------------------------------------------------------------------------

Result<void> PacketExports::check() const {
    const bool writes = arguments_.has("write");
    if (arguments_.has("anonymize") && !writes && !arguments_.has("flows")) {
        return fail(ErrorKind::Usage,
                    "--anonymize changes what --write and --flows hand on; give one of them");
    }
    if (!writes) return {};
    const std::string& path = arguments_.all("write").back();
    for (const std::string& file : arguments_.operands()) {
        if (file == "-") {
            return fail(ErrorKind::Usage,
                        "--write reads the packets again, which standard input cannot give twice; "
                        "save them to a file first");
        }
        if (same_file(file, path)) {
            return fail(ErrorKind::Usage,
                        fmt::format("--write {}: that is one of the files to read", path));
        }
    }
    return {};
}

bool PacketExports::writes_all() const {
    const std::string& filter = arguments_.all("write").front();
    return filter.find_first_not_of(' ') == std::string::npos;
}

bool PacketExports::wants_events() const {
    return arguments_.has("write") && !writes_all();
}

std::string PacketExports::key_path() const {
    if (!context_.settings().anonymize_key.empty()) return context_.settings().anonymize_key;
    const std::filesystem::path store = context_.store_path();
    return store.parent_path() / "anonymize.key";
}

Result<void> PacketExports::open(PacketTap& tap, std::vector<pipeline::EventSink*>& sinks) {
    if (arguments_.has("anonymize")) {
        auto key = captures::AnonymizeKey::load_or_create(key_path());
        if (!key) return std::unexpected(std::move(key).error());
        key_ = *key;
    }
    if (const std::string* const target = arguments_.get("flows")) {
        auto flows = FlowConsumer::open(*target, context_, key_);
        if (!flows) return std::unexpected(std::move(flows).error());
        flows_ = std::move(*flows);
        tap.add(*flows_);
    }
    if (!wants_events()) return {};
    auto filter = context_.parse_filter_text(arguments_.all("write").front());
    if (!filter) return std::unexpected(std::move(filter).error());
    selection_ = std::make_unique<captures::SelectionSink>(std::move(*filter));
    sinks.push_back(selection_.get());
    return {};
}

Result<captures::Selection> PacketExports::select(const OpenSource& open_source,
                                                  const decode::InspectorOptions& options,
                                                  const sys::StopFlag& stop) {
    captures::Selection selection = selection_->take();
    captures::PacketTrail trail(selection);
    decode::PacketInspector inspector(options);
    decode::PacketFacts facts;
    VEDETTE_TRY(each_packet(open_source, stop,
                            [&](sys::PacketSource&, const sys::PacketRecord& record,
                                std::uint64_t number) -> Result<void> {
                                inspector.inspect(record, number, facts);
                                trail.add(facts);
                                return {};
                            }));
    trail.finish();
    return selection;
}

Result<void> PacketExports::write(const OpenSource& open_source,
                                  const decode::InspectorOptions& options,
                                  const sys::StopFlag& stop) {
    if (!arguments_.has("write")) return {};
    captures::Selection selection;
    if (selection_ != nullptr) {
        auto selected = select(open_source, options, stop);
        if (!selected) return std::unexpected(std::move(selected).error());
        selection = std::move(*selected);
    }
    const std::string& path = arguments_.all("write").back();
    auto file = sys::PcapngWriter::create(path);
    if (!file) return std::unexpected(std::move(file).error());
    CaptureWriter writer(std::move(*file),
                         key_ ? CaptureWriter::Names::Left : CaptureWriter::Names::Kept);
    std::unique_ptr<captures::Anonymizer> anonymizer;
    if (key_) {
        captures::AnonymizerOptions chosen;
        chosen.dns_ports.assign(options.dns_ports.begin(), options.dns_ports.end());
        anonymizer = std::make_unique<captures::Anonymizer>(*key_, std::move(chosen), writer);
    }
    VEDETTE_TRY(each_packet(open_source, stop,
                            [&](sys::PacketSource& source, const sys::PacketRecord& record,
                                std::uint64_t number) -> Result<void> {
                                if (selection_ != nullptr && !selection.contains(number)) return {};
                                writer.set_interfaces(source.interfaces());
                                return anonymizer ? anonymizer->add(record)
                                                  : writer.on_packet(record);
                            }));
    if (anonymizer) VEDETTE_TRY(anonymizer->finish());
    VEDETTE_TRY(writer.finish());
    written_ = fmt::format("wrote {} packets", writer.packets());
    if (selection_ != nullptr) {
        written_ += fmt::format(" of {} DNS transactions and {} DHCP messages",
                                selection.transactions, selection.dhcp_messages);
    }
    written_ += fmt::format(" to {}", path);
    if (stop.stopping()) written_ += " before it was stopped";
    if (key_) written_ += fmt::format(", anonymized with the key in {}", key_path());
    return {};
}

std::string PacketExports::text() const {
    std::string text = flows_ ? flows_->text() : std::string();
    if (!text.empty() && !written_.empty()) text += '\n';
    return text + written_;
}

}  // namespace vedette::app
