// A network namespace for one test process: nothing a live test does reaches the machine's network.
#pragma once

#include <string>

namespace vedette::live {

/// Moves this process into a fresh network namespace with loopback up. Empty on success, else why
/// not, for a person. Call before threads are started.
[[nodiscard]] std::string enter_net_namespace();

/// Runs `ip ARGUMENTS`; false when it fails.
bool ip(const std::string& arguments);

/// Makes two Ethernet interfaces that are each other's cable, both up, without IPv6 chatter.
bool make_cable(const std::string& one_end, const std::string& other_end);

}  // namespace vedette::live
