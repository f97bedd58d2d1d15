// What the packets of a capture are: protocols, who talks, how it is spread over time. Fed with
// PacketFacts; bounded memory whatever comes. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "captures/statistics/timeline.hpp"
#include "decode/packet_facts.hpp"
#include "decode/protocol/protocol.hpp"
#include "model/address.hpp"

namespace vedette::captures {

/// Lengths are those on the wire.
struct ProtocolRow {
    decode::ProtocolId protocol{};
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
    Timestamp first;
    Timestamp last;
    std::uint64_t hosts = 0;  ///< distinct unicast addresses, of IP or else of the link
};

struct TalkerRow {
    IpAddress address;
    std::uint64_t packets_sent = 0;
    std::uint64_t packets_received = 0;
    std::uint64_t bytes_sent = 0;
    std::uint64_t bytes_received = 0;
};

struct PacketTotals {
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
    std::uint64_t captured_bytes = 0;
    Timestamp first;
    Timestamp last;
};

class PacketStatistics {
  public:
    /// (protocol, host) pairs that are told apart; beyond it hosts() stands still.
    static constexpr std::size_t kMaxHostPairs = std::size_t{1} << 20U;

    PacketStatistics();
    ~PacketStatistics();

    void add(const decode::PacketFacts& facts);

    [[nodiscard]] const PacketTotals& totals() const noexcept { return totals_; }
    [[nodiscard]] const Timeline& timeline() const noexcept { return timeline_; }
    /// Those that were seen, most packets first.
    [[nodiscard]] std::vector<ProtocolRow> protocols() const;
    /// The hosts with the most bytes, sent and received together.
    [[nodiscard]] std::vector<TalkerRow> talkers(std::size_t count) const;
    /// Distinct addresses, multicast too; `exact` false: at least so many.
    [[nodiscard]] std::uint64_t addresses() const noexcept;
    [[nodiscard]] bool exact() const noexcept;

  private:
    struct Hosts;

    PacketTotals totals_;
    Timeline timeline_;
    std::array<ProtocolRow, decode::kProtocols> rows_{};
    std::unique_ptr<Hosts> hosts_;
};

}  // namespace vedette::captures
