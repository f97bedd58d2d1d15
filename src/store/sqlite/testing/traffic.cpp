#include "store/sqlite/testing/traffic.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "model/vendor/vendor.hpp"

namespace vedette::store::testing {
namespace {

constexpr std::array<std::uint16_t, 5> kTypes{1, 28, 65, 12, 16};
constexpr std::uint16_t kCname = 5;
constexpr std::uint16_t kSoa = 6;
constexpr std::uint32_t kVariants = 6;
constexpr const char* kWords[] = {"api",  "cdn",  "img",  "static", "login", "mail",
                                  "www",  "app",  "edge", "media",  "news",  "play",
                                  "shop", "sync", "time", "data"};
constexpr const char* kZones[] = {"com", "net", "org", "fr", "de", "io", "co.uk", "dev"};

/// Cumulative weights of Zipf's law with exponent `s`.
std::vector<double> zipf(std::uint32_t count, double s) {
    std::vector<double> sums;
    double sum = 0;
    for (std::uint32_t i = 1; i <= count; ++i)
        sums.push_back(sum += 1.0 / std::pow(i, s));
    for (double& value : sums)
        value /= sum;
    return sums;
}

void put16(std::vector<std::uint8_t>& out, unsigned value) {
    out.push_back(static_cast<std::uint8_t>(value >> 8U));
    out.push_back(static_cast<std::uint8_t>(value));
}

void put32(std::vector<std::uint8_t>& out, std::uint32_t value) {
    put16(out, value >> 16U);
    put16(out, value & 0xffffU);
}

void put_label(std::vector<std::uint8_t>& out, std::string_view label) {
    out.push_back(static_cast<std::uint8_t>(label.size()));
    out.insert(out.end(), label.begin(), label.end());
}

std::vector<std::uint8_t> to_wire(std::string_view dotted) {
    std::vector<std::uint8_t> wire;
    while (!dotted.empty()) {
        const std::size_t dot = std::min(dotted.find('.'), dotted.size());
        put_label(wire, dotted.substr(0, dot));
        dotted.remove_prefix(std::min(dot + 1, dotted.size()));
    }
    wire.push_back(0);
    return wire;
}

/// RDLENGTH and RDATA of an SOA record.
void put_soa(std::vector<std::uint8_t>& out, std::uint32_t serial) {
    const auto primary = to_wire("ns1.example-dns.net");
    put16(out, static_cast<unsigned>(primary.size() + 1 + 20));
    out.insert(out.end(), primary.begin(), primary.end());
    out.push_back(0);
    put32(out, serial);
    for (const std::uint32_t value : {7'200U, 900U, 1'209'600U, 900U})
        put32(out, value);
}

/// A number that looks random but belongs to its arguments.
std::uint64_t scatter(std::uint64_t a, std::uint64_t b, std::uint64_t c = 0) {
    return mix64(a * 0x9e3779b97f4a7c15ULL ^ mix64(b + 0x51ed27) ^ c << 40U);
}

std::uint64_t name_hash(const std::vector<std::uint8_t>& name) {
    std::uint64_t hash = name.size();
    for (const std::uint8_t byte : name)
        hash = mix64(hash ^ byte);
    return hash;
}

}  // namespace

Traffic::Traffic(TrafficOptions options)
    : options_(options),
      random_(options.seed),
      client_weights_(zipf(options.clients, 0.8)),
      name_weights_(zipf(options.names, 0.95)),
      answers_(std::size_t{options.names} * kTypes.size()),
      now_(options.start) {
    for (std::uint32_t i = 0; i < options.clients; ++i) {
        Client client;
        client.mac = client_mac(i);
        client.ip = IpAddress::from_v4(0x0a000000U + 256U + i);
        if (i % 3 != 0) client.host = "host-" + std::to_string(i);
        clients_.push_back(std::move(client));
    }
}

MacAddress Traffic::client_mac(std::uint32_t index) const {
    // A few manufacturers make most machines; one in eight is a phone with a made-up address.
    const std::uint64_t tail = scatter(index, 7) & 0xffffffU;
    if (index % 8 == 7) return MacAddress::from_u64(0x02aa00000000ULL | tail);
    const std::uint32_t maker = 100 + index % 23 * 991;
    const MacAddress first = vendor_range(maker % vendor_range_count()).first;
    return MacAddress::from_u64(first.to_u64() | (tail & 0xfffU));
}

std::string Traffic::name(std::uint32_t index) const {
    const std::uint64_t bits = scatter(index, 3);
    std::string text = kWords[bits % 16];
    if (bits >> 8U & 1U) text += std::to_string(bits >> 16U & 0xffU);
    text += ".site";
    text += std::to_string(scatter(index / 5, 4) % 100'000);
    text += '.';
    text += kZones[scatter(index / 5, 5) % 8];
    return text + '.';
}

std::vector<std::uint8_t> Traffic::wire_name(std::uint32_t index) const {
    const std::string text = name(index);
    return to_wire(std::string_view(text).substr(0, text.size() - 1));
}

std::vector<std::uint8_t> Traffic::fresh_name() {
    static constexpr char kAlphabet[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    std::string label;
    for (int i = 0; i < 14; ++i)
        label += kAlphabet[random_() % 36];
    return to_wire(label + ".track" + std::to_string(serial_++ % 40) + ".example.net");
}

std::uint32_t Traffic::pick(const std::vector<double>& weights) {
    const double at = static_cast<double>(random_() >> 11U) * 0x1p-53;
    const auto found = std::ranges::lower_bound(weights, at);
    return static_cast<std::uint32_t>(
        std::min<std::ptrdiff_t>(found - weights.begin(), std::ssize(weights) - 1));
}

std::uint16_t Traffic::pick_type(std::uint32_t name) {
    const std::uint64_t at = random_() % 100;
    if (name % 50 == 49) return 12;
    if (at < 56) return 1;
    if (at < 82) return 28;
    return at < 99 ? 65 : 16;
}

Traffic::Answer Traffic::make_answer(const std::vector<std::uint8_t>& name, std::uint16_t type,
                                     std::uint32_t variant, bool exists) const {
    const std::uint64_t hash = name_hash(name);
    Answer answer;
    std::vector<std::uint8_t>& out = answer.message;
    const bool chain = exists && hash % 10 < 3 && (type == 1 || type == 28);
    const bool data = exists && (type == 1 || type == 12 || type == 16 || (type == 28 && hash % 3));
    const auto addresses = static_cast<unsigned>(!data                      ? 0
                                                 : type == 12 || type == 16 ? 1
                                                 : chain                    ? 2 + hash % 3
                                                                            : 1 + hash % 2);
    answer.flags = exists ? 0x8180 : 0x8183;
    put16(out, 0);
    put16(out, answer.flags);
    put16(out, 1);
    put16(out, addresses + (chain ? 1 : 0));
    put16(out, data ? 0 : 1);
    put16(out, 1);
    out.insert(out.end(), name.begin(), name.end());
    put16(out, type);
    put16(out, 1);
    unsigned owner = 0xc00c;
    const auto begin_record = [&](unsigned record_type, std::uint32_t ttl) {
        put16(out, owner);
        put16(out, record_type);
        put16(out, 1);
        answer.ttl_offsets.push_back(static_cast<std::uint32_t>(out.size()));
        answer.base_ttls.push_back(ttl);
        put32(out, ttl);
    };
    if (chain) {
        begin_record(kCname, 300);
        const auto target = to_wire("e" + std::to_string(hash % 9'000) + ".pool.example-cdn.net");
        put16(out, static_cast<unsigned>(target.size()));
        owner = 0xc000U + static_cast<unsigned>(out.size());
        out.insert(out.end(), target.begin(), target.end());
    }
    for (unsigned i = 0; i < addresses; ++i) {
        // Pools rotate: which of sixteen addresses are told depends on the variant.
        const std::uint64_t bits =
            scatter(chain ? hash % 9'000 : hash, chain ? (variant * 3 + i) % 16 : i, type);
        begin_record(type, chain ? 60 : 3'600);
        if (type == 1) {
            put16(out, 4);
            put32(out, static_cast<std::uint32_t>(bits) | 0x40000000U);
        } else if (type == 28) {
            put16(out, 16);
            put32(out, 0x20010db8);
            put32(out, static_cast<std::uint32_t>(bits >> 32U) & 0xffU);
            put32(out, 0);
            put32(out, static_cast<std::uint32_t>(bits));
        } else {
            const auto target = type == 12 ? to_wire("host.example.org") : to_wire("v=spf1 -all");
            put16(out, static_cast<unsigned>(target.size() - (type == 12 ? 0 : 1)));
            out.insert(out.end(), target.begin(), target.end() - (type == 12 ? 0 : 1));
        }
    }
    if (!data) {
        owner = 0xc00cU + 1 + name[0];  // the parent zone
        begin_record(kSoa, 900);
        put_soa(out, static_cast<std::uint32_t>(hash % 100) + 2'026'112'100);
    }
    static constexpr std::uint8_t kOpt[] = {0, 0, 41, 4, 0xd0, 0, 0, 0, 0, 0, 0};
    out.insert(out.end(), std::begin(kOpt), std::end(kOpt));
    return answer;
}

void Traffic::add_response(EventBatch& batch, DnsTransaction& event, const Answer& answer) {
    std::vector<std::uint8_t> message = answer.message;
    message[0] = static_cast<std::uint8_t>(event.id >> 8U);
    message[1] = static_cast<std::uint8_t>(event.id);
    // A cache's TTLs count down, every record on its own clock.
    const auto seconds = static_cast<std::uint64_t>(now_ / kNanosPerSecond);
    for (std::size_t i = 0; i < answer.ttl_offsets.size(); ++i) {
        const std::uint32_t base = answer.base_ttls[i];
        const std::uint64_t phase = i == 0 ? 17 : 41;
        const auto ttl = static_cast<std::uint32_t>(base - (seconds + phase) % base);
        const std::uint32_t at = answer.ttl_offsets[i];
        for (unsigned byte = 0; byte < 4; ++byte) {
            message[at + byte] = static_cast<std::uint8_t>(ttl >> (24U - 8U * byte));
        }
    }
    event.response_bytes = static_cast<std::uint32_t>(message.size());
    event.response_message = batch.bytes.append(message);
    event.response_flags = answer.flags;
    event.rcode = answer.flags & 0xfU;
    event.answer_messages = 1;
}

void Traffic::add(EventBatch& batch) {
    now_ +=
        static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(2 * options_.mean_gap));
    const Client& client = clients_[pick(client_weights_)];
    const std::uint64_t fate = random_() % 1000;
    const bool fresh = options_.random_names || fate < 15;
    const bool exists = !(fate >= 15 && fate < 55) && !options_.random_names;
    const std::uint32_t index = pick(name_weights_);
    std::vector<std::uint8_t> name = fresh ? fresh_name() : wire_name(index);
    if (!exists && !fresh) name = to_wire("wpad" + std::to_string(index % 300) + ".lan");
    DnsTransaction event;
    event.client = client.ip;
    event.client_mac = event.link_source = client.mac;
    event.mac_source = MacSource::Link;
    event.link_destination = MacAddress::from_u64(0x001122334455);
    event.server = IpAddress::from_v4(index % 20 == 0 ? 0x01010101U : 0x0a000001U);
    event.server_port = 53;
    event.client_port = static_cast<std::uint16_t>(32'768 + random_() % 28'000);
    event.id = static_cast<std::uint16_t>(random_());
    event.qtype = pick_type(index);
    event.qclass = 1;
    event.query_flags = 0x0100;
    event.marks = DnsMarks::kQueryEdns | DnsMarks::kResponseEdns;
    event.query_time = Timestamp{now_};
    event.query_bytes = static_cast<std::uint32_t>(12 + name.size() + 4 + 11);
    event.client_host = batch.bytes.append(client.host);
    event.kind = TransactionKind::Matched;
    if (fate >= 900 && fate < 915) event.kind = TransactionKind::Unanswered;
    if (fate >= 915 && fate < 920) event.kind = TransactionKind::Orphan;
    if (fate >= 920 && fate < 940) {
        event.kind = TransactionKind::OneWay;
        event.protocol = DnsProtocol::Mdns;
        event.server = IpAddress::from_v4(0xe00000fbU);
        event.server_port = event.client_port = 5353;
    }
    const std::vector<std::uint8_t> plain = name;
    if (options_.mixed_case) {
        for (std::uint8_t& byte : name) {
            if (byte >= 'a' && byte <= 'z' && random_() % 2 != 0)
                byte = static_cast<std::uint8_t>(byte - 32);
        }
    }
    event.qname = batch.bytes.append(name);
    if (event.kind == TransactionKind::Matched || event.kind == TransactionKind::Orphan) {
        const std::int64_t latency = static_cast<std::int64_t>(200 + random_() % 30'000) * 1'000;
        event.response_time = Timestamp{now_ + latency};
        if (fresh || !exists) {
            add_response(batch, event, make_answer(name, event.qtype, 0, exists));
        } else {
            const auto type =
                static_cast<std::size_t>(std::ranges::find(kTypes, event.qtype) - kTypes.begin());
            std::vector<Answer>& variants = answers_[index * kTypes.size() + type];
            // A pool moves on every few minutes.
            const auto variant = static_cast<std::uint32_t>(
                scatter(static_cast<std::uint64_t>(now_ / (600 * kNanosPerSecond)), index) %
                kVariants);
            if (variants.empty()) variants.resize(kVariants);
            if (variants[variant].message.empty()) {
                variants[variant] = make_answer(plain, event.qtype, variant, true);
            }
            add_response(batch, event, variants[variant]);
        }
        if (event.kind == TransactionKind::Orphan) {
            event.query_time = kNever;
            event.query_flags = 0;
        }
    }
    batch.watermark = Timestamp{now_};
    batch.dns.push_back(event);
}

void Traffic::fill(EventBatch& batch, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
        add(batch);
}

}  // namespace vedette::store::testing
