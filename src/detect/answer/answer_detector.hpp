// Looks at answers that should not be:
//
//   answer.spoofed    a second answer to a query gives other addresses than the first, or answers
//                     with many ids hit the port from which a client has just asked
//   answer.rebinding  a public name that had public addresses gets a private one (or both at once),
//                     through which a page could reach machines inside
//   answer.differs    other resolvers say something else (consensus.hpp), when they were asked
//
// Constant memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/time.hpp"
#include "detect/answer/consensus.hpp"
#include "detect/detector.hpp"

namespace vedette::detect {

struct AnswerSettings {
    std::uint32_t second_answers = 2;  ///< contradicting ones, of one client and server
    std::uint32_t wrong_ids = 10;      ///< different ids towards one port within ten seconds
    bool any_private = false;  ///< tell every public name with a private address, loopback included
    std::size_t max_answers = 4'096;
    std::size_t max_ports = 4'096;
    std::size_t max_names = 16'384;
    ConsensusSettings consensus;

    [[nodiscard]] static AnswerSettings of(Preset preset);
};

/// `origins` may be null and must outlive the detector.
[[nodiscard]] std::unique_ptr<Detector> make_answer_detector(const AnswerSettings& settings,
                                                             const OriginTable* origins = nullptr);

}  // namespace vedette::detect
