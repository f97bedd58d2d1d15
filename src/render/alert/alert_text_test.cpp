#include "render/alert/alert_text.hpp"

#include <gtest/gtest.h>

namespace vedette::render {
namespace {

Alert alert() {
    Alert alert;
    alert.id = 12;
    alert.kind = FindingKind::Tunnel;
    alert.severity = Severity::High;
    alert.first = Timestamp::from_seconds(1'795'262'400);
    alert.last = Timestamp::from_seconds(1'795'262'401);
    alert.count = 7;
    alert.subject = "192.0.2.7 a.example.";
    alert.reason = "evil \x1b[2J name";
    alert.client = "192.0.2.7";
    alert.packets = {3, 9};
    return alert;
}

TEST(AlertText, TheLineNamesIdKindAndReasonSafely) {
    std::string out;
    append_alert_line(out, alert(), AlertChange::New, Color::Off);
    EXPECT_NE(out.find("ALERT high  #12 tunnel  evil "), std::string::npos) << out;
    EXPECT_EQ(out.find('\x1b'), std::string::npos);
    EXPECT_EQ(out.back(), '\n');
}

TEST(AlertText, AnEndSaysSo) {
    std::string out;
    append_alert_line(out, alert(), AlertChange::Ended, Color::Off);
    EXPECT_NE(out.find("tunnel  ended: evil"), std::string::npos) << out;
}

TEST(AlertText, AnUnrecordedAlertHasNoNumber) {
    Alert lost = alert();
    lost.id = 0;
    std::string out;
    append_alert_line(out, lost, AlertChange::New, Color::Off);
    EXPECT_EQ(out.find('#'), std::string::npos) << out;
}

TEST(AlertText, JsonLeavesOutWhatIsEmpty) {
    std::string out;
    append_alert_json(out, alert(), AlertChange::Continued);
    EXPECT_EQ(out,
              "{\"ts\":1795262401.000000,\"change\":\"continued\",\"id\":12,\"kind\":\"tunnel\","
              "\"severity\":\"high\",\"state\":\"open\",\"subject\":\"192.0.2.7 a.example.\","
              "\"first\":1795262400.000000,\"last\":1795262401.000000,\"count\":7,"
              "\"reason\":\"evil \\u001b[2J name\",\"client\":\"192.0.2.7\",\"packets\":[3,9]}\n");
}

}  // namespace
}  // namespace vedette::render
