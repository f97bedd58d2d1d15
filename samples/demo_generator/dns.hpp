// DNS messages as values, written with name compression as servers write them (RFC 1035 4.1.4).
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "octets.hpp"

namespace demo {

enum Type : std::uint16_t {
    kA = 1,
    kNs = 2,
    kCname = 5,
    kSoa = 6,
    kPtr = 12,
    kMx = 15,
    kTxt = 16,
    kAaaa = 28,
    kSrv = 33,
    kNaptr = 35,
    kOpt = 41,
    kDs = 43,
    kRrsig = 46,
    kDnskey = 48,
    kSvcb = 64,
    kHttps = 65,
    kAny = 255,
    kCaa = 257,
};

inline constexpr std::uint16_t kQr = 0x8000, kAa = 0x0400, kTc = 0x0200, kRd = 0x0100, kRa = 0x0080;
inline constexpr std::uint16_t kServfail = 2, kNxdomain = 3, kRefused = 5;
/// mDNS: cache flush in records, unicast response in questions (RFC 6762 5.4, 10.2).
inline constexpr std::uint16_t kMdnsBit = 0x8000;

/// RDATA is bytes and names in turn; names are compressed into the message.
using RdataPart = std::variant<Octets, std::string>;

struct Question {
    std::string name;
    std::uint16_t type = kA;
    std::uint16_t klass = 1;
};

struct Record {
    std::string name;
    std::uint16_t type = kA;
    std::uint32_t ttl = 300;
    std::vector<RdataPart> rdata;
    std::uint16_t klass = 1;
};

struct Message {
    std::uint16_t id = 0;
    std::uint16_t flags = kRd;
    std::vector<Question> questions;
    std::vector<Record> answers;
    std::vector<Record> authorities;
    std::vector<Record> additionals;

    [[nodiscard]] Octets encode() const;
};

/// "example.com" -> 7example3com0; labels hold no escapes.
void append_name(Octets& out, const std::string& name);

[[nodiscard]] Record address_record(std::string name, std::uint32_t ttl, const IpAddress& ip);
/// CNAME, NS or PTR.
[[nodiscard]] Record name_record(std::string name, std::uint16_t type, std::uint32_t ttl,
                                 std::string target);
[[nodiscard]] Record mx_record(std::string name, std::uint32_t ttl, std::uint16_t preference,
                               std::string host);
[[nodiscard]] Record txt_record(std::string name, std::uint32_t ttl,
                                const std::vector<std::string>& strings);
[[nodiscard]] Record srv_record(std::string name, std::uint32_t ttl, std::uint16_t port,
                                const std::string& host);
[[nodiscard]] Record soa_record(std::string zone, std::uint32_t ttl);
/// Service mode, alpn h3 and h2, hints (RFC 9460).
[[nodiscard]] Record https_record(std::string name, std::uint32_t ttl, const IpAddress& hint4,
                                  const IpAddress& hint6);
[[nodiscard]] Record raw_record(std::string name, std::uint16_t type, std::uint32_t ttl,
                                Octets rdata);
/// EDNS (RFC 6891): `options` as they stand in the record.
[[nodiscard]] Record opt_record(std::uint16_t payload_bytes, Octets options = {});

}  // namespace demo
