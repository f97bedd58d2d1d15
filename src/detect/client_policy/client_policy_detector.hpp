// Tells machines that the policy lists forbid, by the marks that the policy gate set: a banned MAC
// address, manufacturer or first half is active, or one that the allow list does not know. One
// finding per MAC address; a lease or any other DHCP message counts like a query. Constant memory.
#pragma once

#include <cstddef>
#include <memory>

#include "detect/detector.hpp"
#include "model/policy/policy.hpp"

namespace vedette::detect {

struct ClientPolicySettings {
    std::size_t max_subjects = 8'192;
};

/// `policy` must outlive the detector; null: no lists.
[[nodiscard]] std::unique_ptr<Detector> make_client_policy_detector(
    const ClientPolicySettings& settings, const PolicyHolder* policy);

}  // namespace vedette::detect
