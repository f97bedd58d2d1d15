// One DNS-over-HTTPS request (RFC 8484 4.1) without the HTTP around it: from method, path, media
// type and body to a DNS message or the status that says what is wrong. No I/O.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace vedette::dnsd {

inline constexpr std::string_view kDohPath = "/dns-query";
inline constexpr std::string_view kDohMediaType = "application/dns-message";
inline constexpr std::string_view kDohMethods = "GET, POST";
inline constexpr std::size_t kMaxDohPathBytes = 90'000;  // 65,535 octets in base64url, and more
inline constexpr std::size_t kMaxDohBodyBytes = 65'535;

struct DohRequest {
    std::string method;
    std::string path;  ///< with its query part
    std::string content_type;
    std::vector<std::uint8_t> body;
};

/// 200 with the message in `query`, or 400, 404, 405, 413, 415.
[[nodiscard]] int read_doh_request(const DohRequest& request, std::vector<std::uint8_t>& query);

/// base64url without padding (RFC 4648 5); false when it is none. `out` is replaced.
[[nodiscard]] bool decode_base64url(std::string_view text, std::vector<std::uint8_t>& out);

/// The smallest TTL of a message, for cache-control (RFC 8484 5.1); 0 when it has no record.
[[nodiscard]] std::uint32_t freshness_seconds(ByteView message) noexcept;

}  // namespace vedette::dnsd
