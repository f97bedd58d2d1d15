// What this process may do, and giving it up. Capabilities are per thread in Linux: drop them
// before threads are started.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace vedette::sys {

/// Capabilities that Vedette can use, by their number in the kernel.
enum class Capability : std::uint8_t { NetBindService = 10, NetAdmin = 12, NetRaw = 13 };

[[nodiscard]] bool has_capability(Capability capability) noexcept;
[[nodiscard]] bool is_root() noexcept;

/// The file this program was started from; "vedette" when the system does not tell.
[[nodiscard]] std::string executable_path();

/// Half a sentence with the command that grants `capabilities` ("cap_net_raw,cap_net_admin").
[[nodiscard]] std::string how_to_grant(std::string_view capabilities);

/// What is left to a process that drops its privileges.
enum class Keep : std::uint8_t {
    Nothing,
    FileAccess,  ///< root's right to open files of others: for root that stays root to store
};

/// For good: becomes `user` (empty: stays who it is) with that user's groups, gives up every
/// capability but `keep`'s, and forbids gaining any by running another program. Fails with NotFound
/// (no such user) or Permission; then nothing may be assumed and the program should end.
[[nodiscard]] Result<void> drop_privileges(const std::string& user, Keep keep = Keep::Nothing);

}  // namespace vedette::sys
