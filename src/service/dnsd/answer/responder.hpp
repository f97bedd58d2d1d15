// One question in, one answer out: a pure function of the packet, the published snapshot and what
// the transport allows. No heap, no lock, no clock. Any number of threads may use one responder
// each; a snapshot is immutable and shared.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "model/address.hpp"
#include "service/dnsd/answer/cookie.hpp"
#include "service/dnsd/answer/message_writer.hpp"
#include "service/dnsd/answer/query.hpp"
#include "service/dnsd/answer/tsig.hpp"
#include "service/dnsd/answer/zone_set.hpp"
#include "service/dnsd/answer/zone_transfer.hpp"

namespace vedette::dnsd {

/// What an operator may choose about answers.
struct AnswerSettings {
    std::uint16_t udp_payload = 1232;  ///< offered to and used with clients (RFC 9715)
    bool cookies = true;
    CookieSecret cookie_secret{};
    std::string nsid;                 ///< RFC 5001; empty: not told
    std::string chaos_version;        ///< version.bind CH TXT; empty: refused
    std::string chaos_id;             ///< id.server CH TXT; empty: refused
    std::vector<TsigKey> tsig_keys;   ///< RFC 8945
    std::vector<Prefix> transfer_to;  ///< who may have zones; with keys, only with one of them
    std::vector<IpAddress> unknown;   ///< given for every name outside the zones; empty: REFUSED
};

/// Everything an answer depends on besides the packet. Published as a whole.
struct Snapshot {
    ZoneSet zones;
    AnswerSettings settings;
};

/// How the question came.
enum class Channel : std::uint8_t { Datagram, Stream, EncryptedStream };

struct QueryContext {
    Channel channel = Channel::Datagram;
    IpAddress client;
    std::uint32_t now = 0;  ///< seconds since 1970, for cookies
};

/// What was answered, for counters, logs and rate limits.
struct AnswerOutcome {
    std::size_t bytes = 0;  ///< 0: no answer is to be sent
    std::uint16_t rcode = 0;
    std::uint16_t answers = 0;  ///< records in the answer section
    bool truncated = false;
    bool cookie_proved = false;  ///< the client's address is not forged
    const Zone* zone = nullptr;  ///< that answered, if one did
};

/// Makes an answer that stands at the start of `out` the empty one with TC set, which sends a real
/// client to TCP (RFC 2181 9). Its size.
[[nodiscard]] std::size_t cut_answer(std::span<std::uint8_t> out, const Query& query) noexcept;

class Lookup;
struct AnswerHeader;

class Responder {
  public:
    /// Answers `packet` into `out`. On streams the answer may fill `out` (at most 65,535 octets);
    /// as a datagram it keeps to what the query and the settings allow.
    [[nodiscard]] AnswerOutcome answer(ByteView packet, const QueryContext& context,
                                       const Snapshot& snapshot,
                                       std::span<std::uint8_t> out) noexcept;
    /// The transfer that the last answer() refused only because it is for a stream to make: null
    /// when the question was none, or this client may not have the zone. Allocates.
    [[nodiscard]] std::unique_ptr<ZoneTransfer> transfer(const QueryContext& context,
                                                         const Snapshot& snapshot) const;
    /// The question of the last answer().
    [[nodiscard]] const Query& query() const noexcept { return query_; }

  private:
    struct Reply;
    void answer_question(Reply& reply) noexcept;
    void answer_from_zone(Reply& reply, const ServedZone& served) noexcept;
    [[nodiscard]] static AnswerHeader follow_over_zones(const Lookup& first) noexcept;
    void answer_unknown(Reply& reply) noexcept;
    void answer_chaos(Reply& reply) noexcept;
    void answer_meta(Reply& reply) noexcept;
    /// The zone of a transfer question when this client may have it; its signature, and whether one
    /// is needed, are the caller's to look at.
    [[nodiscard]] const ServedZone* transferable(const QueryContext& context,
                                                 const Snapshot& snapshot) const noexcept;
    void sign(AnswerOutcome& outcome, const QueryContext& context, const AnswerSettings& settings,
              std::span<std::uint8_t> out) const;
    void refuse(Reply& reply, std::uint16_t extended_error) noexcept;
    [[nodiscard]] static bool put_address(MessageWriter& writer, const IpAddress& address) noexcept;

    Query query_;
};

}  // namespace vedette::dnsd
