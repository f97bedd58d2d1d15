// A BOOTP or DHCPv4 message as a view (RFC 951, 2131, 2132). inspect() walks the bytes once and
// keeps what was readable; after that, accessors cannot fail. Options that stand several times are
// one value (RFC 3396), also when they continue in `file` and `sname` (option 52). The view borrows
// the message and dies with it. No heap; safe on any thread.
//
//   0  op htype hlen hops | 4 xid | 8 secs flags | 12 ciaddr | 16 yiaddr | 20 siaddr | 24 giaddr
//  28  chaddr (16) | 44 sname (64) | 108 file (128) | 236 cookie | 240 options
#pragma once

#include <array>
#include <cstdint>
#include <ranges>
#include <span>

#include "base/bytes.hpp"
#include "wire/anomaly/anomaly.hpp"
#include "wire/reader/reader.hpp"

namespace vedette::wire::dhcp {

inline constexpr std::uint32_t kMagicCookie = 0x63825363;
inline constexpr std::uint8_t kHardwareEthernet = 1;

/// The fixed part; addresses are 4 bytes in host order, fields that were cut are zero or empty.
struct Header4 {
    std::uint8_t op = 0;  ///< 1 request, 2 reply
    std::uint8_t htype = 0;
    std::uint8_t hlen = 0;
    std::uint8_t hops = 0;
    std::uint32_t xid = 0;
    std::uint16_t secs = 0;
    std::uint16_t flags = 0;
    std::uint32_t ciaddr = 0;
    std::uint32_t yiaddr = 0;
    std::uint32_t siaddr = 0;
    std::uint32_t giaddr = 0;
    ByteView chaddr;  ///< 16 bytes
    ByteView sname;   ///< 64 bytes
    ByteView file;    ///< 128 bytes
};

/// One piece of an option where it stands.
struct OptionPiece {
    std::uint8_t code = 0;
    ByteView data;
};

class MessageView4;

/// Walks the pieces of all readable options in their order: options field, then `file`, `sname`.
class OptionCursor4 {
  public:
    explicit OptionCursor4(const MessageView4& message) noexcept;
    /// False at the end.
    [[nodiscard]] bool next(OptionPiece& piece) noexcept;

  private:
    std::array<ByteView, 3> areas_;
    std::size_t area_ = 0;
    Reader reader_;
};

class MessageView4 {
  public:
    /// Reads a message of at most 65,535 bytes. Never fails. `missing`: bytes that were on the wire
    /// but not captured; running out of bytes is then the capture's doing.
    [[nodiscard]] static MessageView4 inspect(ByteView message, std::uint32_t missing = 0) noexcept;
    /// A temporary container would leave the view dangling.
    template <typename Container>
        requires(!std::ranges::borrowed_range<Container>)
    static MessageView4 inspect(Container&&, std::uint32_t = 0) = delete;

    [[nodiscard]] const Header4& header() const noexcept { return header_; }
    /// The first damage; without damage the first oddity (Severity::Info).
    [[nodiscard]] const Damage& damage() const noexcept { return damage_ ? damage_ : oddity_; }
    /// Whether options follow a right cookie: DHCP or BOOTP with RFC 1497 extensions.
    [[nodiscard]] bool has_options() const noexcept { return has_options_; }
    /// Option 53, first byte; 0 when there is none.
    [[nodiscard]] std::uint8_t type() const noexcept { return type_; }
    /// Option 52: bit 0 `file`, bit 1 `sname` hold options. 0 when absent or impossible.
    [[nodiscard]] std::uint8_t overload() const noexcept { return overload_; }

    [[nodiscard]] bool has(std::uint8_t code) const noexcept { return slots_[code] != 0; }
    /// Bytes of all pieces together; 0 when absent.
    [[nodiscard]] std::size_t length(std::uint8_t code) const noexcept;
    /// The first piece; the whole value unless length() is larger.
    [[nodiscard]] ByteView first_piece(std::uint8_t code) const noexcept;
    /// The whole value: in place, or put together in `scratch`, which cuts what it cannot hold.
    [[nodiscard]] ByteView value(std::uint8_t code, std::span<std::uint8_t> scratch) const noexcept;
    /// A number of 1, 2 or 4 bytes (option 51, 57, an address, ...); `absent` unless whole.
    [[nodiscard]] std::uint32_t number(std::uint8_t code, std::uint32_t absent = 0) const noexcept;
    [[nodiscard]] OptionCursor4 options() const noexcept { return OptionCursor4(*this); }

  private:
    friend class OptionCursor4;
    friend class Inspector4;
    MessageView4() noexcept = default;

    // Offsets fit 16 bits: a UDP payload is below 64 KiB.
    struct Slot {
        std::uint16_t offset;
        std::uint16_t first_length;
        std::uint32_t total_length;
    };
    static constexpr std::size_t kSlots = 254;  // every code but Pad and End

    [[nodiscard]] const Slot& slot(std::uint8_t code) const noexcept {
        return index_[slots_[code] - 1U];
    }

    ByteView bytes_;
    Header4 header_;
    Damage damage_;
    Damage oddity_;
    std::array<ByteView, 3> areas_;
    bool has_options_ = false;
    std::uint8_t type_ = 0;
    std::uint8_t overload_ = 0;
    std::uint8_t slot_count_ = 0;
    std::array<std::uint8_t, 256> slots_{};  // code -> 1 + index into index_, 0 when absent
    std::array<Slot, kSlots> index_;         // the first slot_count_ are set
};

}  // namespace vedette::wire::dhcp
