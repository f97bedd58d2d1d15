// Which answers are worth a second opinion, and which names are nobody else's business: private
// names are never asked of others, nor those the settings except, nor a name twice within the hour,
// nor many of one domain, nor more than so many a minute. By event time; bounded; one thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "detect/bounded_table.hpp"
#include "model/dns_transaction.hpp"
#include "wire/dns/name.hpp"

namespace vedette::service {

struct OpinionLimits {
    std::uint32_t per_minute = 30;  ///< questions, each to every resolver
    Duration name_again = Duration::seconds(3'600);
    Duration domain_again = Duration::seconds(60);  ///< another name of the same domain
    std::size_t max_names = 8'192;
};

class OpinionChoice {
  public:
    /// `resolvers` are asked: what they say and what they ask is not looked at. `except` are names
    /// in wire form under which nothing is asked.
    OpinionChoice(OpinionLimits limits, std::vector<IpAddress> resolvers,
                  std::vector<wire::dns::NameBuffer> except);

    /// Whether to ask others; counts as asked when true. `message` is the answer that was seen.
    [[nodiscard]] bool take(const DnsTransaction& event, ByteView qname, ByteView message);
    [[nodiscard]] std::size_t memory_bytes() const noexcept { return asked_.memory_bytes(); }

  private:
    struct Asked {
        std::uint64_t key = 0;
        Timestamp time;
        [[nodiscard]] bool used() const noexcept { return time.known(); }
        [[nodiscard]] std::uint64_t weight() const noexcept {
            return used() ? static_cast<std::uint64_t>(time.nanos < 1 ? 1 : time.nanos) : 0;
        }
    };
    struct KeyHash {
        std::size_t operator()(std::uint64_t key) const noexcept { return key; }
    };

    [[nodiscard]] bool is_of_interest(const DnsTransaction& event) const noexcept;
    [[nodiscard]] bool is_private(ByteView qname) const noexcept;
    [[nodiscard]] bool is_fresh(std::uint64_t key, Timestamp now, Duration again);
    [[nodiscard]] bool has_room(Timestamp now) noexcept;

    OpinionLimits limits_;
    std::vector<IpAddress> resolvers_;
    std::vector<wire::dns::NameBuffer> except_;
    detect::BoundedTable<std::uint64_t, Asked, KeyHash> asked_;
    Timestamp minute_;  ///< start of the window; kNever before the first
    std::uint32_t in_minute_ = 0;
};

}  // namespace vedette::service
