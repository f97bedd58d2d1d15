// What an answer says, in a form in which the answers of two resolvers can be compared: whether the
// name is there, its addresses, and where its aliases lead. Values; pure functions.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/bytes.hpp"
#include "model/address.hpp"
#include "model/origin/origin_table.hpp"

namespace vedette::detect {

inline constexpr std::uint16_t kTypeA = 1;
inline constexpr std::uint16_t kTypeAaaa = 28;

enum class AnswerOutcome : std::uint8_t {
    Unusable,  ///< damaged, cut, or an error of the server: says nothing about the name
    Addresses,
    NoAddress,  ///< the name is there, or only an alias, without an address of the kind
    NoName,     ///< NXDOMAIN (RFC 2308 2.1)
};

struct AnswerContent {
    static constexpr std::size_t kMostAddresses = 16;

    AnswerOutcome outcome = AnswerOutcome::Unusable;
    std::uint8_t count = 0;   ///< of `addresses`
    std::uint16_t total = 0;  ///< addresses in the message, kept or not
    std::array<IpAddress, kMostAddresses> addresses{};
    /// Hash of the registered domain in which the last alias ends; 0 without an alias.
    std::uint64_t tail = 0;

    /// Whether every address is one that the whole world reaches; false without addresses.
    [[nodiscard]] bool is_public() const noexcept;
    /// What filters say in place of an answer: no name, no address, 0.0.0.0 or loopback.
    [[nodiscard]] bool is_blocked() const noexcept;
    /// "192.0.2.1, 192.0.2.2 and 3 more", "no such name", "no address".
    [[nodiscard]] std::string to_text() const;
};

/// Neither private nor loopback nor unspecified, "this network" (RFC 1122 3.2.1.3) included.
[[nodiscard]] bool is_public_address(const IpAddress& address) noexcept;
/// Loopback, unspecified or in "this network": nobody's address on a network.
[[nodiscard]] bool is_nowhere(const IpAddress& address) noexcept;

/// `message` is a whole DNS message, `qtype` A or AAAA.
[[nodiscard]] AnswerContent read_answer(ByteView message, std::uint16_t qtype) noexcept;

/// Whether two answers may both be honest. The same address; addresses of one origin (the same AS
/// where `origins` knows both, else the same /16 of IPv4 or /32 of IPv6); aliases that end in one
/// registered domain, as those of one provider do, when all addresses are public; or nothing in
/// both. Addresses that are not public must be equal.
[[nodiscard]] bool agrees(const AnswerContent& a, const AnswerContent& b,
                          const OriginTable* origins) noexcept;

}  // namespace vedette::detect
