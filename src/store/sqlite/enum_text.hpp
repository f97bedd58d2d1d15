// Back from the words of the file to the model's enumerations, and rows of the small dictionaries
// back to values. Words nobody knows become the zero value: a newer program may have written them.
#pragma once

#include <string_view>

#include "model/dns_transaction.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/write_job.hpp"

namespace vedette::store {

/// The enumerator below `count` whose to_text() is `word`.
template <typename Enum>
[[nodiscard]] Enum parse_word(std::string_view word, unsigned count) noexcept {
    for (unsigned value = 0; value < count; ++value) {
        if (to_text(static_cast<Enum>(value)) == word) return static_cast<Enum>(value);
    }
    return Enum{};
}

[[nodiscard]] IpAddress parse_ip(std::string_view text) noexcept;
[[nodiscard]] MacAddress parse_mac(std::string_view text) noexcept;
[[nodiscard]] wire::AnomalyId parse_anomaly(std::string_view text) noexcept;
[[nodiscard]] MacSource parse_mac_source(std::string_view text) noexcept;
[[nodiscard]] LeaseState parse_lease_state(std::string_view text) noexcept;

/// A row of SELECT kHostColumns; the host name stays in column 4, the sensor in 10.
inline constexpr const char* kHostColumns =
    "id, ip, mac, mac_source, host, vendor, vlan, interface, link_source, link_destination, sensor";
[[nodiscard]] HostEntry read_host(const Statement& row) noexcept;

inline constexpr const char* kFormColumns =
    "id, protocol, transport, kind, has_query, has_response, class, query_flags, response_flags, "
    "rcode, marks, anomaly, extra";
[[nodiscard]] FormEntry read_form(const Statement& row) noexcept;

}  // namespace vedette::store
