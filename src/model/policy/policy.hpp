// The policy lists as every packet's judge: an immutable snapshot with longest-prefix tables, made
// anew when the lists change and published through PolicyHolder. A lookup is a binary search; no
// lock is held and no database is asked.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "base/published.hpp"
#include "base/time.hpp"
#include "model/address.hpp"
#include "model/policy/interval_table.hpp"
#include "model/policy/policy_entry.hpp"

namespace vedette {

class Policy {
  public:
    /// No entries, both lists ban lists.
    Policy() = default;
    /// Takes the entries that hold at `now` and are more than proposals.
    Policy(std::vector<PolicyEntry> entries, PolicyModes modes, Timestamp now);
    Policy(Policy&&) = default;  // names are views of the entries: no copies
    Policy& operator=(Policy&&) = default;

    /// The entry of the longest prefix that covers the address; null when there is none.
    [[nodiscard]] const PolicyEntry* resolver(const IpAddress& address) const noexcept;
    /// The entry of the name or of the nearest name above it; lower case, without final dot.
    [[nodiscard]] const PolicyEntry* resolver_name(std::string_view name) const noexcept;
    [[nodiscard]] bool has_resolver_names() const noexcept { return !names_.empty(); }
    /// The entry of the address, else of its first half, else of its manufacturer.
    [[nodiscard]] const PolicyEntry* client(const MacAddress& mac) const noexcept;

    [[nodiscard]] const PolicyMode& mode(PolicyList list) const noexcept {
        return modes_[static_cast<std::size_t>(list)];
    }
    /// Nothing to judge by: every lookup is null and no list is an allow list.
    [[nodiscard]] bool idle() const noexcept;
    /// When the first entry runs out or learning ends; kNever when nothing does.
    [[nodiscard]] Timestamp changes_at() const noexcept { return changes_at_; }
    [[nodiscard]] std::size_t entries() const noexcept { return entries_.size(); }

  private:
    struct NextMac {
        std::optional<std::uint64_t> operator()(std::uint64_t mac) const noexcept {
            return mac + 1;
        }
    };
    using IpTable = IntervalTable<IpAddress, NextAddress>;
    using MacTable = IntervalTable<std::uint64_t, NextMac>;

    void note_change(Timestamp time, Timestamp now) noexcept;
    void add_vendor(const PolicySubject& subject, std::uint32_t entry);
    [[nodiscard]] const PolicyEntry* at(std::uint32_t index) const noexcept {
        return index < entries_.size() ? &entries_[index] : nullptr;
    }

    std::vector<PolicyEntry> entries_;
    PolicyModes modes_{};
    IpTable addresses_;
    MacTable macs_;
    std::vector<std::uint32_t> vendors_;  // by VendorId; empty when no entry names one
    std::vector<std::pair<std::string_view, std::uint32_t>> names_;  // sorted; views of entries_
    Timestamp changes_at_;
};

/// Where readers find the newest snapshot. Any thread.
class PolicyHolder {
  public:
    PolicyHolder() : policy_(std::make_shared<const Policy>()) {}

    [[nodiscard]] std::shared_ptr<const Policy> get() const { return policy_.load(); }
    void set(std::shared_ptr<const Policy> policy) { policy_.store(std::move(policy)); }

  private:
    Published<const Policy> policy_;
};

}  // namespace vedette
