// What is spoken on a stream: DNS with length prefixes (RFC 1035 4.2.2, RFC 7858) or HTTP (RFC
// 8484). A session turns received bytes into bytes to send; it owns its half-read messages and
// knows no socket.
#pragma once

#include <memory>
#include <vector>

#include "base/bytes.hpp"
#include "service/dnsd/net/observer.hpp"

namespace vedette::dnsd {

/// Answers messages for sessions: responder, snapshot, counters and log of one worker.
class StreamAnswerer {
  public:
    virtual ~StreamAnswerer() = default;
    /// The answer to one message; empty when none is to be sent. Valid until the next call.
    [[nodiscard]] virtual ByteView answer(ByteView query, Transport transport,
                                          const Endpoint& client) noexcept = 0;
    /// The transfer that the question of the last answer() asks for; null when it is none or not
    /// allowed, and then that answer stands.
    [[nodiscard]] virtual std::unique_ptr<ZoneTransfer> transfer(const Endpoint& client) = 0;
    /// Seconds since 1970, for signatures.
    [[nodiscard]] virtual std::uint64_t now() const noexcept = 0;
};

/// Octets of answers for which a session goes on answering. A short question may have an answer of
/// 64 KiB: a client that sends many at once and does not read would fill the memory.
inline constexpr std::size_t kMaxAnswered = 256 * 1'024;

class Session {
  public:
    virtual ~Session() = default;
    /// Takes all of `bytes`, appends to `out`. False: the client broke the rules; close. What is
    /// asked beyond kMaxAnswered waits for produce(); see holds_back().
    [[nodiscard]] virtual bool receive(ByteView bytes, std::vector<std::uint8_t>& out) = 0;
    /// Appends more of an answer that comes in pieces, and answers to what waits; false when there
    /// is none.
    [[nodiscard]] virtual bool produce(std::vector<std::uint8_t>& out) {
        (void)out;
        return false;
    }
    /// Whether questions wait until the client has taken answers: it must not be read from.
    [[nodiscard]] virtual bool holds_back() const noexcept { return false; }
    /// Whether the connection is to be closed when everything is sent.
    [[nodiscard]] virtual bool is_over() const noexcept { return false; }
    /// The server is about to end: appends what tells the client to ask elsewhere next time.
    virtual void finish(std::vector<std::uint8_t>& out) { (void)out; }
    /// Whether a message has begun and not ended: such a client has little time.
    [[nodiscard]] virtual bool in_message() const noexcept = 0;
};

/// DNS messages behind two octets of length, answered as they come. Messages of transfers come in
/// between: a large zone holds nobody up.
[[nodiscard]] std::unique_ptr<Session> make_dns_session(StreamAnswerer& answerer,
                                                        Transport transport,
                                                        const Endpoint& client);

/// DNS over HTTPS on HTTP/1.1 and on HTTP/2.
[[nodiscard]] std::unique_ptr<Session> make_http1_session(StreamAnswerer& answerer,
                                                          const Endpoint& client);
[[nodiscard]] std::unique_ptr<Session> make_http2_session(StreamAnswerer& answerer,
                                                          const Endpoint& client);

}  // namespace vedette::dnsd
