// Compares an answer that was seen with what other resolvers say (EventBatch::opinions):
//
//   answer.differs    no resolver that was asked says what was seen, and enough of them agree with
//                     each other
//
// A pure function over the opinions that are handed in: it asks nobody. Constant memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "detect/episodes.hpp"
#include "model/event_batch.hpp"
#include "model/origin/origin_table.hpp"

namespace vedette::detect {

struct ConsensusSettings {
    std::uint32_t agreeing = 2;  ///< resolvers that must agree with each other
    std::uint32_t times = 1;     ///< a server must have differed about a name
    std::size_t max_subjects = 1'024;
};

class Consensus {
  public:
    /// `origins` may be null and must outlive it.
    Consensus(const ConsensusSettings& settings, const OriginTable* origins);

    void observe(const EventBatch& batch, std::vector<Finding>& findings);
    void advance(Timestamp now, std::vector<Finding>& findings);
    [[nodiscard]] std::size_t memory_bytes() const noexcept;

  private:
    struct Subject {
        IpAddress server;
        std::uint64_t name = 0;
        friend bool operator==(const Subject&, const Subject&) = default;
    };
    struct SubjectHash {
        std::size_t operator()(const Subject& subject) const noexcept {
            return mix64(IpHash{}(subject.server) ^ subject.name);
        }
    };
    struct Told {
        std::string reason;
        std::string name;
        MacAddress mac;
        IpAddress client;
        std::uint64_t packet = 0;
        bool blocked = false;  ///< the answer seen is one that filters give
    };
    using Episodes = EpisodeTable<Subject, Told, SubjectHash>;

    void judge(const SecondOpinion& opinion, const ByteArena& bytes,
               std::vector<Finding>& findings);
    [[nodiscard]] static Finding make_finding(const Episodes::Entry& entry, FindingPhase phase);

    ConsensusSettings settings_;
    const OriginTable* origins_;
    Episodes subjects_;
};

}  // namespace vedette::detect
