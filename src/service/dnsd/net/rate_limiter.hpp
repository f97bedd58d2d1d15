// Limits what a forged or greedy client can make the server send: answers of one kind to one prefix
// (response rate limiting), and questions of one prefix altogether. A fixed table, no heap after
// construction, one object per thread.
#pragma once

#include <cstdint>
#include <vector>

#include "base/time.hpp"
#include "model/address.hpp"
#include "service/dnsd/answer/responder.hpp"

namespace vedette::dnsd {

struct RateLimits {
    std::uint32_t answers_per_second = 0;  ///< alike, to one prefix; 0 is no limit
    std::uint32_t queries_per_second = 0;  ///< of one prefix, whatever they ask; 0 is no limit
    std::uint32_t slip = 2;  ///< every so-manyth limited answer goes out cut (TC), so that a
                             ///< real client can ask again over TCP; 0 never
    unsigned prefix_v4 = 24;
    unsigned prefix_v6 = 56;
};

enum class RateVerdict : std::uint8_t { Pass, Truncate, Drop };

class RateLimiter {
  public:
    explicit RateLimiter(const RateLimits& limits);

    [[nodiscard]] bool active() const noexcept { return !buckets_.empty(); }
    /// What to do with an answer. A client that proved its address by a cookie is only held to the
    /// limit on queries; loopback to none.
    [[nodiscard]] RateVerdict judge(const IpAddress& client, const Query& query,
                                    const AnswerOutcome& outcome, Timestamp now) noexcept;

  private:
    /// The moment at which the bucket would be empty again (GCRA): one number is the whole state.
    struct Bucket {
        std::uint64_t tag = 0;
        std::int64_t full_until = 0;  ///< nanoseconds
    };
    [[nodiscard]] bool exceeds(std::uint64_t key, std::uint32_t per_second, Timestamp now) noexcept;

    RateLimits limits_;
    std::vector<Bucket> buckets_;
    std::uint32_t limited_ = 0;
};

}  // namespace vedette::dnsd
