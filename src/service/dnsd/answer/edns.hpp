// The OPT record of an answer (RFC 6891 6.1): size, DO, cookie, NSID, extended error, padding.
#pragma once

#include <cstdint>
#include <optional>

#include "service/dnsd/answer/message_writer.hpp"
#include "service/dnsd/answer/responder.hpp"

namespace vedette::dnsd {

/// Extended DNS Errors (RFC 8914 4) that an authoritative server has a use for.
struct ExtendedError {
    static constexpr std::uint16_t kForged = 4;
    static constexpr std::uint16_t kProhibited = 18;
    static constexpr std::uint16_t kNotAuthoritative = 20;
    static constexpr std::uint16_t kNotSupported = 21;
    static constexpr std::uint16_t kNone = UINT16_MAX;
};

/// The options an answer will carry; decided before its records, so that room is kept for them.
struct AnswerOptions {
    const Query* query = nullptr;
    const AnswerSettings* settings = nullptr;
    QueryContext context;
    std::uint16_t extended_error = ExtendedError::kNone;
    std::uint16_t rcode = 0;

    /// Octets of the OPT record without padding; 0 when the query had none.
    [[nodiscard]] std::size_t bytes() const noexcept;
    /// Appends the record; there is room for bytes(). `limit` bounds the padding.
    void put(MessageWriter& writer) const noexcept;
};

}  // namespace vedette::dnsd
