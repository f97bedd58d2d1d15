// What the DNS and DHCP of a capture say: names, types, answers, times, leases. Fed with the
// decoder's batches; bounded memory. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "model/address.hpp"
#include "model/dhcp_message.hpp"
#include "model/event_batch.hpp"

namespace vedette::captures {

/// A word and how often: a type, an rcode, a name, an address.
struct CountRow {
    std::string word;
    std::uint64_t count = 0;
};

/// Of unicast DNS, unless said otherwise. Lists are ordered, most first.
struct DnsTotals {
    std::uint64_t queries = 0;
    std::uint64_t matched = 0;
    std::uint64_t unanswered = 0;
    std::uint64_t orphans = 0;  ///< answers without their query
    std::uint64_t mdns = 0;     ///< messages
    std::uint64_t llmnr = 0;
    std::uint64_t nbns = 0;
    std::uint64_t names = 0;  ///< distinct
    bool names_exact = true;
    std::vector<CountRow> top_names;
    std::vector<CountRow> unanswered_names;
    std::vector<CountRow> types;
    std::vector<CountRow> rcodes;
    std::vector<CountRow> clients;
    std::vector<CountRow> servers;
    /// Of matched queries, in nanoseconds: half, nine tenths, 99 %, and the slowest.
    Duration median;
    Duration p90;
    Duration p99;
    Duration slowest;
};

struct LeaseRow {
    Timestamp time;
    IpAddress address;
    MacAddress mac;
    IpAddress server;
    LeaseState state{};
    std::string host_name;
};

struct DhcpTotals {
    std::uint64_t messages = 0;  ///< both versions
    std::vector<CountRow> types;
    std::vector<CountRow> servers;  ///< by the offers, acknowledgments and replies they sent
    std::uint64_t clients = 0;      ///< distinct hardware addresses
    std::vector<LeaseRow> leases;   ///< the last state of each, as many as are kept
};

class EventStatistics {
  public:
    static constexpr std::size_t kMaxLeases = 1'024;

    EventStatistics();
    ~EventStatistics();

    void add(const EventBatch& batch);
    /// The `count` first of every list.
    [[nodiscard]] DnsTotals dns(std::size_t count) const;
    [[nodiscard]] DhcpTotals dhcp(std::size_t count) const;

  private:
    void add_dns(const DnsTransaction& event, const ByteArena& bytes);
    void add_dhcp(const DhcpMessage& event);
    void add_lease(const LeaseEvent& event, const ByteArena& bytes);

    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace vedette::captures
