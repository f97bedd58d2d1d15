// A question as a name server needs it: strict where RFC 1035, 6891, 7873 and 9619 let it refuse,
// tolerant where every server is. Reading never fails in a way that needs an answer to be guessed:
// the verdict says what to do. Borrows the packet.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "service/dnsd/zone/lookup_name.hpp"
#include "service/dnsd/zone/rr_type.hpp"

namespace vedette::dnsd {

inline constexpr std::size_t kHeaderBytes = 12;
inline constexpr std::size_t kPlainUdpBytes = 512;  // RFC 1035 4.2.1

/// What the message asks the server to do.
enum class QueryKind : std::uint8_t {
    Drop,            ///< shorter than a header, or itself an answer: silence (RFC 8906 2)
    Question,        ///< answer it
    CookieOnly,      ///< no question, a cookie option (RFC 7873 5.4)
    FormErr,         ///< header and, when it could be read, the question go back
    NotImplemented,  ///< opcode
    BadVersion,      ///< EDNS version above 0
};

struct QueryCookie {
    bool present = false;
    std::array<std::uint8_t, 8> client{};
    ByteView server;  ///< 8 to 32 octets, or empty
};

struct QueryEdns {
    bool present = false;
    bool dnssec_ok = false;
    bool wants_nsid = false;
    bool wants_padding = false;
    bool has_keepalive = false;  ///< RFC 7828; no client sends it over QUIC (RFC 9250 5.5.2)
    std::uint8_t version = 0;
    std::uint16_t udp_size = 0;
    QueryCookie cookie;

    /// What the record itself says stays; an error answer carries no option.
    void forget_options() noexcept {
        wants_nsid = wants_padding = false;
        cookie = {};
    }
};

struct Query {
    QueryKind kind = QueryKind::Drop;
    std::uint16_t id = 0;
    std::uint16_t flags = 0;
    std::uint16_t type = 0;
    std::uint16_t rclass = 0;
    /// End of the question in the packet; 12 when it could not be read.
    std::uint16_t question_end = kHeaderBytes;
    LookupName name;
    QueryEdns edns;
    std::uint32_t tsig_offset = 0;  ///< of the TSIG record in the packet; 0 is none
    /// Of the zone that the secondary has, in an IXFR question (RFC 1995 3).
    std::optional<std::uint32_t> known_serial;
    ByteView packet;

    /// The name as it was asked, case kept.
    [[nodiscard]] ByteView written_name() const noexcept {
        return packet.subspan(kHeaderBytes, name.wire().size());
    }
    [[nodiscard]] bool has_question() const noexcept { return question_end > kHeaderBytes; }
};

/// Reads one DNS message. `out` is overwritten.
void read_query(ByteView packet, Query& out) noexcept;

}  // namespace vedette::dnsd
