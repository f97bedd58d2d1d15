// What DNS over QUIC makes of a connection's streams (RFC 9250): on each that the client opens one
// question behind its length, identifier zero, and the answer back. Owns the questions that are not
// whole, the answers that are not delivered, and their budgets. Knows no QUIC library and no clock:
// times are its caller's. One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/bytes.hpp"

namespace vedette::dnsd {

/// What the end of a connection or stream is told to be for (RFC 9250 8.4).
enum class DoqCode : std::uint8_t {
    NoError = 0,
    ProtocolError = 2,
    RequestCancelled = 3,
    ExcessiveLoad = 4,
};

class DoqAnswerer {
  public:
    virtual ~DoqAnswerer() = default;
    /// The answer to one message; empty when no client of this protocol sends such a message. Valid
    /// until the next call.
    [[nodiscard]] virtual ByteView answer_message(ByteView query) noexcept = 0;
};

class DoqStreams {
  public:
    using Id = std::int64_t;
    using Time = std::uint64_t;
    enum class More : std::uint8_t { Expected, Never };

    static constexpr std::size_t kMaxMessage = 65'535 + 2;  ///< with its length
    /// Octets of answers that the client does not have yet; who does not read is let go.
    static constexpr std::size_t kMaxHeld = 1U << 20U;

    explicit DoqStreams(DoqAnswerer& answerer) noexcept : answerer_(answerer) {}

    /// The next octets of a stream, in order. A code that is not NoError ends the connection.
    [[nodiscard]] DoqCode take(Id id, ByteView data, More more, Time now);
    /// The client takes its question back, or wants no answer any more (RFC 9250 4.3.1).
    void cancel(Id id);
    /// Both sides are done with the stream; what was to be sent on it may be freed.
    void close(Id id);

    /// How many octets the client may send beyond what it was allowed before: those of questions
    /// that are over. So unfinished ones never take more than the connection's window.
    [[nodiscard]] std::size_t take_credit() noexcept;
    /// When the oldest question that is not whole began.
    [[nodiscard]] std::optional<Time> oldest_question() const noexcept;

    /// What is to be sent next, until the end of its stream; streams take turns in the order of
    /// their questions. The octets stay where they are until close().
    struct Outgoing {
        Id id = -1;
        ByteView rest;
    };
    [[nodiscard]] std::optional<Outgoing> next();
    /// Of the stream that next() named: so many octets are on their way.
    void sent(std::size_t bytes);
    /// The stream that next() named cannot be sent on now, or never again.
    enum class Obstacle : std::uint8_t { Now, Forever };
    void skip(Obstacle obstacle);
    /// Those skipped for now have another turn.
    void resume();

    [[nodiscard]] std::size_t held() const noexcept { return held_; }
    [[nodiscard]] std::size_t streams() const noexcept { return streams_.size(); }

  private:
    enum class State : std::uint8_t { Asking, Asked, Cancelled };
    struct Stream {
        std::vector<std::uint8_t> question;
        std::vector<std::uint8_t> answer;
        std::size_t sent = 0;
        Time since = 0;
        State state = State::Asking;
    };
    [[nodiscard]] DoqCode answer(Stream& stream);
    void let_go_of_question(Stream& stream);

    DoqAnswerer& answerer_;
    std::unordered_map<Id, Stream> streams_;
    std::deque<Id> waiting_;  // streams with something to send
    std::vector<Id> skipped_;
    std::size_t held_ = 0;
    std::size_t credit_ = 0;
    std::size_t asking_ = 0;  // streams whose question is not whole
};

}  // namespace vedette::dnsd
