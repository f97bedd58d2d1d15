// The first packet of a QUIC connection (RFC 9000 17.2.2) as far as it can be read without keys,
// and the frames that a client's Initial carries when it has been opened (decode/quic_opener). What
// is not QUIC is not damage: other traffic uses the same ports.
//
// Views borrow the bytes and die with them. Pure, safe on any thread.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "wire/reader/reader.hpp"

namespace vedette::wire::quic {

inline constexpr std::uint32_t kVersion1 = 1;            // RFC 9000
inline constexpr std::uint32_t kVersion2 = 0x6b33'43cf;  // RFC 9369
inline constexpr std::uint32_t kDraft29 = 0xff00'001d;   // and the drafts to 32: one salt
inline constexpr std::size_t kMaxConnectionId = 20;      // RFC 9000 17.2

struct InitialView {
    /// A long header of the Initial type, with a version that is in use and ids of possible length.
    bool is_initial = false;
    /// The whole packet is there: the fields below say where its parts are.
    bool whole = false;
    std::uint32_t version = 0;
    ByteView destination_id;
    std::size_t number_offset = 0;  ///< of the packet number, still masked
    std::size_t end = 0;            ///< of the packet; others may follow in the datagram
};

/// Reads the packet at the front of a datagram.
[[nodiscard]] InitialView read_initial(ByteView datagram) noexcept;

/// Bytes of the handshake (RFC 9000 19.6): the TLS messages without records.
struct CryptoFrame {
    std::uint64_t offset = 0;
    ByteView data;
};

/// Walks the CRYPTO frames of an opened Initial, over the padding, pings and acknowledgements
/// between them; any other frame ends the walk.
class CryptoFrames {
  public:
    explicit CryptoFrames(ByteView payload) noexcept : reader_(payload) {}
    /// False at the end.
    [[nodiscard]] bool next(CryptoFrame& frame) noexcept;

  private:
    Reader reader_;
};

}  // namespace vedette::wire::quic
