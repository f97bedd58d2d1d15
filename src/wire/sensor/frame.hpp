// The frames between a sensor and the log server (docs/formats/sensor.md): a fixed header, then a
// payload. Big-endian. Views borrow the received bytes. No state.
//
//   0  magic "VDTS"      4  version (1, 2) 5  type           6  flags (0)
//   8  payload bytes    12  bytes when decompressed (batches; else 0)
//  16  sequence         24  time, ns since 1970
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.hpp"
#include "base/time.hpp"

namespace vedette::wire::sensor {

inline constexpr std::uint32_t kMagic = 0x56445453;
/// Version 2 of a batch has sightings and encrypted connections, and subnet masks of DHCP messages;
/// frames did not change. A server answers in the version of the sensor's Hello.
inline constexpr std::uint8_t kVersion = 2;
inline constexpr std::uint8_t kOldestVersion = 1;
inline constexpr std::size_t kHeaderBytes = 32;
/// Of a payload as it travels, and of a batch when decompressed.
inline constexpr std::uint32_t kMaxPayload = 8U << 20U;
inline constexpr std::uint32_t kMaxBatch = 16U << 20U;
/// Of everything but batches: a peer that is not yet known makes nobody hold more.
inline constexpr std::uint32_t kMaxControl = 4'096;
inline constexpr std::size_t kStreamIdBytes = 16;

enum class FrameType : std::uint8_t {
    Hello = 1,    ///< sensor: who it is, which stream of sequence numbers follows
    Welcome = 2,  ///< server: `sequence` is the last batch of the stream that is stored
    Batch = 3,    ///< sensor: events, zstd
    Ack = 4,      ///< server: everything up to `sequence` is stored
    Status = 5,   ///< sensor: what it dropped and what waits; answered by an Ack
    Refusal = 6,  ///< server: why the connection ends, as text
    Spoiled = 7,  ///< server: batch `sequence` cannot be read and is counted, not stored
};

struct FrameHeader {
    FrameType type = FrameType::Hello;
    std::uint32_t payload_bytes = 0;
    std::uint32_t batch_bytes = 0;
    std::uint64_t sequence = 0;
    Timestamp time = {0};
    std::uint8_t version = kVersion;
};

/// Why a header is refused.
enum class FrameFault : std::uint8_t { None, NotOurs, Version, Type, Size };

struct HeaderView {
    FrameHeader header;
    FrameFault fault = FrameFault::None;
    [[nodiscard]] bool ok() const noexcept { return fault == FrameFault::None; }
};

/// `bytes` must hold a whole header (kHeaderBytes). The version is told of one that is refused for
/// it, too, so that the refusal can be written in the peer's own.
[[nodiscard]] HeaderView inspect_header(ByteView bytes) noexcept;
[[nodiscard]] std::string_view to_text(FrameFault fault) noexcept;
[[nodiscard]] std::array<std::uint8_t, kHeaderBytes> write_header(
    const FrameHeader& header) noexcept;

/// Payload of Hello: stream id, then length-prefixed texts: sensor name, token, program version.
struct HelloView {
    ByteView stream;
    std::string_view name;
    std::string_view token;
    std::string_view version;
};
[[nodiscard]] std::optional<HelloView> inspect_hello(ByteView payload) noexcept;
/// Writes into `out` and returns the bytes used; empty when the texts are too long.
[[nodiscard]] ByteView write_hello(const HelloView& hello,
                                   std::array<std::uint8_t, kMaxControl>& out) noexcept;

/// Payload of Status: four counters, cumulative over the life of the stream but the last two.
struct Status {
    std::uint64_t events = 0;          ///< given a sequence number
    std::uint64_t dropped_events = 0;  ///< not kept because the spool was full
    std::uint64_t spooled_batches = 0;
    std::uint64_t spooled_bytes = 0;
};
inline constexpr std::size_t kStatusBytes = 32;
[[nodiscard]] std::optional<Status> inspect_status(ByteView payload) noexcept;
[[nodiscard]] std::array<std::uint8_t, kStatusBytes> write_status(const Status& status) noexcept;

}  // namespace vedette::wire::sensor
