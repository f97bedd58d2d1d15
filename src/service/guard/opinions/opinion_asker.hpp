// Asks a few other resolvers what they say to a sample of the questions that were seen, on a thread
// of its own, and hands back what they said as events (EventBatch::opinions) for the detector. Live
// runs only: a capture never makes it ask. Everything is bounded: names a minute, questions that
// wait, answers that wait.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/result.hpp"
#include "model/event_batch.hpp"
#include "service/guard/opinions/opinion_choice.hpp"
#include "service/guard/opinions/opinion_resolver.hpp"

namespace vedette::service {

struct OpinionSettings {
    std::vector<OpinionResolver> resolvers;  ///< 2 to SecondOpinion::kMostResolvers
    std::vector<wire::dns::NameBuffer> except;
    OpinionLimits limits;
    std::shared_ptr<sys::TlsClient> tls;  ///< when a resolver is asked over TLS
};

struct OpinionCounts {
    std::uint64_t asked = 0;       ///< names
    std::uint64_t answers = 0;     ///< of resolvers
    std::uint64_t unanswered = 0;  ///< questions to a resolver without an answer
    std::uint64_t left_out = 0;    ///< names, because too many waited
    std::string trouble;           ///< the last reason of an unanswered question
};

class OpinionAsker {
  public:
    explicit OpinionAsker(OpinionSettings settings);
    ~OpinionAsker();
    OpinionAsker(const OpinionAsker&) = delete;
    OpinionAsker& operator=(const OpinionAsker&) = delete;

    /// Chooses from the batch. Storage thread; never waits for the network.
    void offer(const EventBatch& batch);
    /// Appends what came back since the last call; false when there was nothing.
    [[nodiscard]] bool take(EventBatch& batch);
    [[nodiscard]] OpinionCounts counts() const;

    static constexpr std::size_t kMostWaiting = 64;

  private:
    using Bytes = std::vector<std::uint8_t>;
    /// An answer that was seen, owned.
    struct Question {
        SecondOpinion opinion;
        Bytes qname;
        Bytes seen;
        std::vector<Bytes> answers;  ///< as opinion.resolvers
    };
    /// A resolver that does not answer is left alone for a while.
    struct Patience {
        std::uint32_t failures = 0;
        Timestamp pause_until;
    };

    void run();
    void ask_all(Question& question);
    [[nodiscard]] Result<Bytes> ask(std::size_t resolver, const Question& question);
    void note_failure(std::size_t resolver, const Error& error);

    const OpinionSettings settings_;
    OpinionChoice choice_;            // the storage thread's
    std::vector<Patience> patience_;  // the asking thread's
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Question> waiting_;  // guarded by mutex_, as all below
    std::vector<Question> answered_;
    OpinionCounts counts_;
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

}  // namespace vedette::service
