// For the tests and the fuzz target of DNS over QUIC: a certificate that lasts as long as the test,
// and a client that does what it is told, right or wrong, packet by packet. No socket, no clock.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "service/dnsd/net/quic_connection.hpp"

namespace vedette::dnsd::test {

/// Of "localhost"; made anew, signed by itself.
[[nodiscard]] std::shared_ptr<QuicCredentials> make_quic_credentials();

class QuicTestClient {
  public:
    using Packet = std::vector<std::uint8_t>;
    enum class Fin : std::uint8_t { No, Yes };

    [[nodiscard]] static std::unique_ptr<QuicTestClient> make(const QuicPath& path, QuicTime now);
    virtual ~QuicTestClient() = default;

    /// What it wants to send now.
    [[nodiscard]] virtual std::vector<Packet> packets(QuicTime now) = 0;
    virtual void receive(ByteView packet, QuicTime now) = 0;
    virtual void expire(QuicTime now) = 0;

    /// -1 when the server's limit is reached.
    [[nodiscard]] virtual std::int64_t open() = 0;
    [[nodiscard]] virtual std::int64_t open_one_way() = 0;
    virtual void send(std::int64_t stream, ByteView bytes, Fin fin) = 0;
    virtual void reset(std::int64_t stream) = 0;
    virtual void stop_sending(std::int64_t stream) = 0;

    [[nodiscard]] virtual bool ready() const = 0;
    /// What came on the stream; `whole` when the server has ended it.
    struct Received {
        std::vector<std::uint8_t> bytes;
        bool whole = false;
    };
    [[nodiscard]] virtual Received received(std::int64_t stream) const = 0;
    /// Empty while it is open; else "application 2", "transport 11", "reset", "idle".
    [[nodiscard]] virtual std::string ending() const = 0;
    [[nodiscard]] virtual bool had_retry() const = 0;
};

}  // namespace vedette::dnsd::test
