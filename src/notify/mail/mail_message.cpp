#include "notify/mail/mail_message.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "base/utf8.hpp"
#include "notify/digest_text.hpp"

namespace vedette::notify {
namespace {

constexpr std::size_t kLine = 76;         // RFC 2045: of an encoded line
constexpr std::size_t kEncodedWord = 75;  // RFC 2047 section 2

constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

bool is_printable(char c) noexcept {
    return c >= ' ' && c <= '~';
}

bool is_alphanumeric(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::string hex(char c) {
    return fmt::format("={:02X}", static_cast<unsigned char>(c));
}

}  // namespace

std::string header_text(std::string_view text) {
    if (std::ranges::all_of(text, is_printable) && text.find("=?") == std::string_view::npos)
        return std::string(text);
    constexpr std::string_view kBegin = "=?utf-8?Q?";
    constexpr std::string_view kEnd = "?=";
    std::string out;
    std::string word(kBegin);
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = std::max<std::size_t>(utf8_at(text, at).length, 1);
        std::string encoded;  // a character is never split over two words
        for (const char c : text.substr(at, length))
            encoded += is_alphanumeric(c) ? std::string(1, c) : c == ' ' ? "_" : hex(c);
        if (word.size() + encoded.size() + kEnd.size() > kEncodedWord) {
            out += word.append(kEnd) + "\r\n ";
            word = kBegin;
        }
        word += encoded;
        at += length;
    }
    return out + word.append(kEnd);
}

std::string quoted_printable(std::string_view text) {
    std::string out;
    std::size_t column = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '\n') {
            out += "\r\n";
            column = 0;
            continue;
        }
        const bool at_end = i + 1 == text.size() || text[i + 1] == '\n';
        // A blank at a line's end would be lost, and a dot alone ends a mail for clumsy relays.
        const bool plain =
            is_printable(c) && c != '=' && !(c == ' ' && at_end) && !(c == '.' && column == 0);
        const std::string piece = plain ? std::string(1, c) : hex(c);
        if (column + piece.size() > kLine - 1) {
            out += "=\r\n";
            column = 0;
        }
        out += piece;
        column += piece.size();
    }
    return out;
}

std::string mail_date(Timestamp time) {
    const std::time_t seconds = time.known() ? time.whole_seconds() : 0;
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    return fmt::format("{}, {} {} {} {:02}:{:02}:{:02} +0000",
                       kDays[static_cast<std::size_t>(parts.tm_wday)], parts.tm_mday,
                       kMonths[static_cast<std::size_t>(parts.tm_mon)], parts.tm_year + 1900,
                       parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::string domain_text(std::string_view host) {
    std::string out;
    for (const char c : host.substr(0, 253))
        out += is_alphanumeric(c) || c == '.' || c == '-' ? c : '-';
    return out.empty() ? "localhost" : out;
}

std::string mail_message(const Digest& digest, const MailHeads& heads) {
    std::string out = fmt::format("From: Vedette <{}>\r\n", heads.from);
    out += fmt::format("To: {}\r\n", fmt::join(heads.to, ",\r\n "));
    out += fmt::format("Subject: {}\r\n", header_text(title(digest, heads.subject)));
    out += fmt::format("Date: {}\r\n", mail_date(digest.time));
    out += fmt::format("Message-ID: <{}@{}>\r\n", digest.id, domain_text(digest.host));
    // RFC 3834: no vacation notice comes back.
    out += "Auto-Submitted: auto-generated\r\n";
    out += fmt::format("X-Vedette-Alerts: {}\r\n", digest.notices.size());
    out +=
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n";
    return out + quoted_printable(plain_text(digest));
}

}  // namespace vedette::notify
