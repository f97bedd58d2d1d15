// The traced form of a question (docs/formats/replay.md): 18 bytes that say when a packet was
// captured and which question it is, then the packet as it was captured. `vedette replay` sends
// such frames over TCP, `vedette answer` answers them, `vedette watch` reads both. Views borrow
// their input and die with it. Pure functions, safe on any thread.
//
//   0 magic(16) | 2 version(8) | 3 flags(8) | 4 hh(8) mm(8) ss(8) | 7 nanoseconds(32) |
//  11 id(24) | 14 payload length(32) | 18 payload
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "wire/anomaly/anomaly.hpp"

namespace vedette::wire::traced {

inline constexpr std::uint16_t kMagic = 0x5654;  ///< "VT"
inline constexpr std::uint8_t kVersion = 1;
inline constexpr std::size_t kHeaderBytes = 18;
/// The largest snapshot that capture tools write.
inline constexpr std::uint32_t kMaxPayloadBytes = 262'144;
inline constexpr std::uint32_t kMaxId = 0xff'ffff;

/// Bits of the flags octet. The bits between kMore and the kind are zero, and not looked at.
inline constexpr std::uint8_t kFlagAnswer = 0x80;
inline constexpr std::uint8_t kFlagMore = 0x40;
inline constexpr std::uint8_t kKindMask = 0x0f;

/// What the payload is: a DNS message without anything around it, or a packet of a link type.
enum class PayloadKind : std::uint8_t {
    Message = 0,
    Ethernet = 1,
    Ip = 2,  ///< IPv4 or IPv6 by its first nibble
    LinuxCooked = 3,
    LinuxCooked2 = 4,
    BsdLoopback = 5,
    OpenBsdLoopback = 6,
    Wifi = 7,
    WifiRadiotap = 8,
    Ppp = 9,
};

/// The kind that carries packets of a link type (LINKTYPE_ value); Message when none does.
[[nodiscard]] PayloadKind kind_of_link(std::uint16_t link_type) noexcept;
/// The link type of a kind's packets; false for Message and for kinds that nobody assigned.
[[nodiscard]] bool link_of_kind(PayloadKind kind, std::uint16_t& link_type) noexcept;

struct Header {
    bool answer = false;
    bool more = false;  ///< answers: another frame with this id follows
    PayloadKind kind = PayloadKind::Message;
    std::uint8_t hour = 0;  ///< UTC
    std::uint8_t minute = 0;
    std::uint8_t second = 0;
    std::uint32_t nanos = 0;
    std::uint32_t id = 0;  ///< 24 bits
    std::uint32_t length = 0;

    /// The time of day of `time`, UTC.
    void set_time(Timestamp time) noexcept;
    friend bool operator==(const Header&, const Header&) noexcept = default;
};

struct FrameView {
    Header header;
    ByteView payload;
    bool whole = false;  ///< header and payload are there and sound
    Damage damage;       ///< TracedTruncated: more bytes may mend it; any other: they cannot

    [[nodiscard]] std::size_t bytes() const noexcept { return kHeaderBytes + payload.size(); }
    /// The stream cannot be followed any further.
    [[nodiscard]] bool broken() const noexcept {
        return damage && damage.id != AnomalyId::TracedTruncated;
    }
};

/// Reads the frame at the start of `bytes`; more may follow it. The length of a question must be 1
/// to kMaxPayloadBytes; an answer's may be 0.
[[nodiscard]] FrameView read_frame(ByteView bytes) noexcept;

/// Whether a stream that begins so carries frames: a whole sound header with its spare bits zero.
[[nodiscard]] bool starts_frame(ByteView bytes) noexcept;

using HeaderBytes = std::array<std::uint8_t, kHeaderBytes>;
/// The header on the wire. Fields must be in range: id and length are cut to what they hold.
[[nodiscard]] HeaderBytes write_header(const Header& header) noexcept;

}  // namespace vedette::wire::traced
