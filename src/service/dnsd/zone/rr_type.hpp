// The record types, classes and rcodes that the name server treats specially (IANA DNS parameters).
// Every other type is opaque RDATA to it (RFC 3597).
#pragma once

#include <cstdint>

namespace vedette::dnsd {

namespace rr {
inline constexpr std::uint16_t kA = 1;
inline constexpr std::uint16_t kNs = 2;
inline constexpr std::uint16_t kMd = 3;
inline constexpr std::uint16_t kMf = 4;
inline constexpr std::uint16_t kCname = 5;
inline constexpr std::uint16_t kSoa = 6;
inline constexpr std::uint16_t kMb = 7;
inline constexpr std::uint16_t kMg = 8;
inline constexpr std::uint16_t kMr = 9;
inline constexpr std::uint16_t kPtr = 12;
inline constexpr std::uint16_t kMinfo = 14;
inline constexpr std::uint16_t kMx = 15;
inline constexpr std::uint16_t kTxt = 16;
inline constexpr std::uint16_t kSig = 24;
inline constexpr std::uint16_t kKey = 25;
inline constexpr std::uint16_t kAaaa = 28;
inline constexpr std::uint16_t kNxt = 30;
inline constexpr std::uint16_t kSrv = 33;
inline constexpr std::uint16_t kDname = 39;
inline constexpr std::uint16_t kOpt = 41;
inline constexpr std::uint16_t kDs = 43;
inline constexpr std::uint16_t kRrsig = 46;
inline constexpr std::uint16_t kNsec = 47;
inline constexpr std::uint16_t kDnskey = 48;
inline constexpr std::uint16_t kNsec3 = 50;
inline constexpr std::uint16_t kNsec3Param = 51;
inline constexpr std::uint16_t kSvcb = 64;
inline constexpr std::uint16_t kHttps = 65;
inline constexpr std::uint16_t kTkey = 249;
inline constexpr std::uint16_t kTsig = 250;
inline constexpr std::uint16_t kIxfr = 251;
inline constexpr std::uint16_t kAxfr = 252;
inline constexpr std::uint16_t kMailb = 253;
inline constexpr std::uint16_t kMaila = 254;
inline constexpr std::uint16_t kAny = 255;
}  // namespace rr

inline constexpr std::uint16_t kClassIn = 1;
inline constexpr std::uint16_t kClassChaos = 3;
inline constexpr std::uint16_t kClassAny = 255;

/// Rcodes of RFC 1035 4.1.1, RFC 6891 (BADVERS) and RFC 8945 (NOTAUTH, BADSIG ...).
enum class Rcode : std::uint16_t {
    NoError = 0,
    FormErr = 1,
    ServFail = 2,
    NxDomain = 3,
    NotImp = 4,
    Refused = 5,
    NotAuth = 9,
    BadVers = 16,
};

}  // namespace vedette::dnsd
