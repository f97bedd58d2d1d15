// One QUIC connection with DNS on its streams (RFC 9250): a question on each stream that the client
// opens, the answer back on the same one; transfers are refused here. Packets in, packets out;
// it knows no socket. ngtcp2 does QUIC, GnuTLS its TLS 1.3; both are seen only in the source. One
// thread.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "model/endpoint.hpp"

namespace vedette::dnsd {

/// Certificate and key for QUIC. Connections keep what they began with.
class QuicCredentials {
  public:
    [[nodiscard]] static Result<std::shared_ptr<QuicCredentials>> load(
        const std::string& certificate, const std::string& key);
    virtual ~QuicCredentials() = default;
    [[nodiscard]] virtual void* handle() const noexcept = 0;  ///< GnuTLS's own
};

/// Nanoseconds of a clock that is never set back.
using QuicTime = std::uint64_t;

/// What identifies connections, as octets; those that this server makes have so many.
inline constexpr std::size_t kQuicIdBytes = 18;
using QuicId = std::string;

struct QuicLimits {
    std::uint32_t idle_seconds = 10;
    std::uint32_t message_seconds = 5;  ///< for a handshake, and for a question to arrive
};

/// Both ends of a packet's way.
struct QuicPath {
    Endpoint client;
    Endpoint server;
    friend bool operator==(const QuicPath&, const QuicPath&) noexcept = default;
};

/// What connections need of who owns them.
class QuicHost {
  public:
    virtual ~QuicHost() = default;
    /// The answer to one message; empty when none is to be sent. Valid until the next call.
    [[nodiscard]] virtual ByteView answer(ByteView query, const QuicPath& path) noexcept = 0;
    virtual void send(ByteView packet, const QuicPath& path) noexcept = 0;
    /// From now on, packets with this identifier are the connection's, or no more.
    virtual void id_added(const QuicId& id, void* connection) = 0;
    virtual void id_removed(const QuicId& id) = 0;
    /// For the tokens that say a connection is unknown after a restart.
    [[nodiscard]] virtual ByteView reset_secret() const noexcept = 0;
};

/// What a packet that belongs to no connection says.
struct QuicFirst {
    enum class Token : std::uint8_t {
        None,
        Good,  ///< the client is where it says it is: it has had our Retry
        Bad,   ///< one of another place, time or server
    };
    bool begins = false;  ///< a connection, in a version that is spoken here
    Token token = Token::None;
    QuicId original;  ///< with a good token: whom the client asked for before the Retry
};

class QuicConnection {
  public:
    /// Of a client's first packet, as read_quic_first() has read it; null when it begins nothing.
    struct Terms {
        QuicHost& host;
        std::shared_ptr<QuicCredentials> credentials;
        QuicLimits limits;
    };
    [[nodiscard]] static std::unique_ptr<QuicConnection> accept(const Terms& terms,
                                                                const QuicFirst& first,
                                                                ByteView packet,
                                                                const QuicPath& path, QuicTime now);
    virtual ~QuicConnection() = default;

    /// Whether the client has shown that it receives what is sent to its address.
    [[nodiscard]] virtual bool proved() const noexcept = 0;

    /// Each returns false when the connection is over and may be forgotten.
    [[nodiscard]] virtual bool receive(ByteView packet, const QuicPath& path, QuicTime now) = 0;
    [[nodiscard]] virtual bool expire(QuicTime now) = 0;
    /// When expire() is due.
    [[nodiscard]] virtual QuicTime expiry() const noexcept = 0;
    /// Says that this server is about to end; the connection may be forgotten afterwards.
    virtual void close(QuicTime now) = 0;
    [[nodiscard]] virtual const QuicPath& path() const noexcept = 0;
};

/// The identifier that a packet is for, as this server makes them; empty when it is no QUIC.
[[nodiscard]] QuicId quic_destination(ByteView packet) noexcept;
/// `secret` is that of quic_retry().
[[nodiscard]] QuicFirst read_quic_first(ByteView packet, const QuicPath& path, ByteView secret,
                                        QuicTime now);
/// Asks a client to show that it is where it says it is (RFC 9000 8.1.2). Nothing is kept of it.
[[nodiscard]] std::vector<std::uint8_t> quic_retry(ByteView first, const QuicPath& path,
                                                   ByteView secret, QuicTime now);
/// Ends a connection that has not begun (RFC 9000 20.1).
enum class QuicEnd : std::uint8_t { Refused = 0x02, InvalidToken = 0x0b };
[[nodiscard]] std::vector<std::uint8_t> quic_end(ByteView first, QuicEnd why);
/// The answer to a packet of a version that is not spoken here, or of a connection that is not
/// known; empty when none is due. Never longer than the packet.
[[nodiscard]] std::vector<std::uint8_t> quic_refusal(ByteView packet, ByteView reset_secret);

}  // namespace vedette::dnsd
