// Judges every event by the policy lists and sets the marks that logs, stores and detectors read:
// the resolver is banned, or not on the allow list; the client's MAC address is. What DHCP hands
// out as DNS servers is authorized by itself, per network (baseline.hpp); encrypted DNS to it is no
// way around anything, so nobody is told of that. Bounded; storage thread only.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "detect/bounded_table.hpp"
#include "model/policy/policy.hpp"
#include "pipeline/sinks.hpp"
#include "service/guard/baseline.hpp"

namespace vedette::service {

/// Something seen while a list is learning.
struct PolicyProposal {
    PolicyList list{};
    PolicySubject subject;
    std::string seen;  ///< who was first seen with it
};

class PolicyGate final : public pipeline::EventMarker {
  public:
    /// `policy` must outlive it.
    explicit PolicyGate(const PolicyHolder& policy);

    void mark(EventBatch& batch) override;
    /// Empties and returns what learning gathered since the last call.
    [[nodiscard]] std::vector<PolicyProposal> take_proposals();
    [[nodiscard]] Baseline& baseline() noexcept { return baseline_; }
    [[nodiscard]] std::size_t memory_bytes() const noexcept;

    static constexpr std::size_t kMaxProposals = 4'096;  ///< waiting to be taken

  private:
    /// An address that a listed name led to.
    struct Led {
        IpAddress key;
        Timestamp until;
        std::uint32_t verdict = 0;  ///< PolicyVerdict
        [[nodiscard]] bool used() const noexcept { return until.known(); }
        [[nodiscard]] std::uint64_t weight() const noexcept {
            return used() ? static_cast<std::uint64_t>(until.nanos < 1 ? 1 : until.nanos) : 0;
        }
    };
    struct Proposed {
        std::uint64_t key = 0;
        std::uint64_t used_at = 0;
        [[nodiscard]] bool used() const noexcept { return used_at != 0; }
        [[nodiscard]] std::uint64_t weight() const noexcept { return used_at; }
    };
    struct Identity64 {
        std::size_t operator()(std::uint64_t key) const noexcept { return mix64(key); }
    };

    void follow_name(const Policy& policy, const DnsTransaction& event, const ByteArena& bytes);
    [[nodiscard]] std::uint16_t judge_resolver(const Policy& policy, const DnsTransaction& event,
                                               std::string_view sensor);
    void forget_authorized(const Policy& policy, EventBatch& batch) const;
    [[nodiscard]] std::uint16_t judge_client(const Policy& policy, const MacAddress& mac,
                                             Timestamp time);
    void propose(PolicyList list, const std::string& subject, std::string seen);

    const PolicyHolder* holder_;
    Baseline baseline_;
    detect::BoundedTable<IpAddress, Led, IpHash> led_;
    detect::BoundedTable<std::uint64_t, Proposed, Identity64> proposed_;
    std::vector<PolicyProposal> proposals_;
    std::uint64_t uses_ = 0;
};

}  // namespace vedette::service
