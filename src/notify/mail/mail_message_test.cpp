#include "notify/mail/mail_message.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vedette::notify {
namespace {

using testing::HasSubstr;

TEST(QuotedPrintable, FollowsRfc2045) {
    EXPECT_EQ(quoted_printable("a=b\n"), "a=3Db\r\n");
    EXPECT_EQ(quoted_printable("end \nx"), "end=20\r\nx");
    EXPECT_EQ(quoted_printable("\xc3\xa9t\xc3\xa9"), "=C3=A9t=C3=A9");
    EXPECT_EQ(quoted_printable(".\nx."), "=2E\r\nx.");
    EXPECT_EQ(quoted_printable("a\rb\0c"), "a=0Db");
    EXPECT_EQ(quoted_printable("a\tb"), "a=09b");
}

TEST(QuotedPrintable, NoLineIsTooLong) {
    for (const std::string& text : {std::string(1'000, 'x'), std::string(1'000, '=')}) {
        const std::string out = quoted_printable(text);
        std::size_t begin = 0;
        while (begin < out.size()) {
            const std::size_t end = std::min(out.find("\r\n", begin), out.size());
            EXPECT_LE(end - begin, 76U);
            begin = end + 2;
        }
    }
}

TEST(HeaderText, EncodesWhatIsNotAscii) {
    EXPECT_EQ(header_text("plain text"), "plain text");
    EXPECT_EQ(header_text("caf\xc3\xa9"), "=?utf-8?Q?caf=C3=A9?=");
    EXPECT_EQ(header_text("=?utf-8?Q?forged?="), "=?utf-8?Q?=3D=3Futf=2D8=3FQ=3Fforged=3F=3D?=");
    const std::string lines = header_text(std::string(60, 'a') + std::string("\n") + "Bcc: x@y");
    EXPECT_EQ(lines.find("\nBcc"), std::string::npos);
}

TEST(HeaderText, NeverSplitsACharacterOverTwoWords) {
    std::string text;
    for (int i = 0; i < 40; ++i)
        text += "\xe2\x82\xac";
    const std::string out = header_text(text);
    std::size_t begin = 0;
    while (begin < out.size()) {
        const std::size_t end = std::min(out.find("\r\n ", begin), out.size());
        const std::string word = out.substr(begin, end - begin);
        EXPECT_LE(word.size(), 75U);
        EXPECT_EQ((word.size() - 12) % 9, 0U) << word;  // whole characters of 9 bytes
        begin = end + 3;
    }
}

TEST(MailDate, IsRfc5322) {
    EXPECT_EQ(mail_date(Timestamp::from_seconds(1'795'262'462)), "Sat, 21 Nov 2026 12:01:02 +0000");
    EXPECT_EQ(mail_date(kNever), "Thu, 1 Jan 1970 00:00:00 +0000");
}

TEST(MailMessage, HasTheHeadersThatMatter) {
    Digest digest = sample_digest("gate way.example", "ops", Timestamp::from_seconds(1));
    digest.id = "abc.1";
    const std::string mail =
        mail_message(digest, {"v@example.org", {"a@example.org", "b@example.org"}, "[v]"});
    EXPECT_THAT(mail, HasSubstr("From: Vedette <v@example.org>\r\n"));
    EXPECT_THAT(mail, HasSubstr("To: a@example.org,\r\n b@example.org\r\n"));
    EXPECT_THAT(mail, HasSubstr("Message-ID: <abc.1@gate-way.example>\r\n"));
    EXPECT_THAT(mail, HasSubstr("Auto-Submitted: auto-generated\r\n"));
    EXPECT_THAT(mail, HasSubstr("Subject: [v] test of target ops\r\n"));
}

TEST(MailMessage, AHostileNameAddsNoHeader) {
    Digest digest = sample_digest("h", "ops", Timestamp::from_seconds(1));
    digest.sample = false;
    digest.notices[0].alert.subject = "x\r\nBcc: everybody@example.org\r\n\r\nbody";
    const std::string mail = mail_message(digest, {"v@example.org", {"a@example.org"}, "[v]"});
    EXPECT_EQ(mail.find("\r\nBcc:"), std::string::npos);
    const std::size_t body = mail.find("\r\n\r\n");
    EXPECT_THAT(mail.substr(0, body), HasSubstr("Content-Transfer-Encoding"));
}

TEST(DomainText, IsSafeInAMessageId) {
    EXPECT_EQ(domain_text("a b>c"), "a-b-c");
    EXPECT_EQ(domain_text(""), "localhost");
    EXPECT_EQ(domain_text(std::string(300, 'a')).size(), 253U);
}

}  // namespace
}  // namespace vedette::notify
