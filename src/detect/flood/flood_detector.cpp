#include "detect/flood/flood_detector.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "detect/bounded_table.hpp"
#include "detect/episodes.hpp"
#include "detect/flood/host_rates.hpp"
#include "detect/split_cache.hpp"
#include "render/name_text.hpp"
#include "wire/dns/message.hpp"

namespace vedette::detect {
namespace {

namespace dns = wire::dns;

constexpr std::int64_t kWindowSeconds = 10;  // of names and of NXDOMAIN
constexpr std::uint16_t kNxdomain = 3;

struct Subject {
    FindingKind kind{};
    bool source = false;  // the subject sends, instead of suffering
    IpAddress host{};
    std::uint64_t domain_hash = 0;
    friend bool operator==(const Subject&, const Subject&) = default;
};
struct SubjectHash {
    std::size_t operator()(const Subject& subject) const noexcept {
        return mix64(IpHash{}(subject.host) ^ subject.domain_hash ^
                     static_cast<std::uint64_t>(subject.kind) << 1U ^ (subject.source ? 1U : 0U));
    }
};
struct Told {
    std::string reason;
    std::string name;
    IpAddress server;
};

// Unique names of one registered domain in the current window.
struct DomainNames {
    std::uint64_t key = 0;
    std::int64_t window = INT64_MIN;
    std::uint32_t queries = 0;
    DistinctCounter<32> names;

    [[nodiscard]] bool used() const noexcept { return window != INT64_MIN; }
    [[nodiscard]] std::uint64_t weight() const noexcept { return used() ? queries + 1U : 0; }
};
struct Identity64 {
    std::size_t operator()(std::uint64_t hash) const noexcept { return mix64(hash); }
};

// A client's answers in the current window.
struct ClientAnswers {
    IpAddress key;
    std::int64_t window = INT64_MIN;
    std::uint32_t answers = 0;
    std::uint32_t nxdomain = 0;

    [[nodiscard]] bool used() const noexcept { return window != INT64_MIN; }
    [[nodiscard]] std::uint64_t weight() const noexcept { return used() ? nxdomain + 1U : 0; }
};

class FloodDetector final : public Detector {
  public:
    explicit FloodDetector(const FloodSettings& settings)
        : settings_(settings),
          hosts_(settings.max_hosts),
          domains_(settings.max_domains),
          clients_(settings.max_hosts),
          subjects_(kMaxSubjects, {}) {}

    std::string_view name() const noexcept override { return "flood"; }

    void observe(const EventBatch& batch, std::vector<Finding>& findings) override {
        for (const DnsSighting& message : batch.sightings) {
            const bool response = (message.flags & dns::kFlagQr) != 0;
            response ? on_response(message, findings) : on_query(message, batch, findings);
        }
        for (const DnsTransaction& event : batch.dns) {
            if (event.has_response() && event.protocol == DnsProtocol::Dns) {
                on_answer(event, findings);
            }
        }
        advance(batch.watermark, findings);
    }

    void advance(Timestamp now, std::vector<Finding>& findings) override {
        subjects_.advance(now, [&](Episodes::Entry& entry) {
            findings.push_back(make_finding(entry, FindingPhase::Ended));
        });
    }

    std::size_t memory_bytes() const noexcept override {
        return hosts_.memory_bytes() + domains_.memory_bytes() + clients_.memory_bytes() +
               subjects_.memory_bytes() + kMaxSubjects * kReasonBytes + SplitCache::memory_bytes();
    }

  private:
    static constexpr std::size_t kMaxSubjects = 1'024;
    static constexpr std::size_t kReasonBytes = 512;
    using Episodes = EpisodeTable<Subject, Told, SubjectHash>;

    HostRates& rates_of(const IpAddress& host, Timestamp time) {
        HostRates& rates = hosts_.at(host);
        rates.roll(time);
        return rates;
    }

    [[nodiscard]] bool is_flood(std::uint32_t count, std::uint32_t floor,
                                const UsualRate& usual) const noexcept {
        return count >= floor &&
               static_cast<float>(count) >= usual.value() * static_cast<float>(settings_.factor);
    }

    void on_query(const DnsSighting& message, const EventBatch& batch,
                  std::vector<Finding>& findings) {
        const ByteView qname = batch.bytes.view(message.qname);
        const std::uint64_t name = dns::hash_name(qname);
        HostRates& victim = rates_of(message.destination, message.time);
        ++victim.queries_in;
        victim.sources.add(IpHash{}(message.source));
        victim.last_source = message.source;
        const bool flooded =
            is_flood(victim.queries_in, settings_.query_floor, victim.usual_queries_in);
        if (flooded) tell_queries_to(victim, message.time, findings);
        check_simple(victim, message.time, findings);

        HostRates& source = rates_of(message.source, message.time);
        ++source.queries_out;
        source.query_bytes_out += message.bytes;
        source.names.add(name);
        if (!flooded &&
            is_flood(source.queries_out, settings_.query_floor, source.usual_queries_out)) {
            tell_queries_from(source, message, findings);
        }
        check_names(message, qname, name, findings);
    }

    void on_response(const DnsSighting& message, std::vector<Finding>& findings) {
        HostRates& victim = rates_of(message.destination, message.time);
        ++victim.responses_in;
        victim.response_bytes_in += message.bytes;
        victim.sources.add(IpHash{}(message.source));
        victim.last_source = message.source;
        check_simple(victim, message.time, findings);
        if (!message.solicited) {
            ++victim.unsolicited_in;
            if (victim.unsolicited_in * 2 >= victim.responses_in &&
                is_flood(victim.unsolicited_in, settings_.unsolicited_floor,
                         victim.usual_unsolicited_in)) {
                tell_responses(victim, message.time, findings);
            }
            return;
        }
        const std::uint64_t asked = std::max<std::uint32_t>(victim.query_bytes_out, 1);
        if (victim.response_bytes_in >= settings_.amplification_bytes &&
            victim.response_bytes_in >= asked * settings_.amplification_ratio &&
            victim.names.estimate() <= settings_.amplification_names) {
            tell_amplification(victim, message, findings);
        }
    }

    void on_answer(const DnsTransaction& event, std::vector<Finding>& findings) {
        ClientAnswers& client = clients_.at(event.client);
        const std::int64_t window = event.response_time.whole_seconds() / kWindowSeconds;
        if (client.window < window) {
            client.window = window;
            client.answers = client.nxdomain = 0;
        }
        ++client.answers;
        if (event.rcode != kNxdomain) return;
        ++client.nxdomain;
        if (client.nxdomain < settings_.nxdomain || client.nxdomain * 10 < client.answers * 6)
            return;
        speak({.kind = FindingKind::FloodNxdomain, .source = true, .host = event.client},
              event.response_time, findings, [&](Told& told) {
                  told.server = event.server;
                  told.reason = fmt::format(
                      "{} asked for names that do not exist: {} of its {} answers within {} s said "
                      "NXDOMAIN (limit {}).",
                      event.client.to_text(), client.nxdomain, client.answers, kWindowSeconds,
                      settings_.nxdomain);
              });
    }

    void check_names(const DnsSighting& message, ByteView qname, std::uint64_t name,
                     std::vector<Finding>& findings) {
        if (qname.empty()) return;
        const RegisteredDomain split = splits_.find(qname, name);
        if (split.domain.empty() || split.prefix.empty()) return;
        const std::uint64_t hash = dns::hash_name(split.domain);
        DomainNames& domain = domains_.at(hash);
        const std::int64_t window = message.time.whole_seconds() / kWindowSeconds;
        if (domain.window < window) {
            domain.window = window;
            domain.queries = 0;
            domain.names.clear();
        }
        domain.names.add(name);
        // The estimate costs more than the count and cannot exceed it.
        if (++domain.queries < settings_.random_names || domain.queries % kEstimateEvery != 0)
            return;
        const std::uint32_t names = domain.names.estimate();
        if (names < settings_.random_names) return;
        speak({.kind = FindingKind::FloodRandomNames, .domain_hash = hash}, message.time, findings,
              [&](Told& told) {
                  told.name = render::name_text(split.domain);
                  told.server = message.destination;
                  told.reason = fmt::format(
                      "About {} different names under {} were asked within {} s (limit {}), the "
                      "last by {} of {}.",
                      names, told.name, kWindowSeconds, settings_.random_names,
                      message.source.to_text(), message.destination.to_text());
              });
    }

    void check_simple(const HostRates& victim, Timestamp time, std::vector<Finding>& findings) {
        const std::uint32_t messages = victim.queries_in + victim.responses_in;
        if (settings_.simple_packets == 0 || messages < settings_.simple_packets) return;
        speak({.kind = FindingKind::FloodQueries, .host = victim.key}, time, findings,
              [&](Told& told) {
                  told.reason = fmt::format(
                      "{} received {} DNS messages within one second (limit {}) from about {} "
                      "sources.",
                      victim.key.to_text(), messages, settings_.simple_packets,
                      victim.sources.estimate());
              });
    }

    void tell_queries_to(const HostRates& victim, Timestamp time, std::vector<Finding>& findings) {
        speak({.kind = FindingKind::FloodQueries, .host = victim.key}, time, findings,
              [&](Told& told) {
                  told.server = victim.key;
                  told.reason = fmt::format(
                      "{} received {} queries within one second from about {} sources; usual are "
                      "{:.0f} a second (limit {} and {} times the usual).",
                      victim.key.to_text(), victim.queries_in, victim.sources.estimate(),
                      victim.usual_queries_in.value(), settings_.query_floor, settings_.factor);
              });
    }

    void tell_queries_from(const HostRates& source, const DnsSighting& message,
                           std::vector<Finding>& findings) {
        speak({.kind = FindingKind::FloodQueries, .source = true, .host = source.key}, message.time,
              findings, [&](Told& told) {
                  told.server = message.destination;
                  told.reason = fmt::format(
                      "{} sent {} queries within one second; usual are {:.0f} (limit {} and {} "
                      "times the usual).",
                      source.key.to_text(), source.queries_out, source.usual_queries_out.value(),
                      settings_.query_floor, settings_.factor);
              });
    }

    void tell_responses(const HostRates& victim, Timestamp time, std::vector<Finding>& findings) {
        speak({.kind = FindingKind::FloodResponses, .host = victim.key}, time, findings,
              [&](Told& told) {
                  told.server = victim.last_source;
                  told.reason = fmt::format(
                      "{} received {} answers it had not asked for within one second, {} bytes, "
                      "from about {} servers (limit {} and {} times the usual).",
                      victim.key.to_text(), victim.unsolicited_in, victim.response_bytes_in,
                      victim.sources.estimate(), settings_.unsolicited_floor, settings_.factor);
              });
    }

    void tell_amplification(const HostRates& victim, const DnsSighting& message,
                            std::vector<Finding>& findings) {
        speak({.kind = FindingKind::FloodAmplification, .host = victim.key}, message.time, findings,
              [&](Told& told) {
                  told.server = message.source;
                  told.reason = fmt::format(
                      "{} received {} bytes of answers within one second for {} bytes of queries "
                      "by about {} names (limits: {} bytes, {} times the query); the server is {}.",
                      victim.key.to_text(), victim.response_bytes_in, victim.query_bytes_out,
                      victim.names.estimate(), settings_.amplification_bytes,
                      settings_.amplification_ratio, message.source.to_text());
              });
    }

    template <typename Describe>
    void speak(const Subject& subject, Timestamp time, std::vector<Finding>& findings,
               Describe&& describe) {
        Episodes::Entry& entry = subjects_.touch(subject, time);
        subjects_.speak(entry, time, findings, std::forward<Describe>(describe), make_finding);
    }

    static Finding make_finding(const Episodes::Entry& entry, FindingPhase phase) {
        const Subject& subject = entry.key;
        Finding finding =
            begin_finding(subject.kind, phase, entry, {subject.host, {}, entry.extra.server});
        finding.name = entry.extra.name;
        finding.reason = entry.extra.reason;
        const std::string host = subject.host.to_text();
        finding.subject = entry.extra.name.empty()
                              ? fmt::format("{} {}", subject.source ? "from" : "to", host)
                              : entry.extra.name;
        finding.filter = entry.extra.name.empty() ? fmt::format("ip:{}", host)
                                                  : fmt::format("name:*.{}", entry.extra.name);
        return finding;
    }

    static constexpr std::uint32_t kEstimateEvery = 64;

    FloodSettings settings_;
    BoundedTable<IpAddress, HostRates, IpHash> hosts_;
    BoundedTable<std::uint64_t, DomainNames, Identity64> domains_;
    BoundedTable<IpAddress, ClientAnswers, IpHash> clients_;
    Episodes subjects_;
    SplitCache splits_;
};

}  // namespace

FloodSettings FloodSettings::of(Preset preset) {
    FloodSettings settings;
    if (preset == Preset::Quiet) {
        settings.query_floor = 10'000;
        settings.unsolicited_floor = 1'000;
        settings.amplification_bytes = 1'000'000;
        settings.random_names = 2'000;
        settings.nxdomain = 500;
    } else if (preset == Preset::Strict) {
        settings.query_floor = 200;
        settings.unsolicited_floor = 20;
        settings.amplification_bytes = 20'000;
        settings.random_names = 100;
        settings.nxdomain = 30;
        settings.simple_packets = 50;
    }
    return settings;
}

std::unique_ptr<Detector> make_flood_detector(const FloodSettings& settings) {
    return std::make_unique<FloodDetector>(settings);
}

}  // namespace vedette::detect
