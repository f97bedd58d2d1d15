// What lies inside the options that have an inside: relay agent information (RFC 3046), classless
// routes (RFC 3442), client names (RFC 4702, 4704), lists of length-prefixed parts (RFC 8415
// 21.15, 21.16) and DUIDs (RFC 8415 section 11, RFC 6355). Views into the option; no heap.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "wire/reader/reader.hpp"

namespace vedette::wire::dhcp {

/// A sub-option: of option 82, or of vendor-specific options that use the same form.
struct SubOption {
    std::uint8_t code = 0;
    ByteView data;
};

/// Walks one-byte code, one-byte length, data.
class SubOptionCursor {
  public:
    explicit SubOptionCursor(ByteView value) noexcept : reader_(value) {}
    [[nodiscard]] bool next(SubOption& option) noexcept;
    [[nodiscard]] bool damaged() const noexcept { return !reader_.ok(); }

  private:
    Reader reader_;
};
[[nodiscard]] bool is_sound_suboptions(ByteView value) noexcept;
/// The first sub-option with this code; empty when absent.
[[nodiscard]] ByteView find_suboption(ByteView value, std::uint8_t code) noexcept;

/// A route of option 121 or 249: destination prefix and the router to it, host order.
struct Route {
    std::uint32_t destination = 0;
    std::uint8_t prefix_length = 0;
    std::uint32_t router = 0;
};

class RouteCursor {
  public:
    explicit RouteCursor(ByteView value) noexcept : reader_(value) {}
    [[nodiscard]] bool next(Route& route) noexcept;
    [[nodiscard]] bool damaged() const noexcept { return !reader_.ok(); }

  private:
    Reader reader_;
};
[[nodiscard]] bool is_sound_routes(ByteView value) noexcept;

/// The name a client asks to be known by.
struct ClientFqdn {
    std::uint8_t flags = 0;  ///< S 1, O 2, E 4 (v4 only), N 8 (v4) or 4 (v6)
    bool wire_form = false;  ///< `name` is DNS wire form, perhaps without its root; else ASCII
    bool sound = false;
    ByteView name;

    [[nodiscard]] static ClientFqdn of_option81(ByteView value) noexcept;  ///< RFC 4702 section 2
    [[nodiscard]] static ClientFqdn of_option39(ByteView value) noexcept;  ///< RFC 4704 section 4
};

/// Walks parts with a two-byte length before each (DHCPv6 user class, vendor class).
class PartCursor {
  public:
    explicit PartCursor(ByteView value) noexcept : reader_(value) {}
    [[nodiscard]] bool next(ByteView& part) noexcept;
    [[nodiscard]] bool damaged() const noexcept { return !reader_.ok(); }

  private:
    Reader reader_;
};
[[nodiscard]] bool is_sound_parts(ByteView value) noexcept;

enum class DuidKind : std::uint8_t { Unknown, LinkLayerTime, Enterprise, LinkLayer, Uuid };

/// A DHCP unique identifier.
struct Duid {
    DuidKind kind = DuidKind::Unknown;
    bool sound = false;
    ByteView mac;  ///< 6 bytes when it holds an Ethernet address, else empty

    [[nodiscard]] static Duid of(ByteView value) noexcept;
};
/// The Ethernet address of a v4 client identifier: type 1 and six bytes (RFC 2132 9.14), or a DUID
/// inside type 255 (RFC 4361); else empty.
[[nodiscard]] ByteView mac_of_client_id(ByteView value) noexcept;

}  // namespace vedette::wire::dhcp
