// Made-up traffic for tests and benchmarks: DNS exchanges as a network of a few hundred machines
// makes them, with real wire messages. Seeded: equal options give equal events.
//
// The model: clients and names are picked by Zipf's law; a name asked before is asked again with
// the same answer most of the time. Of the names, 30 % are CNAME chains to rotating pools of
// addresses (a new choice of addresses now and then), the rest have fixed addresses. TTLs count
// down as in a cache, each record of a chain with its own clock. 1.5 % of the questions are names
// never seen before, 4 % end in NXDOMAIN, 1.5 % are unanswered, 0.5 % orphans, 2 % mDNS.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "model/event_batch.hpp"

namespace vedette::store::testing {

struct TrafficOptions {
    std::uint64_t seed = 1;
    std::uint32_t clients = 400;
    std::uint32_t names = 40'000;
    std::int64_t start = 1'795'000'000LL * kNanosPerSecond;
    std::int64_t mean_gap = 5 * kNanosPerMilli;  ///< between questions
    bool mixed_case = false;                     ///< letters at random, as careful resolvers ask
    bool random_names = false;                   ///< every question is new: a flood
};

class Traffic {
  public:
    explicit Traffic(TrafficOptions options = {});

    /// Appends `count` exchanges.
    void fill(EventBatch& batch, std::size_t count);
    [[nodiscard]] MacAddress client_mac(std::uint32_t index) const;
    /// Presentation form with the final dot.
    [[nodiscard]] std::string name(std::uint32_t index) const;
    [[nodiscard]] std::int64_t now() const noexcept { return now_; }

  private:
    struct Client {
        MacAddress mac;
        IpAddress ip;
        std::string host;
    };
    struct Answer {
        std::vector<std::uint8_t> message;
        std::vector<std::uint32_t> ttl_offsets;
        std::vector<std::uint32_t> base_ttls;
        std::uint16_t flags = 0;
    };

    [[nodiscard]] std::uint32_t pick(const std::vector<double>& weights);
    [[nodiscard]] std::uint16_t pick_type(std::uint32_t name);
    [[nodiscard]] std::vector<std::uint8_t> wire_name(std::uint32_t index) const;
    [[nodiscard]] std::vector<std::uint8_t> fresh_name();
    [[nodiscard]] Answer make_answer(const std::vector<std::uint8_t>& name, std::uint16_t type,
                                     std::uint32_t variant, bool exists) const;
    void add(EventBatch& batch);
    void add_response(EventBatch& batch, DnsTransaction& event, const Answer& answer);

    TrafficOptions options_;
    std::mt19937_64 random_;
    std::vector<Client> clients_;
    std::vector<double> client_weights_;
    std::vector<double> name_weights_;
    std::vector<std::vector<Answer>> answers_;  // by name * kTypes + type index, then variant
    std::int64_t now_ = 0;
    std::uint64_t serial_ = 0;
};

}  // namespace vedette::store::testing
