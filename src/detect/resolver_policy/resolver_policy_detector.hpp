// Tells who uses a resolver that the policy lists forbid, in clear text (by the marks that the
// policy gate set) and encrypted: DNS over TLS and QUIC by port 853, DNS over HTTPS by the server
// name of the handshake, by the address or by the bootstrap name of a known resolver.
//
//   resolver.banned        the ban list names the server, or the name
//   resolver.unauthorized  allow list: nobody authorized the server
//   resolver.encrypted     encrypted DNS to a resolver that no list names
//
// One finding per client and server. Constant memory.
#pragma once

#include <cstddef>
#include <memory>

#include "detect/detector.hpp"
#include "model/policy/policy.hpp"

namespace vedette::detect {

struct ResolverPolicySettings {
    bool encrypted = true;   ///< tell encrypted DNS to resolvers that no list names
    bool bootstrap = false;  ///< and who merely asks for a known resolver's name
    std::size_t max_subjects = 8'192;

    [[nodiscard]] static ResolverPolicySettings of(Preset preset) noexcept {
        ResolverPolicySettings settings;
        settings.encrypted = preset != Preset::Quiet;
        settings.bootstrap = preset == Preset::Strict;
        return settings;
    }
};

/// `policy` must outlive the detector; null: no lists.
[[nodiscard]] std::unique_ptr<Detector> make_resolver_policy_detector(
    const ResolverPolicySettings& settings, const PolicyHolder* policy);

}  // namespace vedette::detect
