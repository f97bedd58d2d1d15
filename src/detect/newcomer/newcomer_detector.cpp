#include "detect/newcomer/newcomer_detector.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "detect/bounded_table.hpp"
#include "model/vendor/vendor.hpp"

namespace vedette::detect {
namespace {

struct Client {
    MacAddress key;
    Timestamp last;  ///< kNever when free

    [[nodiscard]] bool used() const noexcept { return last.known(); }
    [[nodiscard]] std::uint64_t weight() const noexcept {
        return used() ? static_cast<std::uint64_t>(last.nanos < 1 ? 1 : last.nanos) : 0;
    }
};
/// A host name and the card that has it.
struct Host {
    std::uint64_t key = 0;
    Timestamp last;
    MacAddress mac;
    bool shared = false;  ///< several machines call themselves so: it says nothing

    [[nodiscard]] bool used() const noexcept { return last.known(); }
    [[nodiscard]] std::uint64_t weight() const noexcept {
        return used() ? static_cast<std::uint64_t>(last.nanos < 1 ? 1 : last.nanos) : 0;
    }
};
struct Identity64 {
    std::size_t operator()(std::uint64_t key) const noexcept { return mix64(key); }
};

std::uint64_t hash_host(std::string_view host) noexcept {
    std::uint64_t hash = 0xcbf29ce484222325ULL;  // FNV-1a, case folded
    for (const char c : host) {
        const auto byte = static_cast<std::uint8_t>(c >= 'A' && c <= 'Z' ? c + 32 : c);
        hash = (hash ^ byte) * 0x100000001b3ULL;
    }
    return mix64(hash) | 1U;
}

class NewcomerDetector final : public Detector {
  public:
    NewcomerDetector(const NewcomerSettings& settings, const std::vector<ClientRow>& known)
        : settings_(settings), clients_(settings.max_clients), hosts_(settings.max_hosts) {
        for (const ClientRow& row : known) {
            clients_.at(row.mac).last = row.last_seen.known() ? row.last_seen : Timestamp{0};
            for (const std::string& host : row.hosts)
                know_host(host, row.mac, row.last_seen.known() ? row.last_seen : Timestamp{0});
        }
        learning_ = known.empty();
    }

    std::string_view name() const noexcept override { return "newcomer"; }

    void observe(const EventBatch& batch, std::vector<Finding>& findings) override {
        for (const DhcpMessage& event : batch.dhcp) {
            if (event.op == 2 || event.client_mac.is_zero() || event.client_mac.is_group()) {
                continue;
            }
            const bool fresh = meet(event.client_mac, event.time);
            const std::string_view host = batch.bytes.text(event.host_name);
            if (!host.empty()) on_host(event, host, findings);
            if (fresh) tell_new(event.client_mac, event.time, host, event.packet, findings);
        }
        for (const DnsTransaction& event : batch.dns) {
            if (event.mac_source == MacSource::Unknown || !event.has_query()) continue;
            if (!meet(event.client_mac, event.query_time)) continue;
            tell_new(event.client_mac, event.query_time, batch.bytes.text(event.client_host),
                     event.query_packet, findings);
            if (!findings.empty() && findings.back().kind == FindingKind::NewClient) {
                findings.back().client = event.client;
            }
        }
    }

    void advance(Timestamp, std::vector<Finding>&) override {}

    std::size_t memory_bytes() const noexcept override {
        return clients_.memory_bytes() + hosts_.memory_bytes();
    }

  private:
    /// Whether the card was never seen.
    bool meet(const MacAddress& mac, Timestamp time) {
        if (!began_.known()) began_ = time;
        Client& client = clients_.at(mac);
        const bool fresh = !client.used();
        client.last = time;
        return fresh && !(learning_ && time - began_ <= settings_.learning);
    }

    void know_host(std::string_view name, const MacAddress& mac, Timestamp time) {
        Host& host = hosts_.at(hash_host(name));
        if (host.used() && host.mac != mac) host.shared = true;
        host.last = time;
        host.mac = mac;
    }

    void on_host(const DhcpMessage& event, std::string_view name, std::vector<Finding>& findings) {
        Host& host = hosts_.at(hash_host(name));
        const MacAddress before = host.mac;
        const bool moved = host.used() && before != event.client_mac;
        if (moved && !host.shared) {
            Finding finding = make_finding(FindingKind::ClientMoved, event.client_mac, event.time);
            finding.subject = std::string(name);
            finding.reason = fmt::format("The host {} of {} asks for an address as {}.", name,
                                         describe(before), describe(event.client_mac));
            finding.filter = fmt::format("client:{}", event.client_mac.to_text());
            finding.packets = {event.packet};
            findings.push_back(std::move(finding));
            // Told once; should the first card go on under that name, it says nothing any more.
            host.shared = true;
        }
        host.last = event.time;
        host.mac = event.client_mac;
    }

    static std::string describe(const MacAddress& mac) {
        const std::string_view vendor = vendor_name(mac);
        if (mac.is_randomized()) return mac.to_text() + " (a randomized address)";
        return vendor.empty() ? mac.to_text() : fmt::format("{} ({})", mac.to_text(), vendor);
    }

    static Finding make_finding(FindingKind kind, const MacAddress& mac, Timestamp time) {
        Finding finding;
        finding.kind = kind;
        finding.severity = info(kind).severity;
        finding.first = finding.last = time;
        finding.client_mac = mac;
        return finding;
    }

    void tell_new(const MacAddress& mac, Timestamp time, std::string_view host,
                  std::uint64_t packet, std::vector<Finding>& findings) const {
        if (!settings_.newcomers) return;
        Finding finding = make_finding(FindingKind::NewClient, mac, time);
        finding.subject = mac.to_text();
        finding.reason = fmt::format("{} was never seen before{}{}.", describe(mac),
                                     host.empty() ? "" : "; it calls itself ", host);
        finding.filter = "client:" + finding.subject;
        if (packet != 0) finding.packets = {packet};
        findings.push_back(std::move(finding));
    }

    NewcomerSettings settings_;
    BoundedTable<MacAddress, Client, MacHash> clients_;
    BoundedTable<std::uint64_t, Host, Identity64> hosts_;
    Timestamp began_;
    bool learning_ = true;
};

}  // namespace

std::unique_ptr<Detector> make_newcomer_detector(const NewcomerSettings& settings,
                                                 const std::vector<ClientRow>& known) {
    return std::make_unique<NewcomerDetector>(settings, known);
}

}  // namespace vedette::detect
