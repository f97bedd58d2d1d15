// Keeps the policy snapshot of a run current: looks about once a second whether the policy file
// changed or an entry ran out, publishes what holds now, and writes down what a learning list saw.
// A change of the lists takes effect within a second, without a restart. Storage thread, except for
// holder(), which any thread may read.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/result.hpp"
#include "base/time.hpp"
#include "model/policy/policy.hpp"
#include "service/guard/policy_gate.hpp"
#include "store/sqlite/policy/policy_store.hpp"

namespace vedette::service {

class PolicyWatch final : public pipeline::EventMarker {
  public:
    /// Whether what DHCP hands out is remembered over runs: of captures it is not.
    enum class Baselines : std::uint8_t { OfThisRun, Kept };
    /// Reads the file once. `clock` must outlive it.
    [[nodiscard]] static Result<std::unique_ptr<PolicyWatch>> start(
        store::PolicyStore store, const Clock& clock, Baselines baselines = Baselines::OfThisRun);

    void mark(EventBatch& batch) override;
    /// Looks now when a second has passed; for times without events.
    void poll();
    /// Writes down what learning gathered; at the end of a run, too.
    void flush();

    [[nodiscard]] const PolicyHolder& holder() const noexcept { return holder_; }
    /// What reading or writing the file met last; the lists in force stay.
    [[nodiscard]] const std::optional<Error>& complaint() const noexcept { return complaint_; }

    /// Only start() can make the argument.
    class Key {
        friend class PolicyWatch;
        Key() = default;
    };
    PolicyWatch(Key, store::PolicyStore store, const Clock& clock);

  private:
    [[nodiscard]] Result<void> reload(Timestamp now);
    [[nodiscard]] Result<void> look(Timestamp now);
    [[nodiscard]] Result<void> write_proposals(Timestamp now);
    [[nodiscard]] Result<void> write_baseline();

    store::PolicyStore store_;
    const Clock* clock_;
    PolicyHolder holder_;
    PolicyGate gate_{holder_};
    Baselines baselines_ = Baselines::OfThisRun;
    Timestamp looked_;
    std::int64_t version_ = 0;
    std::optional<Error> complaint_;
};

}  // namespace vedette::service
