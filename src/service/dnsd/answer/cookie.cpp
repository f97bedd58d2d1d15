#include "service/dnsd/answer/cookie.hpp"

#include <bit>
#include <cstring>

namespace vedette::dnsd {
namespace {

constexpr std::int32_t kMaxAgeSeconds = 3'600;
constexpr std::int32_t kMaxAheadSeconds = 300;

std::uint64_t load_le64(const std::uint8_t* from) noexcept {
    std::uint64_t word = 0;
    std::memcpy(&word, from, sizeof(word));
    if constexpr (std::endian::native == std::endian::big) word = std::byteswap(word);
    return word;
}

struct SipState {
    std::uint64_t v0, v1, v2, v3;

    void round() noexcept {
        v0 += v1;
        v1 = std::rotl(v1, 13) ^ v0;
        v0 = std::rotl(v0, 32);
        v2 += v3;
        v3 = std::rotl(v3, 16) ^ v2;
        v0 += v3;
        v3 = std::rotl(v3, 21) ^ v0;
        v2 += v1;
        v1 = std::rotl(v1, 17) ^ v2;
        v2 = std::rotl(v2, 32);
    }
    void absorb(std::uint64_t word) noexcept {
        v3 ^= word;
        round();
        round();
        v0 ^= word;
    }
};

/// The hash of RFC 9018 4.4 for the first eight octets of a server cookie.
std::uint64_t cookie_hash(ByteView client_cookie, ByteView head, const IpAddress& client,
                          const CookieSecret& secret) noexcept {
    std::array<std::uint8_t, 32> input{};
    std::memcpy(input.data(), client_cookie.data(), 8);
    std::memcpy(input.data() + 8, head.data(), 8);
    const ByteView address = client.bytes();
    std::memcpy(input.data() + 16, address.data(), address.size());
    return siphash24({input.data(), 16 + address.size()}, secret);
}

}  // namespace

std::uint64_t siphash24(ByteView bytes, const CookieSecret& key) noexcept {
    const std::uint64_t k0 = load_le64(key.data());
    const std::uint64_t k1 = load_le64(key.data() + 8);
    SipState state{k0 ^ 0x736f6d6570736575ULL, k1 ^ 0x646f72616e646f6dULL,
                   k0 ^ 0x6c7967656e657261ULL, k1 ^ 0x7465646279746573ULL};
    std::size_t at = 0;
    for (; at + 8 <= bytes.size(); at += 8)
        state.absorb(load_le64(bytes.data() + at));
    std::uint64_t last = static_cast<std::uint64_t>(bytes.size()) << 56U;
    for (unsigned i = 0; at + i < bytes.size(); ++i)
        last |= std::uint64_t{bytes[at + i]} << (8U * i);
    state.absorb(last);
    state.v2 ^= 0xffU;
    for (int i = 0; i < 4; ++i)
        state.round();
    return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

ServerCookie make_server_cookie(ByteView client_cookie, const IpAddress& client, std::uint32_t now,
                                const CookieSecret& secret) noexcept {
    ServerCookie cookie{1};  // version, three reserved octets, time
    for (unsigned i = 0; i < 4; ++i)
        cookie[4 + i] = static_cast<std::uint8_t>(now >> (24U - 8U * i));
    std::uint64_t hash = cookie_hash(client_cookie, cookie, client, secret);
    for (unsigned i = 0; i < 8; ++i, hash >>= 8U)
        cookie[8 + i] = static_cast<std::uint8_t>(hash);
    return cookie;
}

bool accepts_cookie(ByteView client_cookie, ByteView server, const IpAddress& client,
                    std::uint32_t now, const CookieSecret& secret) noexcept {
    if (server.size() != kServerCookieBytes || server[0] != 1) return false;
    std::uint32_t made = 0;
    for (unsigned i = 0; i < 4; ++i)
        made = made << 8U | server[4 + i];
    const auto age = static_cast<std::int32_t>(now - made);  // serial arithmetic, RFC 1982
    if (age > kMaxAgeSeconds || age < -kMaxAheadSeconds) return false;
    std::uint64_t hash = cookie_hash(client_cookie, server, client, secret);
    std::uint8_t difference = 0;
    for (unsigned i = 0; i < 8; ++i, hash >>= 8U)
        difference = static_cast<std::uint8_t>(difference | (server[8 + i] ^ (hash & 0xffU)));
    return difference == 0;
}

}  // namespace vedette::dnsd
