// The words of one log row for people: what was asked, what was answered, how fast. Used by the
// live line and the tables; machine formats are in log_fields.hpp. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "model/log_query.hpp"
#include "render/table/text_table.hpp"

namespace vedette::render {

/// "A louvre.fr.", "mdns PTR _ipp._tcp.local.", "Discover".
[[nodiscard]] std::string request_text(const LogRow& row);
/// "89.185.38.253", "NXDOMAIN", "no data", "no answer"; for DHCP the address in question.
[[nodiscard]] std::string answer_text(const LogRow& row);
[[nodiscard]] Tone answer_tone(const LogRow& row) noexcept;
/// What the policy lists say: "DNS IS BANNED", "UNAUTHORIZED MAC"; empty when nothing.
[[nodiscard]] std::string policy_text(std::uint16_t marks);
/// "12.3 ms"; empty unless the row is a query with its answer.
[[nodiscard]] std::string latency_text(const LogRow& row);
/// "12.3 ms", "850 us", "2.10 s".
[[nodiscard]] std::string short_duration(Duration duration);
/// "Apple" of "Apple, Inc.": the legal form and what follows is cut.
[[nodiscard]] std::string_view short_vendor(std::string_view vendor) noexcept;
/// The client's MAC, or empty when it is not known.
[[nodiscard]] std::string client_mac_text(const LogRow& row);

/// Appends one line for a row as it happens, newline included; hostile names are made safe:
/// `12:01:02.123456  f4:6b:ef:6a:ad:c4 Apple  laptop  192.0.2.7 > 192.0.2.53  A louvre.fr. ->
/// 89.185.38.253  12.3 ms`.
void append_live_line(std::string& out, const LogRow& row, Color color);

}  // namespace vedette::render
