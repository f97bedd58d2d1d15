// An alert as a syslog message (RFC 5424): its facts as structured data, the sentence as text.
// Pure.
#pragma once

#include <cstdint>
#include <string>

#include "notify/digest.hpp"

namespace vedette::notify {

/// RFC 5424 table 1; the names that settings use.
[[nodiscard]] std::uint8_t syslog_facility(std::string_view name) noexcept;

/// One message of at most `most_bytes`, without framing; what is cut is the end of the text.
[[nodiscard]] std::string syslog_message(const Digest& digest, const Notice& notice,
                                         std::uint8_t facility, std::size_t most_bytes);

}  // namespace vedette::notify
