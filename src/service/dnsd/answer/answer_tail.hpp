// What ends most answers of a zone, composed once when the zone is published: the name servers and
// their addresses behind a positive answer, the SOA behind a negative one. Using one is a copy and
// a few pointers set to where the apex stands in the question. The generic composer makes the
// bytes, so there is one truth; where a tail does not fit, that composer answers.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "service/dnsd/answer/message_writer.hpp"
#include "service/dnsd/answer/short_list.hpp"
#include "service/dnsd/zone/zone.hpp"

namespace vedette::dnsd {

/// Immutable; any thread may read it.
class AnswerTail {
  public:
    std::uint16_t authority = 0;  ///< records in that section
    std::uint16_t additional = 0;

    /// Takes over records written from `start` on, in a message whose question's name has the
    /// apex at `apex_at`.
    void capture(ByteView message, std::size_t start, std::size_t apex_at);
    /// Appends the records; false and nothing when they do not fit or stand beyond pointers' reach.
    [[nodiscard]] bool put(MessageWriter& writer, std::size_t apex_at) const noexcept;
    [[nodiscard]] bool ready() const noexcept { return !bytes_.empty(); }

  private:
    struct Pointer {
        std::uint16_t at;      ///< in bytes_
        std::uint16_t target;  ///< from the apex, or from the start of the tail
        bool into_tail;
    };
    void note_pointer(ByteView message, std::size_t name, std::size_t start, std::size_t apex_at);

    std::vector<std::uint8_t> bytes_;
    std::vector<Pointer> pointers_;
};

/// What a signed zone ends answers with for those who want signatures.
struct SignedTails {
    AnswerTail positive;
    AnswerTail negative;  ///< the SOA; proofs follow
    /// The SOA, and the proofs that every missing name right below the apex has in common: that
    /// there is no wildcard, and with NSEC3 that the apex exists. What proves that the name itself
    /// is missing follows.
    AnswerTail no_name;
    ShortList<NodeView, 2> no_name_proofs;  ///< the names of its NSEC or NSEC3 records
};

/// A zone with what is precomposed for it.
struct ServedZone {
    ZonePointer zone;
    AnswerTail positive;                                 ///< without signatures
    AnswerTail negative;                                 ///< without signatures and proofs
    std::unique_ptr<const SignedTails> with_signatures;  ///< of a signed zone
    std::vector<NodeView> name_servers;  ///< whose addresses the positive tails carry
};

using ServedZonePointer = std::shared_ptr<const ServedZone>;

/// Composes the tails.
[[nodiscard]] ServedZonePointer prepare_zone(ZonePointer zone);

}  // namespace vedette::dnsd
