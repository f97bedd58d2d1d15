// An answer as sorted lines of text, decoded by ldns and not by our own code, so that answers of
// different servers and of data sets can be compared section by section.
#pragma once

#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace vedette::serve_test {

struct AnswerText {
    std::string rcode;
    bool authoritative = false;
    bool truncated = false;
    std::array<std::multiset<std::string>, 3> sections;  ///< answer, authority, additional sans OPT

    friend bool operator==(const AnswerText&, const AnswerText&) = default;
};

/// Decodes a wire-form message.
[[nodiscard]] Result<AnswerText> decode_answer(ByteView message);
/// "owner ttl class type rdata" in ldns's own form, owner in lower case.
[[nodiscard]] Result<std::string> canonical_record(std::string_view text);
/// Every line of an answer, for messages.
[[nodiscard]] std::string to_lines(const AnswerText& answer);

}  // namespace vedette::serve_test
