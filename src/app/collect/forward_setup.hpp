// Settings [forward] -> a running forwarder. Each mistake in them is told by its name.
#pragma once

#include <memory>
#include <string>

#include "app/context/context.hpp"
#include "base/result.hpp"
#include "service/collector/link/forwarder.hpp"
#include "store/dnstap/dnstap_sink.hpp"

namespace vedette::app {

/// Null when no server is named.
[[nodiscard]] Result<std::unique_ptr<collector::Forwarder>> open_forwarder(
    const Context& context, collector::Forwarder::Say say);

/// The dnstap output that the settings name; null when none.
[[nodiscard]] Result<std::unique_ptr<store::DnstapSink>> open_dnstap(const Context& context,
                                                                     store::DnstapRole role);

/// After a run, for a person: what was sent, what waits, what was dropped.
[[nodiscard]] std::string forward_text(const collector::ForwardStatus& status);

/// "tls://host:port" or "tcp://host:port"; InvalidSettings names `setting`.
struct LinkAddress {
    sys::HostPort host;
    bool tls = true;
};
[[nodiscard]] Result<LinkAddress> parse_link_address(std::string_view setting,
                                                     const std::string& text,
                                                     std::uint16_t default_port);

inline constexpr std::uint16_t kSensorPort = 6'054;
inline constexpr std::uint16_t kDnstapPort = 6'000;

}  // namespace vedette::app
