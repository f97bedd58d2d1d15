// Server cookies (RFC 7873) in the interoperable form of RFC 9018: version, time and SipHash-2-4
// over the client's cookie and address, so that any server with the same secret accepts them.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.hpp"
#include "model/address.hpp"

namespace vedette::dnsd {

inline constexpr std::size_t kServerCookieBytes = 16;
using CookieSecret = std::array<std::uint8_t, 16>;
using ServerCookie = std::array<std::uint8_t, kServerCookieBytes>;

/// SipHash-2-4 with a 64-bit result (RFC 9018 4.4).
[[nodiscard]] std::uint64_t siphash24(ByteView bytes, const CookieSecret& key) noexcept;

/// The cookie for a client at a time (seconds since 1970, modulo 2^32).
[[nodiscard]] ServerCookie make_server_cookie(ByteView client_cookie, const IpAddress& client,
                                              std::uint32_t now,
                                              const CookieSecret& secret) noexcept;

/// Whether `server` was made by us for this client at most an hour before and five minutes after
/// `now` (RFC 9018 4.3).
[[nodiscard]] bool accepts_cookie(ByteView client_cookie, ByteView server, const IpAddress& client,
                                  std::uint32_t now, const CookieSecret& secret) noexcept;

}  // namespace vedette::dnsd
