// What one connection of the answerer speaks: traced frames (docs/formats/replay.md) or DNS behind
// two octets of length (RFC 1035 4.2.2). Received bytes go in, bytes to send come out; no socket is
// known here. Owns what is half read; one thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "service/answerer/answer_message.hpp"
#include "wire/traced/frame.hpp"

namespace vedette::answerer {

/// Why a connection was ended by us. Every one has a counter and a sentence.
enum class CloseReason : std::uint8_t {
    Magic,      ///< not a traced frame
    Version,    ///< a version of the frame that is not known
    Length,     ///< no payload, or too much of it
    Time,       ///< not a time of day
    Direction,  ///< an answer where questions belong
    Cut,        ///< the other side left in the middle of a message
    Slow,       ///< a message or the reading of answers took too long
    Idle,       ///< nothing was asked for long; in order
    Count,
};
inline constexpr std::size_t kCloseReasons = static_cast<std::size_t>(CloseReason::Count);
[[nodiscard]] std::string_view to_text(CloseReason reason) noexcept;

/// What traced connections carried.
struct FrameCounts {
    std::uint64_t frames = 0;
    std::uint64_t without_question = 0;  ///< answered with an empty frame
};

class StreamPeer {
  public:
    enum class Speaks : std::uint8_t { Traced, Dns };

    StreamPeer(Speaks speaks, MessageAnswerer& answerer, FrameCounts& counts) noexcept
        : speaks_(speaks), answerer_(answerer), counts_(counts) {}

    /// Takes all of `bytes` and appends answers to `out`. A reason: the connection must end.
    /// `second_of_day` (UTC) is for messages that bring no time of their own.
    [[nodiscard]] std::optional<CloseReason> receive(ByteView bytes, std::uint32_t second_of_day,
                                                     std::vector<std::uint8_t>& out);
    /// Whether a message has begun and not ended.
    [[nodiscard]] bool in_message() const noexcept { return !partial_.empty(); }

  private:
    struct Taken {
        std::size_t bytes = 0;
        std::optional<CloseReason> broken;
    };
    [[nodiscard]] Taken take(ByteView bytes, std::uint32_t second_of_day,
                             std::vector<std::uint8_t>& out);
    [[nodiscard]] Taken take_frames(ByteView bytes, std::vector<std::uint8_t>& out);
    [[nodiscard]] std::size_t take_messages(ByteView bytes, std::uint32_t second_of_day,
                                            std::vector<std::uint8_t>& out);
    void answer_frame(const wire::traced::FrameView& frame, std::vector<std::uint8_t>& out);

    Speaks speaks_;
    MessageAnswerer& answerer_;
    FrameCounts& counts_;
    std::vector<std::uint8_t> partial_;
};

}  // namespace vedette::answerer
