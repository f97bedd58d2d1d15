// What became of each question: one row each, filled in place while answers come. Values.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/time.hpp"
#include "model/address.hpp"

namespace vedette::replay {

enum class Status : std::uint8_t {
    Waiting,   ///< not asked yet, or under way
    Answered,  ///< `rcode` tells how
    Empty,     ///< traced: the other side found no question in the packet
    Lost,      ///< `cause` tells why
    NotSent,   ///< the run ended before
};

/// Why a question has no answer.
enum class Cause : std::uint8_t {
    None,
    Silence,      ///< nothing came within the timeouts of all attempts
    Damaged,      ///< the same, and the question cannot be read: servers may drop it
    Unreachable,  ///< the host said that nobody listens on the port
    Refused,      ///< no connection could be made
    Closed,       ///< connections with the question on them were closed, each time
    Protocol,     ///< the other side sent what is no frame or message
    Stopped,      ///< the run was ended
    Count,
};
[[nodiscard]] std::string_view to_text(Cause cause) noexcept;

/// How an answer compares with another one (compare.hpp).
enum class Verdict : std::uint8_t {
    None,  ///< nothing to compare with
    Same,
    Rotated,  ///< other addresses of the same service
    Differs,
    Missing,  ///< the other one has an answer, this one has none
    New,      ///< the other way round
    Count,
};
[[nodiscard]] std::string_view to_text(Verdict verdict) noexcept;

struct Outcome {
    Duration latency;           ///< from the first time it was sent; answered ones only
    IpAddress address;          ///< the first of the type asked for
    std::uint16_t rcode = 0;    ///< with EDNS's upper bits
    std::uint16_t answers = 0;  ///< records in the answer section
    std::uint8_t attempts = 0;  ///< times it was sent
    Status status = Status::Waiting;
    Cause cause = Cause::None;
    Verdict verdict = Verdict::None;
    bool has_address = false;
    bool fell_back = false;  ///< asked again over TCP because the answer was cut
    bool cut = false;        ///< the answer is cut (TC)
};

}  // namespace vedette::replay
