#include "notify/digest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "notify/digest_json.hpp"
#include "notify/digest_text.hpp"
#include "notify/endpoint_url.hpp"

namespace vedette::notify {
namespace {

using testing::HasSubstr;
using Json = nlohmann::json;

Notice notice_of(std::int64_t id, Severity severity, News news, std::string subject) {
    Notice notice;
    notice.news = news;
    Alert& alert = notice.alert;
    alert.id = id;
    alert.kind = FindingKind::Tunnel;
    alert.severity = severity;
    alert.first = Timestamp::from_seconds(1'795'262'462);
    alert.last = Timestamp{1'795'262'470'500'000'000};
    alert.count = 12;
    alert.subject = std::move(subject);
    alert.reason = "743 sub-names of t.example in 60 s, threshold 100";
    alert.filter = "name:*.t.example";
    alert.client = "192.0.2.7";
    return notice;
}

Digest digest_of(std::vector<Notice> notices) {
    Digest digest;
    digest.id = "d1";
    digest.host = "gate";
    digest.target = "ops";
    digest.time = Timestamp::from_seconds(1'795'262'480);
    digest.notices = std::move(notices);
    return digest;
}

TEST(Title, OfOneSeveralAndEnded) {
    const Notice one = notice_of(1, Severity::High, News::Started, "t.example");
    const Notice over = notice_of(2, Severity::Low, News::Ended, "u.example");
    EXPECT_EQ(title(digest_of({one}), "[v]"),
              "[v] high: Data carried in DNS names or answers: t.example");
    EXPECT_EQ(title(digest_of({over}), "[v]"),
              "[v] Ended: Data carried in DNS names or answers: u.example");
    EXPECT_EQ(title(digest_of({one, over}), ""),
              "2 alerts, 1 ended, worst high: Data carried in DNS names or answers: t.example");
    Digest none = digest_of({});
    none.dropped = 3;
    EXPECT_EQ(title(none, "[v]"), "[v] 3 alerts not told");
}

TEST(PlainText, SaysWhyAndWhatToDo) {
    Digest digest = digest_of({notice_of(7, Severity::High, News::Started, "t.example")});
    digest.dropped = 1;
    const std::string text = plain_text(digest);
    EXPECT_THAT(text, HasSubstr("1 alert on gate."));
    EXPECT_THAT(text, HasSubstr("why        743 sub-names of t.example"));
    EXPECT_THAT(text, HasSubstr("what to do Isolate the client"));
    EXPECT_THAT(text, HasSubstr("vedette alerts show 7"));
    EXPECT_THAT(text, HasSubstr("vedette logs 'name:*.t.example'"));
    EXPECT_THAT(text, HasSubstr("1 alert never told here"));
}

TEST(ShortText, TellsWhatDidNotFit) {
    std::vector<Notice> many(100, notice_of(1, Severity::High, News::Started, "t.example"));
    for (const std::size_t most : {200U, 500U, 5'000U}) {
        const std::string text = short_text(digest_of(many), most);
        EXPECT_LE(text.size(), most);
        EXPECT_THAT(text, HasSubstr(" more: vedette alerts list"));
    }
    many[0].alert.reason = std::string(10'000, 'x');
    EXPECT_LE(short_text(digest_of({many[0]}), 300).size(), 300U);
}

TEST(Clip, KeepsCharactersWhole) {
    const std::string_view euro = "a\xe2\x82\xac";
    EXPECT_EQ(clip(euro, 4), euro);
    EXPECT_EQ(clip(euro, 3), "a");
    EXPECT_EQ(clip(euro, 1), "a");
    EXPECT_EQ(clip(euro, 0), "");
}

TEST(Alertmanager, HasVersion4sKeys) {
    const auto body = Json::parse(
        alertmanager_json(digest_of({notice_of(1, Severity::High, News::Started, "t.example"),
                                     notice_of(2, Severity::Low, News::Ended, "u.example")})));
    EXPECT_EQ(body["version"], "4");
    EXPECT_EQ(body["status"], "firing");
    EXPECT_EQ(body["receiver"], "ops");
    EXPECT_EQ(body["truncatedAlerts"], 0);
    EXPECT_EQ(body["commonLabels"],
              Json({{"alertname", "tunnel"}, {"instance", "gate"}, {"client", "192.0.2.7"}}));
    for (const char* const key : {"groupKey", "groupLabels", "commonAnnotations", "externalURL"})
        EXPECT_TRUE(body.contains(key)) << key;
    const auto& open = body["alerts"][0];
    const auto& over = body["alerts"][1];
    EXPECT_EQ(open["status"], "firing");
    EXPECT_EQ(open["startsAt"], "2026-11-21T12:01:02.000000Z");
    EXPECT_EQ(open["endsAt"], "0001-01-01T00:00:00Z");
    EXPECT_EQ(open["labels"]["severity"], "high");
    EXPECT_EQ(over["status"], "resolved");
    EXPECT_EQ(over["endsAt"], "2026-11-21T12:01:10.500000Z");
    EXPECT_NE(open["fingerprint"], over["fingerprint"]);
    EXPECT_EQ(open["fingerprint"].get<std::string>().size(), 16U);
    const auto ended = Json::parse(
        alertmanager_json(digest_of({notice_of(2, Severity::Low, News::Ended, "u.example")})));
    EXPECT_EQ(ended["status"], "resolved");
}

TEST(Json, HostileBytesStayData) {
    const auto digest = digest_of(
        {notice_of(1, Severity::High, News::Started, std::string("\"},{\x01\xff\xc3(\0x", 10))});
    for (const std::string& text :
         {alertmanager_json(digest), digest_json(digest), alert_json(digest, digest.notices[0])}) {
        EXPECT_TRUE(Json::accept(text)) << text;
        EXPECT_EQ(text.find('\n'), std::string::npos);
    }
}

TEST(Pack, RoundTripsAndRefusesWhatIsNoAlert) {
    const Alert alert = notice_of(7, Severity::High, News::Started, "t.example").alert;
    const std::string text = pack(alert);
    const auto back = unpack(text);
    ASSERT_TRUE(back);
    EXPECT_EQ(pack(*back), text);
    EXPECT_EQ(back->first, alert.first);
    EXPECT_EQ(back->count, 12U);
    for (std::size_t length = 0; length < text.size(); ++length)
        EXPECT_FALSE(unpack(text.substr(0, length))) << length;
    EXPECT_FALSE(unpack("[]"));
    EXPECT_FALSE(unpack("{}"));
    std::string other = text;
    other.replace(other.find("\"tunnel\""), 8, "\"nosuch\"");
    EXPECT_FALSE(unpack(other));
}

TEST(UtcText, KnowsTheEdges) {
    EXPECT_EQ(utc_text(kNever), "1970-01-01T00:00:00.000000Z");
    EXPECT_EQ(utc_text(Timestamp{-1}), "1969-12-31T23:59:59.999999Z");
}

TEST(EndpointUrl, ReadsPlaces) {
    const auto mail = parse_endpoint_url("SMTP://mail.example.org:587/hello");
    ASSERT_TRUE(mail);
    EXPECT_EQ(mail->scheme, "smtp");
    EXPECT_EQ(mail->host, "mail.example.org");
    EXPECT_EQ(mail->port, 587);
    EXPECT_EQ(mail->path, "/hello");
    const auto v6 = parse_endpoint_url("tls://[2001:db8::1]");
    ASSERT_TRUE(v6);
    EXPECT_EQ(v6->host, "2001:db8::1");
    EXPECT_EQ(v6->authority(), "[2001:db8::1]");
    EXPECT_EQ(v6->port, 0);
    EXPECT_EQ(parse_endpoint_url("unix:///dev/log")->path, "/dev/log");
}

TEST(EndpointUrl, RefusesTheRestWithoutRepeatingIt) {
    for (const char* const text :
         {"", "mail", "://x", "tls://", "tls://:1", "tls://h:0", "tls://h:65536", "tls://h:x",
          "tls://[::1", "tls://[::1]x", "unix://dev/log", "unix:///", "http://a b/",
          "https://ada:hunter2@host/", "http://h\xc3\xa9/"}) {
        const auto url = parse_endpoint_url(text);
        ASSERT_FALSE(url) << text;
        EXPECT_EQ(url.error().text.find("hunter2"), std::string::npos);
    }
}

}  // namespace
}  // namespace vedette::notify
