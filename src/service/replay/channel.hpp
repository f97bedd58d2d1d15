// A way to the server: datagrams or streams. A channel writes questions, finds the question of each
// answer, and tells its owner; patience and attempts are the owner's. One thread, never blocks.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "service/replay/flights.hpp"
#include "service/replay/outcome.hpp"
#include "service/replay/plan.hpp"

namespace vedette::replay {

class ChannelOwner {
  public:
    virtual ~ChannelOwner() = default;
    /// An answer to the question of `ticket`; `message` is valid during the call. `more`: another
    /// message belongs to it.
    virtual void on_answer(Ticket ticket, ByteView message, bool more) = 0;
    /// The other side says that there was no question.
    virtual void on_empty(Ticket ticket) = 0;
    /// The attempt came to nothing. `progress`: others on the same connection did not.
    virtual void on_failure(Ticket ticket, Cause cause, bool progress) = 0;
    /// Something that answers no question under way: late, doubled, or forged.
    virtual void on_stray() = 0;
};

class Channel {
  public:
    virtual ~Channel() = default;
    /// Takes a question, or refuses for now. A question that it has already is sent once more.
    [[nodiscard]] virtual bool send(Ticket ticket) = 0;
    /// Puts on the wire what was taken.
    virtual void flush() = 0;
    /// The owner gave the ticket up, or has its answer.
    virtual void forget(Ticket ticket) = 0;
    /// A descriptor is ready; `lane` and `events` are epoll's.
    virtual void ready(std::uint32_t lane, std::uint32_t events) = 0;
    /// Whether something taken is still not on the wire.
    [[nodiscard]] virtual bool is_behind() const noexcept = 0;
};

/// Whether `answer` is one to the message `query` (ids aside): a response that repeats the question
/// section of `question_bytes`, names in any case. Errors may leave the question out.
[[nodiscard]] bool answers_question(ByteView answer, ByteView query,
                                    std::size_t question_bytes) noexcept;

/// What an epoll event's data holds.
[[nodiscard]] constexpr std::uint64_t event_tag(std::uint8_t channel, std::uint32_t lane) noexcept {
    return std::uint64_t{channel} << 32U | lane;
}

}  // namespace vedette::replay
