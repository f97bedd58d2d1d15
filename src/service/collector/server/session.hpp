// What is spoken on a connection of the log server: frames of a sensor or Frame Streams. A session
// turns received bytes into batches for the intake and bytes to send; it knows no socket. The
// server's thread alone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/time.hpp"

namespace vedette::collector {

/// Who is at the other end, as the transport knows.
struct Peer {
    std::string address;
    std::string certificate;  ///< verified common name; empty without one
};

class Session {
  public:
    enum class Verdict : std::uint8_t {
        Go,
        Full,   ///< the intake has no room: read no more until resume() says Go
        Close,  ///< send what waits, then close
        Drop,   ///< broke the rules: close at once
    };

    virtual ~Session() = default;
    /// Takes all of `bytes`. `peer` is complete when bytes arrive.
    [[nodiscard]] virtual Verdict receive(ByteView bytes, const Peer& peer,
                                          std::vector<std::uint8_t>& out) = 0;
    /// After Full: tries again.
    [[nodiscard]] virtual Verdict resume(std::vector<std::uint8_t>& out) = 0;
    /// Now and then, and when something was stored.
    [[nodiscard]] virtual Verdict tick(Timestamp now, std::vector<std::uint8_t>& out) = 0;
    /// Whether the peer has said who it is: strangers have little time.
    [[nodiscard]] virtual bool established() const noexcept = 0;
    /// How long a known peer may say nothing; zero: as long as it likes.
    [[nodiscard]] virtual Duration patience() const noexcept = 0;
    /// The connection is over.
    virtual void end(Timestamp now) { (void)now; }
};

/// Written by the server's thread, read by any.
struct CollectorCounters {
    std::uint64_t connections = 0;
    std::uint64_t refused = 0;     ///< for lack of room, or because they took too long
    std::uint64_t hostile = 0;     ///< closed because of what they sent
    std::uint64_t duplicates = 0;  ///< batches that had been stored before
    std::uint64_t spoiled = 0;     ///< batches that could not be read
    std::uint64_t batches = 0;
    std::uint64_t events = 0;
    std::uint64_t dnstap_frames = 0;
    std::uint64_t dnstap_damaged = 0;  ///< frames that were not dnstap messages we know
    std::uint64_t dnstap_lost = 0;     ///< events of a connection that ended while all was full
};

}  // namespace vedette::collector
