// A resolver that is asked for its opinion: over UDP with TCP behind it, or over TLS. One question
// at a time, blocking within its patience; one thread.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "model/endpoint.hpp"
#include "sys/net/tls.hpp"

namespace vedette::service {

struct OpinionResolver {
    Endpoint endpoint;
    bool tls = false;
    std::string name;  ///< for which the certificate must be; empty: the address

    /// "192.0.2.53", "[2001:db8::53]:5353", "tls://192.0.2.53", "tls://192.0.2.53:853#dns.example".
    [[nodiscard]] static std::optional<OpinionResolver> parse(std::string_view text);
};

/// A question as it is asked: one name, recursion desired, EDNS without client subnet.
[[nodiscard]] std::vector<std::uint8_t> opinion_query(ByteView qname, std::uint16_t qtype,
                                                      std::uint16_t id);

struct OpinionAsk {
    const OpinionResolver& resolver;
    sys::TlsClient* tls = nullptr;  ///< needed when the resolver is asked over TLS
    Duration patience = Duration::seconds(2);
    const std::atomic<bool>* stop = nullptr;  ///< gives up when it becomes true; may be null
};

/// The answer to `query`: same id and question (RFC 5452 9.1), no longer than 64 KiB.
[[nodiscard]] Result<std::vector<std::uint8_t>> ask_resolver(const OpinionAsk& ask, ByteView query);

}  // namespace vedette::service
