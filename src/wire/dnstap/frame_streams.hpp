// Frame Streams, the framing of dnstap: data frames behind 32 bits of length, and control frames
// behind a length of zero. Big-endian. Format: the fstrm project's "fstrm(3)" and its control.h.
// Views borrow. No state.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/bytes.hpp"

namespace vedette::wire::dnstap {

inline constexpr std::string_view kContentType = "protobuf:dnstap.Dnstap";
/// FSTRM_CONTROL_FRAME_LENGTH_MAX.
inline constexpr std::uint32_t kMaxControlFrame = 512;
/// Two DNS messages of 64 KiB each, and what is said about them.
inline constexpr std::uint32_t kMaxDataFrame = 192U << 10U;

enum class Control : std::uint32_t { Accept = 1, Start = 2, Stop = 3, Ready = 4, Finish = 5 };

enum class FrameKind : std::uint8_t {
    Partial,  ///< more bytes are needed
    Data,
    Control,
    Broken,  ///< a length beyond the limits, or a control frame that makes no sense
};

struct FrameView {
    FrameKind kind = FrameKind::Partial;
    std::size_t size = 0;  ///< bytes of the whole frame, its header included
    ByteView data;
    Control control = Control::Stop;
    bool speaks_dnstap = false;  ///< a control frame without content types, or with ours
};

/// The frame at the beginning of `bytes`.
[[nodiscard]] FrameView inspect_frame(ByteView bytes) noexcept;

/// Room for a control frame with our content type.
inline constexpr std::size_t kControlFrameBytes = 12 + 8 + kContentType.size();
/// Writes a control frame (with the content type where the protocol wants one) and returns it.
[[nodiscard]] ByteView write_control(Control control,
                                     std::array<std::uint8_t, kControlFrameBytes>& out) noexcept;

}  // namespace vedette::wire::dnstap
