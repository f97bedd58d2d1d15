#include "captures/statistics/packet_statistics.hpp"

#include <algorithm>

#include <boost/unordered/unordered_flat_set.hpp>

#include "captures/statistics/heavy_hitters.hpp"

namespace vedette::captures {

using decode::PacketFacts;

namespace {

struct Talk {
    std::uint64_t weight = 0;  ///< bytes, both ways
    std::uint64_t packets_sent = 0;
    std::uint64_t packets_received = 0;
    std::uint64_t bytes_sent = 0;
};

void widen(Timestamp time, Timestamp& first, Timestamp& last) noexcept {
    if (!time.known()) return;
    if (!first.known() || time < first) first = time;
    if (!last.known() || time > last) last = time;
}

bool is_host(const IpAddress& address) noexcept {
    constexpr std::uint32_t kBroadcast = 0xffffffff;
    if (address.is_unspecified() || address.is_multicast()) return false;
    return !address.is_v4() || address.to_v4() != kBroadcast;
}

}  // namespace

struct PacketStatistics::Hosts {
    HeavyHitters<IpAddress, Talk, IpHash> talkers{std::size_t{1} << 18U};
    boost::unordered_flat_set<std::uint64_t> pairs;
    bool pairs_exact = true;

    /// Whether the pair is new.
    bool add(decode::ProtocolId protocol, std::uint64_t host) {
        const std::uint64_t key = mix64(host + static_cast<std::uint64_t>(protocol));
        if (pairs.size() >= kMaxHostPairs) {
            pairs_exact = false;
            return false;
        }
        return pairs.insert(key).second;
    }
};

PacketStatistics::PacketStatistics() : hosts_(std::make_unique<Hosts>()) {}
PacketStatistics::~PacketStatistics() = default;

void PacketStatistics::add(const PacketFacts& facts) {
    ++totals_.packets;
    totals_.bytes += facts.original;
    totals_.captured_bytes += facts.captured;
    widen(facts.time, totals_.first, totals_.last);
    timeline_.add(facts.time, facts.original);

    ProtocolRow& row = rows_[static_cast<std::size_t>(facts.protocol)];
    ++row.packets;
    row.bytes += facts.original;
    widen(facts.time, row.first, row.last);
    if (facts.has_ip) {
        if (is_host(facts.source)) row.hosts += hosts_->add(facts.protocol, IpHash{}(facts.source));
        if (is_host(facts.destination)) {
            row.hosts += hosts_->add(facts.protocol, IpHash{}(facts.destination));
        }
        Talk& from = hosts_->talkers.at(facts.source);
        from.weight += facts.original;
        from.bytes_sent += facts.original;
        ++from.packets_sent;
        Talk& to = hosts_->talkers.at(facts.destination);
        to.weight += facts.original;
        ++to.packets_received;
    } else if (facts.has_link) {
        if (!facts.link_source.is_group()) {
            row.hosts += hosts_->add(facts.protocol, MacHash{}(facts.link_source));
        }
        if (!facts.link_destination.is_group() && !facts.link_destination.is_zero()) {
            row.hosts += hosts_->add(facts.protocol, MacHash{}(facts.link_destination));
        }
    }
}

std::vector<ProtocolRow> PacketStatistics::protocols() const {
    std::vector<ProtocolRow> out;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        if (rows_[i].packets == 0) continue;
        out.push_back(rows_[i]);
        out.back().protocol = static_cast<decode::ProtocolId>(i);
    }
    std::ranges::stable_sort(out, std::ranges::greater{}, &ProtocolRow::packets);
    return out;
}

std::vector<TalkerRow> PacketStatistics::talkers(std::size_t count) const {
    std::vector<TalkerRow> out;
    for (const auto& [address, talk] : hosts_->talkers.top(count)) {
        out.push_back({address, talk.packets_sent, talk.packets_received, talk.bytes_sent,
                       talk.weight - talk.bytes_sent});
    }
    return out;
}

std::uint64_t PacketStatistics::addresses() const noexcept {
    return hosts_->talkers.size();
}

bool PacketStatistics::exact() const noexcept {
    return hosts_->talkers.exact() && hosts_->pairs_exact;
}

}  // namespace vedette::captures
