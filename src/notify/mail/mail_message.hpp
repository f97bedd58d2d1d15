// A digest as an Internet message (RFC 5322) with a text body in UTF-8 (RFC 2045, 2047). Pure.
#pragma once

#include <string>
#include <vector>

#include "notify/digest.hpp"

namespace vedette::notify {

struct MailHeads {
    std::string from;
    std::vector<std::string> to;
    std::string subject;  ///< what the subject line begins with
};

/// Lines end in CR LF and are at most 78 columns, but for long addresses.
[[nodiscard]] std::string mail_message(const Digest& digest, const MailHeads& heads);

/// Text for a header: as it is when it is printable ASCII, else as encoded words (RFC 2047).
[[nodiscard]] std::string header_text(std::string_view text);
/// RFC 2045 section 6.7; line ends of `text` ('\n') become CR LF.
[[nodiscard]] std::string quoted_printable(std::string_view text);
/// "Sat, 21 Nov 2026 12:01:02 +0000".
[[nodiscard]] std::string mail_date(Timestamp time);
/// What can stand as a domain in a Message-ID or EHLO: other characters become '-'.
[[nodiscard]] std::string domain_text(std::string_view host);

}  // namespace vedette::notify
