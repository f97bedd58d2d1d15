#include "detection_run.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string_view>

#include "decode/decoder.hpp"
#include "service/guard/detector_set.hpp"
#include "sys/capture/file_source.hpp"
#include "wire/reader/reader.hpp"

namespace vedette::test {
namespace {

namespace fs = std::filesystem;
using Detectors = std::vector<std::unique_ptr<detect::Detector>>;

Detectors make_detectors(detect::Preset preset) {
    Detectors detectors;
    for (const service::DetectorInfo& row : service::detector_table()) {
        detectors.push_back(row.make(service::DetectorInputs(preset)));
    }
    return detectors;
}

class Run {
  public:
    explicit Run(detect::Preset preset) : detectors_(make_detectors(preset)) {}

    void packet(const sys::PacketRecord& record) {
        one_.clear();
        one_.packets.push_back(record);
        decoder_.decode(one_, events_);
        ++run_.packets;
        run_.bytes += record.captured;
        observe();
    }
    DetectionRun finish() {
        decoder_.finish(events_);
        observe();
        return std::move(run_);
    }

  private:
    static decode::DecoderOptions options() {
        decode::DecoderOptions options;
        options.dns.sightings = true;
        options.encrypted = true;
        return options;
    }
    void observe() {
        findings_.clear();
        for (const auto& detector : detectors_)
            detector->observe(events_, findings_);
        for (Finding& finding : findings_) {
            if (finding.phase != FindingPhase::Started) continue;
            run_.told.push_back({std::move(finding), run_.packets, run_.bytes});
        }
        events_.clear();
    }

    Detectors detectors_;
    decode::Decoder decoder_{options()};
    sys::PacketBatch one_;
    EventBatch events_;
    std::vector<Finding> findings_;
    DetectionRun run_;
};

// The kinds of truth.tsv that are neither attacks nor damage.
constexpr std::array<std::string_view, 19> kBenignKinds{
    "app",       "dhcpv4",          "dhcpv6",  "dns-encap", "dns-encrypted", "dns-ipfrag",
    "dns-large", "dns-nonstd-port", "dns-tcp", "dns-udp",   "encap",         "format-linktype",
    "ip-frag",   "llmnr",           "mdns",    "mixed",     "nbns",          "dhcp-flood",
    "ddos-other"};

}  // namespace

const Told* DetectionRun::first(FindingKind kind) const noexcept {
    const auto found =
        std::ranges::find(told, kind, [](const Told& one) { return one.finding.kind; });
    return found == told.end() ? nullptr : &*found;
}

std::size_t DetectionRun::count(FindingKind kind) const noexcept {
    return static_cast<std::size_t>(
        std::ranges::count(told, kind, [](const Told& one) { return one.finding.kind; }));
}

Result<DetectionRun> detect_in(const std::string& path, detect::Preset preset) {
    auto source = sys::make_file_source({path});
    if (!source) return std::unexpected(std::move(source).error());
    Run run(preset);
    sys::PacketBatch batch;
    while (true) {
        const auto status = (*source)->read(batch);
        if (!status) return std::unexpected(status.error());
        for (const sys::PacketRecord& record : batch.packets)
            run.packet(record);
        if (*status == sys::ReadStatus::End) return run.finish();
    }
}

std::vector<std::vector<std::uint8_t>> queries_of(const std::string& path) {
    constexpr std::size_t kUdpOffset = 14 + 20;
    std::vector<std::vector<std::uint8_t>> queries;
    auto source = sys::make_file_source({path});
    if (!source) return queries;
    sys::PacketBatch batch;
    for (bool more = true; more;) {
        const auto status = (*source)->read(batch);
        more = status && *status != sys::ReadStatus::End;
        for (const sys::PacketRecord& record : batch.packets) {
            wire::Reader udp(record.bytes());
            udp.skip(kUdpOffset + 2);
            const std::uint16_t destination = udp.u16();
            udp.skip(4);
            const ByteView payload = udp.rest();
            if (destination == 53) queries.emplace_back(payload.begin(), payload.end());
        }
    }
    return queries;
}

bool Capture::is_tunnel() const {
    return kind == "dns-tunnel" ||
           (name.starts_with("tunnels-own/") && name.find("malformed") == std::string::npos);
}

bool Capture::is_benign() const {
    return std::ranges::find(kBenignKinds, kind) != kBenignKinds.end();
}

std::vector<Capture> list_captures(const std::string& folder) {
    std::vector<Capture> captures;
    std::ifstream truth(folder + "/truth.tsv");
    std::size_t kind_column = 0;
    for (std::string line; std::getline(truth, line);) {
        std::vector<std::string> fields;
        std::istringstream in(line);
        for (std::string field; std::getline(in, field, '\t');)
            fields.push_back(field);
        if (captures.empty() && fields[0] == "file") {
            kind_column =
                static_cast<std::size_t>(std::ranges::find(fields, "kind") - fields.begin());
            continue;
        }
        captures.push_back({folder + "/" + fields[0], fields[0], fields[kind_column]});
    }
    for (const auto& entry : fs::directory_iterator(
             folder + "/tunnels-own", fs::directory_options::skip_permission_denied)) {
        const std::string name = "tunnels-own/" + entry.path().filename().string();
        const bool listed = std::ranges::find(captures, name, &Capture::name) != captures.end();
        if (entry.path().extension() == ".pcap" && !listed) {
            captures.push_back({entry.path().string(), name, "own"});
        }
    }
    std::ranges::sort(captures, {}, &Capture::name);
    return captures;
}

}  // namespace vedette::test
