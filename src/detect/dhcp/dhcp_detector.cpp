#include "detect/dhcp/dhcp_detector.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "detect/bounded_table.hpp"
#include "detect/distinct_counter.hpp"
#include "detect/episodes.hpp"
#include "model/vendor/vendor.hpp"

namespace vedette::detect {
namespace {

constexpr std::int64_t kWindowSeconds = 10;
constexpr Duration kFlipWindow = Duration::seconds(60);
constexpr std::size_t kReasonBytes = 384;
constexpr std::size_t kMaxSubjects = 4'096;

// RFC 2132 9.6 and RFC 8415 7.3.
bool is_server_message(const DhcpMessage& event) noexcept {
    if (event.v6) return event.type == 2 || event.type == 7;
    return event.type == 2 || event.type == 5 || event.type == 6;
}
bool looks_for_servers(const DhcpMessage& event) noexcept {
    return event.v6 ? event.type == 1 : event.type == 1;
}
bool declines(const DhcpMessage& event) noexcept {
    return event.v6 ? event.type == 9 : event.type == 4;
}

struct Subject {
    FindingKind kind{};
    IpAddress address;
    MacAddress mac;
    std::uint16_t vlan = 0;
    friend bool operator==(const Subject&, const Subject&) = default;
};
struct SubjectHash {
    std::size_t operator()(const Subject& subject) const noexcept {
        return mix64(IpHash{}(subject.address) ^ subject.mac.to_u64() << 8U ^
                     static_cast<std::uint64_t>(subject.kind) << 56U ^ subject.vlan);
    }
};
struct Told {
    std::string reason;
    IpAddress server;
    std::array<std::uint64_t, 4> packets{};
    std::uint8_t packet_count = 0;

    void note(std::uint64_t packet) noexcept {
        if (packet != 0 && packet_count < packets.size()) packets[packet_count++] = packet;
    }
};

/// A server's address and the card it speaks from.
struct Server {
    IpAddress address;
    MacAddress mac;  ///< zero behind a relay
};

struct Network {
    std::uint32_t key = UINT32_MAX;
    std::uint64_t last = 0;
    Server first;
    std::int64_t window = INT64_MIN;
    DistinctCounter<16> clients;  ///< that look for servers, in the window

    [[nodiscard]] bool used() const noexcept { return last != 0; }
    [[nodiscard]] std::uint64_t weight() const noexcept { return last; }
};
/// What one card asks for.
struct Card {
    MacAddress key;
    std::uint64_t last = 0;
    std::int64_t window = INT64_MIN;
    DistinctCounter<4> clients;

    [[nodiscard]] bool used() const noexcept { return last != 0; }
    [[nodiscard]] std::uint64_t weight() const noexcept { return last; }
};
/// Whose an address is by ARP and neighbour discovery.
struct Owner {
    IpAddress key;
    Timestamp first_flip;
    MacAddress mac;
    MacAddress before;
    std::uint64_t last = 0;
    std::uint32_t flips = 0;

    [[nodiscard]] bool used() const noexcept { return last != 0; }
    [[nodiscard]] std::uint64_t weight() const noexcept { return last; }
};
struct Hash32 {
    std::size_t operator()(std::uint32_t key) const noexcept { return mix64(key); }
};

class DhcpDetector final : public Detector {
  public:
    DhcpDetector(const DhcpSettings& settings, const PolicyHolder* policy,
                 std::vector<IpAddress> known_servers)
        : settings_(settings),
          holder_(policy),
          known_(std::move(known_servers)),
          networks_(settings.max_networks),
          cards_(settings.max_cards),
          owners_(settings.max_addresses),
          subjects_(kMaxSubjects, {}) {
        std::ranges::sort(known_);
    }

    std::string_view name() const noexcept override { return "dhcp"; }

    void observe(const EventBatch& batch, std::vector<Finding>& findings) override {
        for (const DhcpMessage& event : batch.dhcp) {
            if (is_server_message(event)) on_server(event, findings);
            if (looks_for_servers(event)) on_discover(event, findings);
            if (declines(event) && settings_.declined) on_decline(event, findings);
        }
        for (const NeighbourEvent& event : batch.neighbours)
            on_neighbour(event, findings);
        advance(batch.watermark, findings);
    }

    void advance(Timestamp now, std::vector<Finding>& findings) override {
        subjects_.advance(now, [&](Episodes::Entry& entry) {
            findings.push_back(make_finding(entry, FindingPhase::Ended));
        });
    }

    std::size_t memory_bytes() const noexcept override {
        return networks_.memory_bytes() + cards_.memory_bytes() + owners_.memory_bytes() +
               subjects_.memory_bytes() + kMaxSubjects * kReasonBytes +
               known_.size() * sizeof(IpAddress);
    }

  private:
    using Episodes = EpisodeTable<Subject, Told, SubjectHash>;

    Network& network_of(const DhcpMessage& event) {
        Network& network = networks_.at(std::uint32_t{event.vlan} | (event.v6 ? 0x10000U : 0U));
        network.last = ++uses_;
        return network;
    }

    /// Empty when the server may serve, else why not.
    std::string objection(const DhcpMessage& event, const Server& server) {
        const std::shared_ptr<const Policy> policy =
            holder_ != nullptr ? holder_->get() : std::make_shared<const Policy>();
        for (const PolicyEntry* const entry :
             {policy->resolver(server.address),
              server.mac.is_zero() ? nullptr : policy->client(server.mac)}) {
            if (entry == nullptr) continue;
            if (entry->verdict == PolicyVerdict::Ban) {
                return fmt::format("it is banned (entry {})", entry->subject.text);
            }
            return {};
        }
        Network& network = networks_.at(std::uint32_t{event.vlan} | (event.v6 ? 0x10000U : 0U));
        const bool before = network.used() && !network.first.address.is_unspecified();
        network.last = ++uses_;
        if (std::ranges::binary_search(known_, server.address)) {
            if (!before) network.first = server;
            return {};
        }
        if (!before && known_.empty()) {
            network.first = server;
            return {};
        }
        if (!before) return "it served here in no earlier run";
        if (network.first.address != server.address) {
            return fmt::format("this network is served by {}", network.first.address.to_text());
        }
        if (server.mac.is_zero() || network.first.mac.is_zero() ||
            network.first.mac == server.mac) {
            return {};
        }
        return fmt::format("{} speaks for that address", network.first.mac.to_text());
    }

    void on_server(const DhcpMessage& event, std::vector<Finding>& findings) {
        Server server;
        server.address = event.server_ip.is_unspecified() ? event.source : event.server_ip;
        // Behind a relay or a router the frame is not the server's own.
        if (event.relay_ip.is_unspecified() && server.address == event.source) {
            server.mac = event.link_source;
        }
        const std::string why = objection(event, server);
        if (why.empty()) return;
        Episodes::Entry& entry = subjects_.touch(
            {FindingKind::DhcpServerUnknown, server.address, server.mac, event.vlan}, event.time);
        entry.extra.server = server.address;
        entry.extra.note(event.packet);
        speak(entry, event.time, findings, [&](Told& told) {
            const std::string_view vendor = vendor_name(server.mac);
            told.reason = fmt::format(
                "The DHCP server {}{}{} answered {} with {}: {}; {} answers so far.",
                server.address.to_text(), server.mac.is_zero() ? "" : " at ",
                server.mac.is_zero()
                    ? std::string()
                    : server.mac.to_text().append(vendor.empty() ? "" : ", ").append(vendor),
                event.client_mac.to_text(), dhcp_type_text(event.type, event.v6), why, entry.count);
        });
    }

    void on_discover(const DhcpMessage& event, std::vector<Finding>& findings) {
        const std::int64_t window = event.time.whole_seconds() / kWindowSeconds;
        const std::uint64_t client = MacHash{}(event.client_mac);
        Network& network = network_of(event);
        if (network.window < window) {
            network.window = window;
            network.clients.clear();
        }
        network.clients.add(client);
        const bool own_frame = event.relay_ip.is_unspecified() && !event.link_source.is_zero();
        if (own_frame && event.link_source != event.client_mac) on_card(event, window, findings);
        const std::uint32_t clients = network.clients.estimate();
        if (clients < settings_.addresses_of_network) return;
        Episodes::Entry& entry =
            subjects_.touch({FindingKind::DhcpStarvation, {}, {}, event.vlan}, event.time);
        entry.extra.note(event.packet);
        speak(entry, event.time, findings, [&](Told& told) {
            told.reason = fmt::format(
                "About {} MAC addresses looked for a DHCP server{} within {} s (limit {}); the "
                "last, {}, from the card {}.",
                clients, event.vlan == 0 ? "" : fmt::format(" in VLAN {}", event.vlan),
                kWindowSeconds, settings_.addresses_of_network, event.client_mac.to_text(),
                event.link_source.to_text());
        });
    }

    /// One card that asks for others' MAC addresses.
    void on_card(const DhcpMessage& event, std::int64_t window, std::vector<Finding>& findings) {
        Card& card = cards_.at(event.link_source);
        card.last = ++uses_;
        if (card.window < window) {
            card.window = window;
            card.clients.clear();
        }
        card.clients.add(MacHash{}(event.client_mac));
        const std::uint32_t clients = card.clients.estimate();
        if (clients < settings_.addresses_of_card) return;
        Episodes::Entry& entry = subjects_.touch(
            {FindingKind::DhcpStarvation, {}, event.link_source, event.vlan}, event.time);
        entry.extra.note(event.packet);
        speak(entry, event.time, findings, [&](Told& told) {
            told.reason = fmt::format(
                "The card {} asked for addresses under about {} MAC addresses within {} s (limit "
                "{}).",
                event.link_source.to_text(), clients, kWindowSeconds, settings_.addresses_of_card);
        });
    }

    void on_decline(const DhcpMessage& event, std::vector<Finding>& findings) {
        IpAddress address = event.requested_ip;
        if (address.is_unspecified()) address = event.your_ip;
        if (address.is_unspecified()) address = event.client_ip;
        if (address.is_unspecified()) return;  // it does not say which
        Episodes::Entry& entry = subjects_.touch(
            {FindingKind::DhcpConflict, address, event.client_mac, event.vlan}, event.time);
        entry.extra.server = event.server_ip;
        entry.extra.note(event.packet);
        speak(entry, event.time, findings, [&](Told& told) {
            told.reason = fmt::format("{} declined {}: another machine uses the address.",
                                      event.client_mac.to_text(), address.to_text());
        });
    }

    void on_neighbour(const NeighbourEvent& event, std::vector<Finding>& findings) {
        Owner& owner = owners_.at(event.address);
        const bool fresh = !owner.used();
        owner.last = ++uses_;
        if (fresh || owner.mac == event.mac) {
            owner.mac = event.mac;
            return;
        }
        // To and fro between the same two cards; a new card alone is a replaced or moved machine.
        const bool back = owner.before == event.mac;
        if (!back || event.time - owner.first_flip > kFlipWindow) {
            owner.first_flip = event.time;
            owner.flips = 0;
        }
        ++owner.flips;
        owner.before = std::exchange(owner.mac, event.mac);
        if (owner.flips < settings_.flips) return;
        Episodes::Entry& entry =
            subjects_.touch({FindingKind::DhcpConflict, event.address, {}, 0}, event.time);
        speak(entry, event.time, findings, [&](Told& told) {
            told.reason =
                fmt::format("{} belonged to {} and {} in turns, {} changes within {} s (limit {}).",
                            event.address.to_text(), owner.before.to_text(), owner.mac.to_text(),
                            owner.flips, kFlipWindow.nanos / kNanosPerSecond, settings_.flips);
        });
    }

    template <typename Describe>
    void speak(Episodes::Entry& entry, Timestamp time, std::vector<Finding>& findings,
               Describe&& describe) {
        subjects_.speak(entry, time, findings, std::forward<Describe>(describe), make_finding);
    }

    static Finding make_finding(const Episodes::Entry& entry, FindingPhase phase) {
        const Subject& subject = entry.key;
        Finding finding =
            begin_finding(subject.kind, phase, entry, {{}, subject.mac, entry.extra.server});
        finding.reason = entry.extra.reason;
        finding.packets.assign(entry.extra.packets.begin(),
                               entry.extra.packets.begin() + entry.extra.packet_count);
        describe_subject(subject, finding);
        return finding;
    }

    static void describe_subject(const Subject& subject, Finding& finding) {
        const std::string vlan = subject.vlan == 0 ? "" : fmt::format(" VLAN {}", subject.vlan);
        const std::string address =
            subject.address.is_unspecified() ? "" : subject.address.to_text();
        if (subject.kind == FindingKind::DhcpServerUnknown) {
            finding.subject =
                address + (subject.mac.is_zero() ? "" : " " + subject.mac.to_text()) + vlan;
            finding.filter = fmt::format("is:dhcp ip:{}", address);
        } else if (subject.kind == FindingKind::DhcpConflict) {
            finding.client = subject.address;
            finding.subject = address + vlan;
            finding.filter = subject.mac.is_zero()
                                 ? fmt::format("is:dhcp ip:{}", address)
                                 : fmt::format("message:decline client:{}", subject.mac.to_text());
        } else {
            finding.subject =
                subject.mac.is_zero() ? "network" + vlan : subject.mac.to_text() + vlan;
            finding.filter = "is:dhcp";
        }
    }

    DhcpSettings settings_;
    const PolicyHolder* holder_;
    std::vector<IpAddress> known_;
    BoundedTable<std::uint32_t, Network, Hash32> networks_;
    BoundedTable<MacAddress, Card, MacHash> cards_;
    BoundedTable<IpAddress, Owner, IpHash> owners_;
    Episodes subjects_;
    std::uint64_t uses_ = 0;
};

}  // namespace

DhcpSettings DhcpSettings::of(Preset preset) {
    DhcpSettings settings;
    if (preset == Preset::Quiet) {
        settings.addresses_of_card = 100;
        settings.addresses_of_network = 500;
        settings.declined = false;
    } else if (preset == Preset::Strict) {
        settings.addresses_of_card = 8;
        settings.addresses_of_network = 30;
        settings.flips = 2;
    }
    return settings;
}

std::unique_ptr<Detector> make_dhcp_detector(const DhcpSettings& settings,
                                             const PolicyHolder* policy,
                                             const std::vector<IpAddress>& known_servers) {
    return std::make_unique<DhcpDetector>(settings, policy, known_servers);
}

}  // namespace vedette::detect
