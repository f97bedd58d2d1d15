// A zone as a series of messages (RFC 5936): SOA, every record, SOA; the SOA alone for a secondary
// whose IXFR question shows that it is not behind (RFC 1995 2). Keeps the zone alive while it
// runs; makes a message at a time, so that a slow secondary costs no memory.
#pragma once

#include <optional>
#include <vector>

#include "service/dnsd/answer/message_writer.hpp"
#include "service/dnsd/answer/query.hpp"
#include "service/dnsd/answer/tsig.hpp"
#include "service/dnsd/zone/zone.hpp"

namespace vedette::dnsd {

class ZoneTransfer {
  public:
    /// `query` is the AXFR question; copied as far as needed.
    ZoneTransfer(ZonePointer zone, const Query& query, std::optional<TsigSession> tsig);

    /// The next message, or false after the last. `now` in seconds since 1970, for signatures.
    [[nodiscard]] bool next(std::vector<std::uint8_t>& message, std::uint64_t now);
    [[nodiscard]] std::uint32_t messages() const noexcept { return messages_; }

  private:
    enum class Stage : std::uint8_t { FirstSoa, Records, LastSoa, Done };
    [[nodiscard]] bool put_next(MessageWriter& writer, std::uint16_t& count);
    [[nodiscard]] bool put(MessageWriter& writer, NodeView node, RrsetView rrset,
                           std::uint16_t& count);
    void advance() noexcept;

    ZonePointer zone_;
    std::optional<TsigSession> tsig_;
    std::vector<std::uint8_t> head_;  // header and question
    LookupName question_;
    Stage stage_ = Stage::FirstSoa;
    bool soa_only_ = false;
    NodeView node_;
    RrsetView rrset_;
    unsigned rrset_index_ = 0;
    std::uint32_t messages_ = 0;
};

}  // namespace vedette::dnsd
