#include "detect/answer/answer_detector.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "detect/answer/answer_content.hpp"
#include "detect/answer_records.hpp"
#include "detect/bounded_table.hpp"
#include "detect/distinct_counter.hpp"
#include "detect/episodes.hpp"
#include "model/domain/registered_domain.hpp"
#include "render/name_text.hpp"
#include "wire/dns/name.hpp"

namespace vedette::detect {
namespace {

namespace dns = wire::dns;

constexpr Duration kSecondAnswer = Duration::seconds(5);
constexpr Duration kGuessing = Duration::seconds(10);
constexpr Duration kRebinding = Duration::seconds(3'600);
constexpr std::size_t kReasonBytes = 384;
constexpr std::size_t kMaxSubjects = 2'048;

/// The addresses of an answer section: two bits of a small bitmap each, so that sets compare
/// without being kept, and what kinds they are.
struct Addresses {
    std::uint64_t bits = 0;
    std::uint32_t count = 0;
    bool any_public = false;
    bool any_private = false;  ///< neither public nor loopback nor 0.0.0.0
    bool any_loopback = false;
    IpAddress inside;  ///< the first that is not public

    void add(const IpAddress& address) noexcept {
        const std::uint64_t hash = IpHash{}(address);
        bits |= 1ULL << (hash & 63U) | 1ULL << (hash >> 8U & 63U);
        ++count;
        const bool loopback = is_nowhere(address);
        const bool is_inside = loopback || address.is_private();
        any_loopback |= loopback;
        any_private |= is_inside && !loopback;
        any_public |= !is_inside;
        if (is_inside && inside.is_unspecified()) inside = address;
    }
    /// Certain when true: equal addresses share their bits.
    [[nodiscard]] bool differs_from(std::uint64_t other) const noexcept {
        return count != 0 && other != 0 && (bits & other) == 0;
    }
};

Addresses addresses_in(ByteView response) noexcept {
    Addresses addresses;
    for_each_answer(response, [&](std::uint16_t type, ByteView data) {
        const std::size_t width = type == kTypeA ? 4 : type == kTypeAaaa ? 16 : 0;
        if (width != 0 && data.size() == width) addresses.add(IpAddress::from_bytes(data));
    });
    return addresses;
}

struct Subject {
    FindingKind kind{};
    IpAddress client;
    IpAddress server;
    std::uint64_t domain = 0;
    friend bool operator==(const Subject&, const Subject&) = default;
};
struct SubjectHash {
    std::size_t operator()(const Subject& subject) const noexcept {
        return mix64(IpHash{}(subject.client) ^ IpHash{}(subject.server) * 5U ^ subject.domain ^
                     static_cast<std::uint64_t>(subject.kind) << 56U);
    }
};
struct Told {
    std::string reason;
    std::string name;
    MacAddress mac;
    IpAddress client;
    IpAddress server;
    std::array<std::uint64_t, 4> packets{};
    std::uint8_t packet_count = 0;

    void note(std::uint64_t packet) noexcept {
        if (packet != 0 && packet_count < packets.size()) packets[packet_count++] = packet;
    }
};

/// Anything remembered by a hash until it is old.
template <typename Extra>
struct Remembered {
    std::uint64_t key = 0;
    Timestamp time;
    Extra extra{};

    [[nodiscard]] bool used() const noexcept { return time.known(); }
    [[nodiscard]] std::uint64_t weight() const noexcept {
        return used() ? static_cast<std::uint64_t>(time.nanos < 1 ? 1 : time.nanos) : 0;
    }
};
struct FirstAnswer {
    std::uint64_t bits = 0;
    std::uint64_t packet = 0;
};
struct Guessed {
    std::uint32_t answers = 0;
    DistinctCounter<2> ids;
    std::array<std::uint64_t, 2> packets{};
};
struct Nothing {};
struct Identity64 {
    std::size_t operator()(std::uint64_t key) const noexcept { return key; }
};
template <typename Extra>
using Memory = BoundedTable<std::uint64_t, Remembered<Extra>, Identity64>;

std::uint64_t port_key(const IpAddress& client, std::uint16_t port,
                       const IpAddress& server) noexcept {
    return mix64(IpHash{}(client) ^ IpHash{}(server) * 3U ^ port);
}

class AnswerDetector final : public Detector {
  public:
    AnswerDetector(const AnswerSettings& settings, const OriginTable* origins)
        : settings_(settings),
          consensus_(settings.consensus, origins),
          answers_(settings.max_answers),
          ports_(settings.max_ports),
          names_(settings.max_names),
          subjects_(kMaxSubjects, {}) {}

    std::string_view name() const noexcept override { return "answer"; }

    void observe(const EventBatch& batch, std::vector<Finding>& findings) override {
        for (const DnsSighting& seen : batch.sightings) {
            if (!seen.solicited) on_unsolicited(seen);
        }
        for (const DnsTransaction& event : batch.dns) {
            if (event.protocol != DnsProtocol::Dns) continue;
            if (guesses_ != 0 && event.has_query()) on_query(event, findings);
            const bool addresses = event.qtype == kTypeA || event.qtype == kTypeAaaa;
            if (event.has_response() && addresses) on_answer(event, batch, findings);
        }
        consensus_.observe(batch, findings);
        advance(batch.watermark, findings);
    }

    void advance(Timestamp now, std::vector<Finding>& findings) override {
        consensus_.advance(now, findings);
        subjects_.advance(now, [&](Episodes::Entry& entry) {
            findings.push_back(make_finding(entry, FindingPhase::Ended));
        });
        if (guesses_ != 0 && now.known() && now - newest_guess_ > Duration{2 * kGuessing.nanos}) {
            guesses_ = 0;
        }
    }

    std::size_t memory_bytes() const noexcept override {
        return answers_.memory_bytes() + ports_.memory_bytes() + names_.memory_bytes() +
               subjects_.memory_bytes() + kMaxSubjects * kReasonBytes + consensus_.memory_bytes();
    }

  private:
    using Episodes = EpisodeTable<Subject, Told, SubjectHash>;

    void on_unsolicited(const DnsSighting& seen) {
        auto& port = ports_.at(port_key(seen.destination, seen.destination_port, seen.source));
        if (!port.used() || seen.time - port.time > kGuessing) {
            port.extra = {};
            port.time = seen.time;
        }
        if (port.extra.answers < port.extra.packets.size()) {
            port.extra.packets[port.extra.answers] = seen.packet;
        }
        ++port.extra.answers;
        port.extra.ids.add(mix64(seen.id));
        ++guesses_;
        newest_guess_ = std::max(newest_guess_, seen.time);
    }

    /// A query from a port at which somebody threw answers: its transaction is told when it is
    /// over, seconds after they came.
    void on_query(const DnsTransaction& event, std::vector<Finding>& findings) {
        auto& port = ports_.at(port_key(event.client, event.client_port, event.server));
        if (!port.used()) return;
        const Duration after = port.time - event.query_time;
        if (after > kGuessing || after < Duration{-kGuessing.nanos}) return;
        const std::uint32_t ids = port.extra.ids.estimate();
        if (ids < settings_.wrong_ids) return;
        Episodes::Entry& entry = subjects_.touch(
            {FindingKind::AnswerSpoofed, event.client, event.server, 0}, event.time());
        describe_ends(event, entry.extra);
        for (const std::uint64_t packet : port.extra.packets)
            entry.extra.note(packet);
        speak(entry, event.time(), findings, [&](Told& told) {
            told.reason = fmt::format(
                "{} answers with about {} different ids hit port {} of {} within {} s of its query "
                "to {} with id {} (limit {} ids).",
                port.extra.answers, ids, event.client_port, event.client.to_text(),
                kGuessing.nanos / kNanosPerSecond, event.server.to_text(), event.id,
                settings_.wrong_ids);
        });
    }

    void on_answer(const DnsTransaction& event, const EventBatch& batch,
                   std::vector<Finding>& findings) {
        const Addresses addresses = addresses_in(batch.bytes.view(event.response_message));
        if (addresses.count == 0) return;
        const std::uint64_t name = dns::hash_name(batch.bytes.view(event.qname));
        check_second(event, batch, addresses, name, findings);
        if (!event.qname.empty()) check_rebinding(event, batch, addresses, name, findings);
    }

    void check_second(const DnsTransaction& event, const EventBatch& batch,
                      const Addresses& addresses, std::uint64_t name,
                      std::vector<Finding>& findings) {
        const std::uint64_t key = mix64(port_key(event.client, event.client_port, event.server) ^
                                        std::uint64_t{event.id} << 32U ^ name ^ event.qtype);
        if (event.kind != TransactionKind::Orphan) {
            auto& first = answers_.at(key);
            first.time = event.response_time;
            first.extra = {addresses.bits, event.response_packet};
            return;
        }
        auto& first = answers_.at(key);
        const Duration after = event.response_time - first.time;
        if (!first.used() || after > kSecondAnswer || after < Duration{}) return;
        if (!addresses.differs_from(first.extra.bits)) return;
        Episodes::Entry& entry = subjects_.touch(
            {FindingKind::AnswerSpoofed, event.client, event.server, 0}, event.time());
        describe_ends(event, entry.extra);
        entry.extra.note(first.extra.packet);
        entry.extra.note(event.response_packet);
        if (entry.count < settings_.second_answers) return;
        speak(entry, event.time(), findings, [&](Told& told) {
            told.name = render::name_text(batch.bytes.view(event.qname));
            told.reason = fmt::format(
                "{} queries of {} to {} got two answers with different addresses, the last for {} "
                "{:.1f} ms apart (limit {}).",
                entry.count, event.client.to_text(), event.server.to_text(), told.name,
                static_cast<double>(after.nanos) / kNanosPerMilli, settings_.second_answers);
        });
    }

    void check_rebinding(const DnsTransaction& event, const EventBatch& batch,
                         const Addresses& addresses, std::uint64_t name,
                         std::vector<Finding>& findings) {
        // Names that only ever have public addresses cost a table entry, nothing more.
        if (!addresses.any_private && !(settings_.any_private && addresses.any_loopback)) {
            if (addresses.any_public) names_.at(name).time = event.response_time;
            return;
        }
        const ByteView qname = batch.bytes.view(event.qname);
        const RegisteredDomain split = find_registered_domain(qname);
        if (!split.listed || split.domain.empty()) return;  // a network's own names
        const auto& seen = names_.at(name);
        const bool was_public =
            addresses.any_public || (seen.used() && event.response_time - seen.time <= kRebinding);
        if (!was_public && !settings_.any_private) return;
        const std::uint64_t domain = dns::hash_name(split.domain);
        Episodes::Entry& entry =
            subjects_.touch({FindingKind::AnswerRebinding, {}, {}, domain}, event.time());
        describe_ends(event, entry.extra);
        entry.extra.note(event.response_packet);
        speak(entry, event.time(), findings, [&](Told& told) {
            told.name = render::name_text(split.domain);
            told.reason = fmt::format("{} was answered with {}, an address inside{}; {} asked {}.",
                                      render::name_text(qname), addresses.inside.to_text(),
                                      was_public ? ", and with public ones within the hour" : "",
                                      event.client.to_text(), event.server.to_text());
        });
    }

    static void describe_ends(const DnsTransaction& event, Told& told) {
        told.client = event.client;
        told.server = event.server;
        if (event.mac_source != MacSource::Unknown) told.mac = event.client_mac;
    }

    template <typename Describe>
    void speak(Episodes::Entry& entry, Timestamp time, std::vector<Finding>& findings,
               Describe&& describe) {
        subjects_.speak(entry, time, findings, std::forward<Describe>(describe), make_finding);
    }

    static Finding make_finding(const Episodes::Entry& entry, FindingPhase phase) {
        const Told& told = entry.extra;
        Finding finding =
            begin_finding(entry.key.kind, phase, entry, {told.client, told.mac, told.server});
        finding.name = told.name;
        finding.reason = told.reason;
        const bool rebinding = entry.key.kind == FindingKind::AnswerRebinding;
        finding.subject =
            rebinding ? told.name : told.client.to_text() + " " + told.server.to_text();
        finding.filter = rebinding ? fmt::format("name:*.{}", told.name)
                                   : fmt::format("client:{} server:{}", told.client.to_text(),
                                                 told.server.to_text());
        finding.packets.assign(told.packets.begin(), told.packets.begin() + told.packet_count);
        return finding;
    }

    AnswerSettings settings_;
    Consensus consensus_;
    Memory<FirstAnswer> answers_;
    Memory<Guessed> ports_;
    Memory<Nothing> names_;
    Episodes subjects_;
    std::uint64_t guesses_ = 0;
    Timestamp newest_guess_;
};

}  // namespace

AnswerSettings AnswerSettings::of(Preset preset) {
    AnswerSettings settings;
    if (preset == Preset::Quiet) {
        settings.second_answers = 10;
        settings.wrong_ids = 50;
        settings.consensus.times = 2;
    } else if (preset == Preset::Strict) {
        settings.second_answers = 1;
        settings.wrong_ids = 3;
        settings.any_private = true;
    }
    return settings;
}

std::unique_ptr<Detector> make_answer_detector(const AnswerSettings& settings,
                                               const OriginTable* origins) {
    return std::make_unique<AnswerDetector>(settings, origins);
}

}  // namespace vedette::detect
