// NetBIOS names as name service messages carry them (RFC 1001 14, RFC 1002 4.1): 16 bytes, each
// half a letter 'A'..'P', in one label of 32; the last byte tells what the name stands for. The
// messages themselves are read by wire/dns in Dialect::NetBios.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/bytes.hpp"

namespace vedette::wire::nbns {

inline constexpr std::size_t kNameBytes = 15;
inline constexpr std::size_t kEncodedBytes = 32;

/// A name without its padding. `scope` is the rest of the wire-form name and borrows from it; one
/// 0 byte when there is no scope.
struct NetbiosName {
    std::array<std::uint8_t, kNameBytes> bytes{};
    std::uint8_t length = 0;
    std::uint8_t suffix = 0;
    ByteView scope;

    [[nodiscard]] ByteView view() const& noexcept { return ByteView(bytes).first(length); }
    ByteView view() const&& = delete;
};

/// Reads an uncompressed wire-form name; false when it is not an encoded NetBIOS name.
[[nodiscard]] bool decode_name(ByteView name, NetbiosName& out) noexcept;

/// What a suffix stands for on a unique name, or empty: "workstation", "file server".
[[nodiscard]] std::string_view suffix_word(std::uint8_t suffix) noexcept;

/// Record types of RFC 1002 4.2.1.3; 33 is SRV elsewhere.
inline constexpr std::uint16_t kTypeNb = 32;
inline constexpr std::uint16_t kTypeNbstat = 33;

/// The word of an operation (RFC 1002 4.2.1.1 and multi-homed registration), or empty.
[[nodiscard]] std::string_view opcode_word(std::uint8_t opcode) noexcept;

/// One entry of an NB record's data (RFC 1002 4.2.1.3).
struct NbAddress {
    bool group = false;
    std::uint8_t node_type = 0;  ///< 0 B, 1 P, 2 M, 3 H
    ByteView address;            ///< 4 bytes
};

/// Walks the six-byte entries of an NB record.
class NbAddresses {
  public:
    explicit NbAddresses(ByteView rdata) noexcept : rest_(rdata) {}
    /// False at the end or at a cut entry.
    [[nodiscard]] bool next(NbAddress& entry) noexcept;

  private:
    ByteView rest_;
};

/// One name of a node status answer (RFC 1002 4.2.18): 15 bytes, suffix, flags.
struct StatusName {
    NetbiosName name;
    bool group = false;
};

/// Walks the names of an NBSTAT record.
class StatusNames {
  public:
    explicit StatusNames(ByteView rdata) noexcept;
    [[nodiscard]] bool next(StatusName& entry) noexcept;

  private:
    ByteView rest_;
    std::uint8_t left_ = 0;
};

}  // namespace vedette::wire::nbns
