// A way to deliver a digest. One class per way, each in a folder of its own; what it learns about
// the world comes back as an outcome, never as an exception. send() blocks until the other side has
// answered or the time is up: call it on a thread that has nothing else to do. One thread at a
// time.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "notify/digest.hpp"

namespace vedette::notify {

struct Outcome {
    enum class Verdict : std::uint8_t {
        Delivered,  ///< the other side has taken it
        Failed,     ///< it has not; trying again makes sense
        Refused,    ///< it will not take it as things stand: trying again soon makes no sense
        Rejected,   ///< it will never take this message: trying again makes no sense
        Unclear,    ///< it may have: the answer was lost. The same digest must be sent again
    };
    Verdict verdict = Verdict::Failed;
    std::string text;      ///< one line for a person: what the other side said
    Duration retry_after;  ///< how long the other side wants to be left alone; 0: it did not say

    [[nodiscard]] bool delivered() const noexcept { return verdict == Verdict::Delivered; }
};

/// The terms of one attempt.
struct Attempt {
    Duration timeout = Duration::seconds(30);
    const std::atomic<bool>* cancelled = nullptr;  ///< when it becomes true, give up
    std::function<void(std::string_view)> step;  ///< hears what happens, line by line; may be empty

    void tell(std::string_view line) const {
        if (step) step(line);
    }
    [[nodiscard]] bool given_up() const noexcept {
        return cancelled != nullptr && cancelled->load(std::memory_order_relaxed);
    }
};

class Channel {
  public:
    virtual ~Channel() = default;
    [[nodiscard]] virtual Outcome send(const Digest& digest, const Attempt& attempt) = 0;
};

/// What a channel needs to be sure of the other side and of itself.
struct TlsFiles {
    std::string ca_file;  ///< empty: the system's certificates
    std::string certificate;
    std::string key;
};

}  // namespace vedette::notify
