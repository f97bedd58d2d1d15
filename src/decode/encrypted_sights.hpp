// Where DNS may go out of sight: the beginnings of TLS and QUIC connections towards the ports of
// encrypted DNS, and of HTTPS. What they are is for detectors to say (EncryptedSighting). A
// ClientHello that spans several segments or Initial packets is put together; one that does not
// come to its end is told without its name. Bounded in connections, in bytes, and in packets opened
// a second. The packets stay "other traffic" in the books. One thread.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "decode/bounded_map.hpp"
#include "decode/identity.hpp"
#include "decode/packet_context.hpp"
#include "decode/quic_opener.hpp"
#include "model/event_batch.hpp"
#include "wire/transport/transport.hpp"

namespace vedette::decode {

class EncryptedSights {
  public:
    /// `identity` must outlive it.
    explicit EncryptedSights(Identity& identity) : identity_(&identity), open_(kConnections) {}

    /// A segment, of any port.
    void on_tcp(const PacketContext& packet, const wire::transport::TcpView& segment,
                EventBatch& out);
    /// A datagram that is none of ours.
    void on_datagram(const PacketContext& packet, ByteView payload, EventBatch& out);
    /// Tells what has waited for long.
    void expire(Timestamp now, EventBatch& out);
    /// Tells everything that still waits.
    void finish(EventBatch& out);

    static constexpr std::uint32_t kConnections = 1'024;  ///< that are put together at a time
    static constexpr std::size_t kHelloBytes = 16'384;    ///< of one; longer ones have no name
    static constexpr std::uint32_t kOpened = 2'000;       ///< Initial packets within a second

  private:
    struct Key {
        IpAddress client;
        IpAddress server;
        std::uint32_t ports = 0;  // client in the upper half
        bool quic = false;
        friend bool operator==(const Key&, const Key&) noexcept = default;
    };
    struct KeyHash {
        std::uint64_t operator()(const Key& key) const noexcept {
            return mix64(IpHash{}(key.client) ^ IpHash{}(key.server) * 5U ^
                         (std::uint64_t{key.ports} << 1U | (key.quic ? 1U : 0U)));
        }
    };
    struct Hello {
        EncryptedSighting seen;  // without its name
        bool told = false;
        std::uint32_t next = 0;  // sequence number of the segment that goes on
        std::vector<std::uint8_t> bytes;
        std::vector<std::pair<std::size_t, std::size_t>> parts;  // of bytes that came; QUIC
        [[nodiscard]] std::uint8_t worth() const noexcept { return told ? 0 : 1; }
    };

    [[nodiscard]] static Key key_of(const PacketContext& packet, bool quic) noexcept;
    [[nodiscard]] EncryptedSighting sighting(const PacketContext& packet, bool quic);
    Hello& hold(const Key& key, EventBatch& out);
    void go_on(const PacketContext& packet, const wire::transport::TcpView& segment,
               EventBatch& out);
    [[nodiscard]] bool may_open(Timestamp now) noexcept;
    static void place(Hello& hello, const wire::quic::CryptoFrame& frame);
    [[nodiscard]] static ByteView beginning(const Hello& hello) noexcept;
    static void tell(Hello& hello, ByteView name, EventBatch& out);

    Identity* identity_;
    BoundedMap<Key, Hello, KeyHash> open_;
    std::size_t waiting_ = 0;  // TCP connections whose hello goes on
    QuicOpener opener_;
    Timestamp swept_;
    Timestamp second_;  // in which packets were opened
    std::uint32_t opened_ = 0;
};

}  // namespace vedette::decode
