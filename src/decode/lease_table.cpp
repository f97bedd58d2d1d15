#include "decode/lease_table.hpp"

#include <algorithm>
#include <vector>

#include "decode/lease_history.hpp"

namespace vedette::decode {
namespace {

constexpr std::uint32_t kForEver = 0xffffffff;
constexpr Timestamp kEndOfTime{INT64_MAX};
// A client takes an offer within seconds (RFC 2131 4.4.1); after this it is no lease to follow.
constexpr Duration kOfferLifetime = Duration::seconds(60);
// The same message seen twice (both sides of a relay) ends the lease a moment later: no news.
constexpr Duration kSameMoment = Duration::seconds(2);
constexpr Duration kLookInterval = Duration::seconds(1);

[[nodiscard]] Timestamp end_of(const LeaseNews& news) noexcept {
    return news.seconds == kForEver ? kEndOfTime : news.time + Duration::seconds(news.seconds);
}

}  // namespace

void LeaseTable::tell(const LeaseNews& news, const Lease& lease, EventBatch& out) {
    LeaseEvent& event = out.leases.emplace_back();
    event.time = news.time;
    event.start = lease.start;
    event.end = lease.end == kEndOfTime ? kNever : lease.end;
    event.address = news.address;
    event.server = lease.server;
    event.mac = lease.mac;
    event.state = lease.state;
    event.v6 = lease.v6;
    event.vlan = lease.vlan;
    event.prefix_length = lease.prefix_length;
    event.host_name = out.bytes.append(std::string_view(lease.host_name));
    event.vendor_class = out.bytes.append(news.vendor_class);
    event.client_id = out.bytes.append(news.client_id);
    identity_.on_lease(event, lease.host_name);
}

void LeaseTable::tell_end(const IpAddress& address, const Lease& lease, Timestamp time,
                          EventBatch& out) {
    LeaseNews news;
    news.time = time;
    news.address = address;
    tell(news, lease, out);
}

void LeaseTable::offer(const LeaseNews& news, EventBatch& out) {
    const std::uint32_t slot = leases_.find(news.address);
    if (slot != Leases::kNoSlot) {
        // Offering an address to its holder changes nothing; a second offer replaces the first.
        const Lease& known = leases_.at(slot);
        if (known.state == LeaseState::Bound || known.mac == news.mac) return;
    }
    Lease& lease = leases_.at(leases_.obtain(news.address, [](const IpAddress&, const Lease&) {}));
    lease = {news.time, end_of(news),        news.server,
             news.mac,  LeaseState::Offered, news.v6,
             news.vlan, news.prefix_length,  std::string(news.host_name)};
    next_look_ = std::min(next_look_, news.time + kOfferLifetime);
    tell(news, lease, out);
}

void LeaseTable::bind(const LeaseNews& news, EventBatch& out) {
    Lease& lease = leases_.at(leases_.obtain(news.address, [](const IpAddress&, const Lease&) {}));
    // The same lease goes on while its holder renews it in time, or takes up its offer.
    const Timestamp alive =
        lease.state == LeaseState::Bound ? lease.end : lease.start + kOfferLifetime;
    const bool same = lease.start.known() && lease.mac == news.mac && news.time <= alive;
    if (lease.state == LeaseState::Bound && !same) {
        // It ran out before, or somebody else has the address now.
        lease.state = LeaseState::Expired;
        lease.end = std::min(lease.end, news.time);
        tell_end(news.address, lease, lease.end, out);
    }
    const Timestamp end = end_of(news);
    const bool renamed = !news.host_name.empty() && lease.host_name != news.host_name;
    const bool later = end > lease.end + kSameMoment || end < lease.end - kSameMoment;
    if (same && lease.state == LeaseState::Bound && !renamed && !later) return;
    if (!same) {
        lease = {};
        lease.start = news.time;
    }
    lease.end = end;
    lease.server = news.server;
    lease.mac = news.mac;
    lease.state = LeaseState::Bound;
    lease.v6 = news.v6;
    lease.vlan = news.vlan;
    lease.prefix_length = news.prefix_length;
    if (!news.host_name.empty()) {
        lease.host_name = news.host_name.substr(0, LeaseHistory::kMaxHostName);
    }
    next_look_ = std::min(next_look_, end);
    tell(news, lease, out);
}

void LeaseTable::end(const LeaseNews& news, LeaseState state, EventBatch& out) {
    const std::uint32_t slot = leases_.find(news.address);
    Lease lease;
    if (slot != Leases::kNoSlot) {
        if (leases_.at(slot).mac != news.mac) return;
        lease = leases_.at(slot);
        leases_.erase(news.address);
    } else {
        lease.start = news.time;
        lease.mac = news.mac;
        lease.server = news.server;
        lease.v6 = news.v6;
        lease.vlan = news.vlan;
        lease.prefix_length = news.prefix_length;
        lease.host_name = news.host_name.substr(0, LeaseHistory::kMaxHostName);
    }
    lease.state = state;
    lease.end = news.time;
    tell(news, lease, out);
}

void LeaseTable::expire(Timestamp now, EventBatch& out) {
    if (now < next_look_) return;
    Timestamp earliest = kEndOfTime;
    std::vector<IpAddress> gone;
    leases_.for_each([&](const IpAddress& address, Lease& lease) {
        const bool offered = lease.state == LeaseState::Offered;
        const Timestamp end = offered ? lease.start + kOfferLifetime : lease.end;
        if (end > now) {
            earliest = std::min(earliest, end);
            return;
        }
        gone.push_back(address);
        if (offered) return;
        lease.state = LeaseState::Expired;
        tell_end(address, lease, lease.end, out);
    });
    for (const IpAddress& address : gone)
        leases_.erase(address);
    next_look_ = std::max(earliest, now + kLookInterval);
}

}  // namespace vedette::decode
