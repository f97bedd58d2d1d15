// The answer to one DNS message: an address for every question for one, an empty answer (NODATA)
// for every other. No record of a type that was not asked for is ever written. No heap. The counts
// are the caller's.
#pragma once

#include <cstdint>
#include <span>

#include "base/bytes.hpp"
#include "model/dns_transaction.hpp"
#include "service/answerer/address_rule.hpp"
#include "wire/dns/message.hpp"

namespace vedette::answerer {

struct AnswerCounts {
    std::uint64_t messages = 0;   ///< that were answered
    std::uint64_t questions = 0;  ///< in them
    std::uint64_t addresses = 0;  ///< questions that got one
    std::uint64_t nodata = 0;     ///< questions that got none: of another type, or no such family
    std::uint64_t truncated = 0;  ///< answers that did not fit
    std::uint64_t malformed = 0;  ///< answered FORMERR
    std::uint64_t refused = 0;    ///< answered NOTIMP (another opcode) or BADVERS
    std::uint64_t silent = 0;     ///< not questions at all: no answer
};

/// What the surroundings of a message say.
struct AskedWhere {
    DnsProtocol protocol = DnsProtocol::Dns;
    std::uint32_t second_of_day = 0;  ///< UTC
    std::uint32_t id = 0;             ///< for the rule
    bool has_id = false;              ///< else the message's own is taken
    std::size_t limit = 65'535;       ///< bytes of the answer; datagrams obey EDNS instead
    bool datagram = false;
};

class MessageAnswerer {
  public:
    /// `rule` must outlive it; `ttl` in seconds.
    MessageAnswerer(AddressRule& rule, std::uint32_t ttl) noexcept : rule_(rule), ttl_(ttl) {}

    /// Writes the answer into `out` and returns its length; 0 when `query` is not to be answered.
    std::size_t answer(ByteView query, const AskedWhere& where,
                       std::span<std::uint8_t> out) noexcept;
    /// Whether answer() would write anything.
    [[nodiscard]] static bool is_answerable(ByteView query) noexcept;
    [[nodiscard]] const AnswerCounts& counts() const noexcept { return counts_; }

  private:
    class Writer;
    struct Records {
        std::uint32_t count = 0;
        bool cut = false;
    };
    Records put_records(const wire::dns::MessageView& view, const AskedWhere& where,
                        Writer& writer) noexcept;
    static void put_opt(Writer& writer, std::uint16_t rcode) noexcept;

    AddressRule& rule_;
    std::uint32_t ttl_;
    AnswerCounts counts_;
};

}  // namespace vedette::answerer
