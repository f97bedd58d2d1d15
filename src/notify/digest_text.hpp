// A digest for people: the line that mails and pushes have as their title, and plain text. Names
// and reasons come from the network and are made safe: one line stays one line. Pure but for the
// time zone.
#pragma once

#include <string>
#include <string_view>

#include "notify/digest.hpp"

namespace vedette::notify {

/// "[vedette] high: Flood of DNS queries: 192.0.2.53" or "[vedette] 3 alerts, 1 ended: worst high".
[[nodiscard]] std::string title(const Digest& digest, std::string_view prefix);

/// "Flood of DNS queries: 192.0.2.53"; "Ended: ..." when it has.
[[nodiscard]] std::string headline(const Notice& notice);

/// Everything; the first alerts with their details, the others a line each.
[[nodiscard]] std::string plain_text(const Digest& digest);

/// Lines of headlines and reasons in at most `bytes`; what does not fit is told by number.
[[nodiscard]] std::string short_text(const Digest& digest, std::size_t bytes);

/// At most `bytes` of UTF-8, never half a character.
[[nodiscard]] std::string_view clip(std::string_view text, std::size_t bytes) noexcept;

}  // namespace vedette::notify
