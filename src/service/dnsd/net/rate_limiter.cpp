#include "service/dnsd/net/rate_limiter.hpp"

#include <cstring>

namespace vedette::dnsd {
namespace {

constexpr std::size_t kBuckets = std::size_t{1} << 16U;  // a megabyte; a power of two

std::uint64_t prefix_key(const IpAddress& client, const RateLimits& limits) noexcept {
    const unsigned bits = client.is_v4() ? 96 + limits.prefix_v4 : limits.prefix_v6;
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    for (std::size_t i = 0; i < 8; ++i) {
        high = high << 8U | client.octets[i];
        low = low << 8U | client.octets[8 + i];
    }
    if (bits <= 64) {
        high = bits == 0 ? 0 : high >> (64 - bits) << (64 - bits);
        low = 0;
    } else if (bits < 128) {
        low = low >> (128 - bits) << (128 - bits);
    }
    return mix64(high ^ mix64(low + 1));
}

/// What makes answers alike: the name for data, the zone for its absence and for referrals, the
/// rcode for errors. So random names below one zone count together.
std::uint64_t kind_key(const Query& query, const AnswerOutcome& outcome) noexcept {
    if (outcome.zone == nullptr) return mix64(outcome.rcode + 1U);
    if (outcome.rcode == 0 && outcome.answers != 0) return query.name.hash(0) ^ query.type;
    return outcome.zone->apex_name().hash() + outcome.rcode + 1U;
}

}  // namespace

RateLimiter::RateLimiter(const RateLimits& limits) : limits_(limits) {
    if (limits.answers_per_second != 0 || limits.queries_per_second != 0) buckets_.resize(kBuckets);
}

bool RateLimiter::exceeds(std::uint64_t key, std::uint32_t per_second, Timestamp now) noexcept {
    Bucket& bucket = buckets_[key & (kBuckets - 1)];
    // Two prefixes in one bucket share it only while both are busy; then both are suspects.
    if (bucket.tag != key && bucket.full_until <= now.nanos) bucket = {key, now.nanos};
    const std::int64_t start = bucket.full_until > now.nanos ? bucket.full_until : now.nanos;
    if (start - now.nanos > kNanosPerSecond) return true;  // a second's worth is spent in advance
    bucket.full_until = start + kNanosPerSecond / per_second;
    return false;
}

RateVerdict RateLimiter::judge(const IpAddress& client, const Query& query,
                               const AnswerOutcome& outcome, Timestamp now) noexcept {
    if (client.is_loopback()) return RateVerdict::Pass;
    const std::uint64_t prefix = prefix_key(client, limits_);
    if (limits_.queries_per_second != 0 && exceeds(prefix, limits_.queries_per_second, now)) {
        return RateVerdict::Drop;
    }
    if (limits_.answers_per_second == 0 || outcome.cookie_proved) return RateVerdict::Pass;
    if (!exceeds(mix64(prefix ^ kind_key(query, outcome)), limits_.answers_per_second, now))
        return RateVerdict::Pass;
    const bool slips = limits_.slip != 0 && ++limited_ % limits_.slip == 0;
    return slips ? RateVerdict::Truncate : RateVerdict::Drop;
}

}  // namespace vedette::dnsd
