// Can this query's header be honest? Checks of a message sent towards a DNS server's port, from
// the bytes alone, so that detectors and inline inspection judge alike. Each row of query_check.def
// says whether ordinary servers would have refused the message anyway: dropping those loses
// nothing. NOTIFY, UPDATE, IXFR and TSIG know their exceptions (RFC 1996, 2136, 1995, 8945); mDNS
// and NBNS must not be checked.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.hpp"
#include "wire/anomaly/anomaly.hpp"
#include "wire/dns/message.hpp"

namespace vedette::wire::dns {

enum class QueryCheck : std::uint8_t {
#define VEDETTE_QUERY_CHECK(name, id, refused, severity, sentence) name,
#include "wire/dns/query_check.def"
#undef VEDETTE_QUERY_CHECK
    Count,
};

/// What servers do with such a query (measured on six: see query_check.def).
enum class ServerReaction : std::uint8_t {
    Refuses,  ///< every full server answers an error or nothing
    Differs,  ///< some answer it
    Answers,  ///< all answer it
};

struct QueryCheckInfo {
    std::string_view id;  ///< "query.answer-count"
    ServerReaction reaction = ServerReaction::Answers;
    Severity severity = Severity::Info;
    std::string_view sentence;
};

[[nodiscard]] const QueryCheckInfo& info(QueryCheck check) noexcept;

/// A set of failed checks.
class QueryChecks {
  public:
    void add(QueryCheck check) noexcept { bits_ |= 1U << static_cast<unsigned>(check); }
    [[nodiscard]] bool has(QueryCheck check) const noexcept {
        return (bits_ >> static_cast<unsigned>(check) & 1U) != 0;
    }
    [[nodiscard]] bool empty() const noexcept { return bits_ == 0; }
    [[nodiscard]] std::uint32_t bits() const noexcept { return bits_; }
    /// The failed check of the highest severity, the first of equals. Not for an empty set.
    [[nodiscard]] QueryCheck worst() const noexcept;
    /// Whether a server would have refused the message anyway.
    [[nodiscard]] bool refused_by_servers() const noexcept;

  private:
    std::uint32_t bits_ = 0;
};
static_assert(static_cast<unsigned>(QueryCheck::Count) <= 32);

/// Checks a message sent to a DNS server's port; `message` is what inspect() gave.
[[nodiscard]] QueryChecks check_query(const MessageView& message) noexcept;

}  // namespace vedette::wire::dns
