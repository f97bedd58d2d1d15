#include "detect/tunnel/tunnel_detector.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "detect/answer_records.hpp"
#include "detect/bounded_table.hpp"
#include "detect/episodes.hpp"
#include "detect/split_cache.hpp"
#include "detect/tunnel/tunnel_pair.hpp"
#include "render/name_text.hpp"
#include "wire/dns/name.hpp"

namespace vedette::detect {
namespace {

namespace dns = wire::dns;

constexpr Duration kRepeat = Duration::seconds(60);
constexpr std::size_t kLongTopLevel = 16;  // wire bytes; the longest real one is 24 letters
constexpr Duration kQuiet = Duration::seconds(600);

// Types whose RDATA a tunnel fills at will. Addresses, DNSSEC and delegations are left out: they
// are many and unique in ordinary life.
constexpr bool carries_data(std::uint16_t type) noexcept {
    switch (type) {
        case 5:   // CNAME
        case 10:  // NULL
        case 13:  // HINFO
        case 15:  // MX
        case 16:  // TXT
        case 25:  // KEY
        case 33:  // SRV
        case 37:  // CERT
        case 99:  // SPF
            return true;
        default:
            return type >= 65'280;  // private use
    }
}

// Services that take data in names by design: reputation of files and mail, names for machines'
// own certificates, measurements by browsers, machines and storage for hire. Their servers are
// theirs alone, so what is asked there reaches nobody else.
using namespace std::string_view_literals;
constexpr std::array kServices{
    "\x09"
    "amazonaws\3com\0"sv,  // machines and storage
    "\x09"
    "amazonses\3com\0"sv,  // keys of its customers' mail
    "\5azure\3net\0"sv,    // machines and storage
    "\7windows\3net\0"sv,  // machines and storage
    "\6akstat\2io\0"sv,    // measurements of web pages
    "\x0d"
    "cedexis-radar\3net\0"sv,  // measurements of networks
    "\5cymru\3com\0"sv,        // registry of malware hashes
    "\2e5\2sk\0"sv,            // reputation of files
    "\x0c"
    "footprintdns\3com\0"sv,           // measurements of networks
    "\x11googlesyndication\3com\0"sv,  // a host name for each advertisement
    "\7gstatic\3com\0"sv,              // measurements of networks
    "\6mcafee\3com\0"sv,               // reputation of files
    "\x0bonmicrosoft\3com\0"sv,        // keys of its customers' mail
    "\4plex\6direct\0"sv,              // each machine's own certificate
    "\x08sendgrid\3net\0"sv,           // keys of its customers' mail
    "\x08sophosxl\3net\0"sv,           // reputation of files and addresses
    "\x08spamhaus\3net\0"sv,           // block lists with the customer's key in the name
};

bool is_service(ByteView domain) noexcept {
    return std::ranges::any_of(kServices, [&](std::string_view service) {
        return dns::equal_names(domain, as_bytes(service));
    });
}

// in-addr.arpa, ip6.arpa, e164.arpa: names made of addresses and numbers.
bool is_reverse(ByteView domain) noexcept {
    static constexpr std::array<std::uint8_t, 6> kArpa{4, 'a', 'r', 'p', 'a', 0};
    return domain.size() >= kArpa.size() && dns::equal_names(domain.last(kArpa.size()), kArpa);
}

std::uint64_t hash_bytes(ByteView bytes) noexcept {
    std::uint64_t hash = 0xcbf29ce484222325ULL;
    for (const std::uint8_t byte : bytes)
        hash = (hash ^ byte) * 0x100000001b3ULL;
    return mix64(hash);
}

// Tools also ask for names without any domain: the data is the top-level domain itself. Those are
// counted under the root. Short or all-letter ones are networks' own (".lan") and typing.
RegisteredDomain split_name(ByteView name, SplitCache& cache) noexcept {
    RegisteredDomain split = cache.find(name, dns::hash_name(name));
    if (split.listed || split.suffix.size() < kLongTopLevel) return split;
    const ByteView label = split.suffix.subspan(1, split.suffix[0]);
    if (std::ranges::none_of(label, [](auto c) { return c >= '0' && c <= '9'; })) return split;
    split.domain = split.suffix.last(1);
    split.prefix = name.first(name.size() - 1);
    return split;
}

class TunnelDetector final : public Detector {
  public:
    explicit TunnelDetector(const TunnelSettings& settings)
        : settings_(settings), pairs_(settings.max_pairs) {}

    std::string_view name() const noexcept override { return "tunnel"; }

    void observe(const EventBatch& batch, std::vector<Finding>& findings) override {
        for (const DnsTransaction& event : batch.dns) {
            if (event.protocol != DnsProtocol::Dns || event.qname.empty()) continue;
            const RegisteredDomain split = split_name(batch.bytes.view(event.qname), splits_);
            // A name without a prefix carries nothing, but its answer may.
            if (split.domain.empty() || is_ignored(split.domain)) continue;
            count(event, split, batch, findings);
        }
        if (batch.watermark.known()) advance(batch.watermark, findings);
    }

    void advance(Timestamp now, std::vector<Finding>& findings) override {
        if (swept_.known() && now - swept_ < kRepeat) return;
        swept_ = now;
        pairs_.for_each_used([&](TunnelPair& pair) {
            if (!pair.spoken.known() || now - pair.last <= kQuiet) return;
            findings.push_back(make_finding(pair, FindingPhase::Ended));
            pair = TunnelPair{};
        });
    }

    std::size_t memory_bytes() const noexcept override {
        return pairs_.memory_bytes() + SplitCache::memory_bytes();
    }

  private:
    struct KeyHash {
        std::size_t operator()(const TunnelKey& key) const noexcept {
            return mix64(IpHash{}(key.client) ^ key.domain_hash);
        }
    };

    bool is_ignored(ByteView domain) const {
        if (is_reverse(domain)) return true;
        return std::ranges::any_of(settings_.ignored_domains, [&](const std::string& ignored) {
            return dns::equal_names(domain, as_bytes(ignored));
        });
    }

    void count(const DnsTransaction& event, const RegisteredDomain& split, const EventBatch& batch,
               std::vector<Finding>& findings) {
        TunnelPair& pair = pair_of(event, split.domain);
        pair.last = std::max(pair.last, event.time());
        pair.server = event.server;
        if (event.mac_source != MacSource::Unknown) pair.mac = event.client_mac;
        if (event.has_query()) {
            ++pair.queries;
            ++pair.unspoken;
            pair.note_type(event.qtype);
            if ((event.marks & DnsMarks::kQueryDo) != 0) ++pair.edns_large;
            if (!split.prefix.empty() && pair.seen_names.is_new(hash_bytes(split.prefix))) {
                pair.note_name(split.prefix);
                pair.note_packet(event.query_packet);
            }
        }
        if (event.has_response()) {
            count_answers(pair, batch.bytes.view(event.response_message));
        }
        speak_if_due(pair, event.time(), findings);
    }

    static void count_answers(TunnelPair& pair, ByteView response) {
        for_each_answer(response, [&](std::uint16_t type, ByteView rdata) {
            if (!carries_data(type) || rdata.empty()) return;
            if (!pair.seen_answers.is_new(hash_bytes(rdata))) return;
            ++pair.answers;
            pair.answer_bytes += rdata.size();
        });
    }

    TunnelPair& pair_of(const DnsTransaction& event, ByteView domain) {
        const TunnelKey key{event.client, dns::hash_name(domain)};
        TunnelPair& pair = pairs_.at(key);
        if (pair.used() && event.time() - pair.first <= settings_.horizon) return pair;
        pair = TunnelPair{};
        pair.key = key;
        pair.first = pair.last = event.time();
        pair.domain_length = static_cast<std::uint8_t>(std::min(domain.size(), pair.domain.size()));
        std::copy_n(domain.begin(), pair.domain_length, pair.domain.begin());
        return pair;
    }

    bool long_names(const TunnelPair& pair) const noexcept {
        const std::uint32_t rare = pair.alphabet.digits + pair.alphabet.high;
        // One-character labels are addresses (block lists of IPv6); names without letters are too
        // (software that asks for its list of proxies). Every encoding of data uses letters.
        const bool addresses =
            pair.short_labels * 2 > pair.labels || pair.host_names * 2 > pair.names ||
            (pair.alphabet.letters * 10ULL < pair.alphabet.total() && pair.alphabet.high == 0);
        return pair.names >= settings_.long_names && pair.name_bytes >= settings_.long_name_bytes &&
               pair.mean_name() >= settings_.long_name_mean && !addresses &&
               rare * 100ULL >= pair.alphabet.total() * settings_.long_digit_percent;
    }

    bool fed_answers(const TunnelPair& pair) const noexcept {
        return pair.names >= settings_.fed_names && pair.answers >= settings_.fed_answers &&
               pair.answers * 2 >= pair.names && pair.answer_bytes >= settings_.fed_answer_bytes &&
               (pair.mean_name() >= settings_.fed_name_mean || rich_answers(pair));
    }

    // A download whose names only count: "17.stage.example".
    bool rich_answers(const TunnelPair& pair) const noexcept {
        return pair.answers >= settings_.rich_answers &&
               pair.answer_bytes >= std::uint64_t{pair.answers} * settings_.rich_answer_mean;
    }

    void speak_if_due(TunnelPair& pair, Timestamp now, std::vector<Finding>& findings) {
        if (pair.spoken.known() ? now - pair.spoken < kRepeat
                                : !long_names(pair) && !fed_answers(pair)) {
            return;
        }
        if (is_service(ByteView(pair.domain.data(), pair.domain_length))) return;
        const FindingPhase phase =
            pair.spoken.known() ? FindingPhase::Continues : FindingPhase::Started;
        findings.push_back(make_finding(pair, phase));
        pair.spoken = now;
        pair.unspoken = 0;
    }

    Finding make_finding(const TunnelPair& pair, FindingPhase phase) const {
        Finding finding = begin_finding(FindingKind::Tunnel, phase, pair,
                                        {pair.key.client, pair.mac, pair.server});
        finding.name = domain_text(pair);
        finding.subject = fmt::format("{} {}", pair.key.client.to_text(), finding.name);
        finding.reason = reason(pair, finding.name);
        finding.filter =
            fmt::format("client:{} name:*.{}", pair.key.client.to_text(), finding.name);
        for (const std::uint64_t packet : pair.packets) {
            if (packet != 0) finding.packets.push_back(packet);
        }
        return finding;
    }

    static std::string domain_text(const TunnelPair& pair) {
        const ByteView wire(pair.domain.data(), pair.domain_length);
        return dns::is_wire_name(wire) ? render::name_text(wire) : "(long domain)";
    }

    std::string reason(const TunnelPair& pair, const std::string& domain) const {
        const double seconds = static_cast<double>((pair.last - pair.first).nanos) /
                               static_cast<double>(kNanosPerSecond);
        return fmt::format(
            "{} asked {} unique names of {} bytes on average under {} within {:.1f} s: about {} "
            "bytes left, {} bytes came in {} unique answers (limits: {} names of {} bytes with {} "
            "bytes in all, or {} names with {} unique answers); resembles {}.",
            pair.key.client.to_text(), pair.names, pair.mean_name(), domain, seconds,
            pair.name_bytes, pair.answer_bytes, pair.answers, settings_.long_names,
            settings_.long_name_mean, settings_.long_name_bytes, settings_.fed_names,
            settings_.fed_answers, resembled_tool(pair));
    }

    TunnelSettings settings_;
    BoundedTable<TunnelKey, TunnelPair, KeyHash> pairs_;
    Timestamp swept_;
    SplitCache splits_;
};

}  // namespace

TunnelSettings TunnelSettings::of(Preset preset) {
    TunnelSettings settings;
    if (preset == Preset::Quiet) {
        settings.long_names = 100;
        settings.long_name_bytes = 8'000;
        settings.fed_names = settings.fed_answers = 100;
        settings.fed_answer_bytes = 8'000;
        settings.rich_answers = 200;
    } else if (preset == Preset::Strict) {
        settings.long_names = 10;
        settings.long_name_bytes = 500;
        settings.long_name_mean = 20;
        settings.fed_names = settings.fed_answers = 12;
        settings.fed_answer_bytes = 400;
        settings.rich_answers = 24;
    }
    return settings;
}

std::unique_ptr<Detector> make_tunnel_detector(const TunnelSettings& settings) {
    return std::make_unique<TunnelDetector>(settings);
}

}  // namespace vedette::detect
