#include "app/replay/replay_report.hpp"

#include <gtest/gtest.h>

#include "app/replay/replay_options.hpp"

namespace vedette::app {
namespace {

using replay::Status;

TEST(ReplayReport, ProgressIsABar) {
    EXPECT_EQ(progress_line({0, 1'000, 0, Duration{}}),
              "[                        ]   0 %  0 of 1,000, 0/s");
    EXPECT_EQ(progress_line({500, 1'000, 3, Duration::seconds(2)}),
              "[============            ]  50 %  500 of 1,000, 250/s, 3 lost, 2 s left");
    EXPECT_EQ(progress_line({}).substr(0, 26), "[========================]");
}

TEST(ReplayReport, StatusInOneWord) {
    replay::Outcome outcome;
    EXPECT_EQ(status_text(outcome), "not asked");
    outcome.status = Status::Answered;
    EXPECT_EQ(status_text(outcome), "NODATA");
    outcome.answers = 1;
    EXPECT_EQ(status_text(outcome), "NOERROR");
    outcome.rcode = 3;
    outcome.cut = true;
    EXPECT_EQ(status_text(outcome), "NXDOMAIN (cut)");
    outcome.status = Status::Lost;
    for (std::size_t i = 1; i < static_cast<std::size_t>(replay::Cause::Count); ++i) {
        outcome.cause = static_cast<replay::Cause>(i);
        EXPECT_GT(status_text(outcome).size(), 6U);
    }
    outcome.status = Status::Empty;
    EXPECT_EQ(status_text(outcome), "no question");
}

TEST(ReplayReport, ADrawingOfNothingIsStillOne) {
    const std::string svg = latency_svg(replay::summarize({}));
    EXPECT_TRUE(svg.starts_with("<svg "));
    EXPECT_TRUE(svg.ends_with("</svg>\n"));
    replay::Outcome outcome;
    outcome.status = Status::Answered;
    outcome.latency = Duration::seconds(60);
    EXPECT_NE(latency_svg(replay::summarize({outcome})).find("&gt;= 10 s"), std::string::npos);
}

TEST(ReplayOptions, PaceInWords) {
    EXPECT_EQ(pace_text({}), "as fast as answers come");
    EXPECT_EQ(pace_text({.rate = 5'000}), "at most 5,000 a second");
    EXPECT_EQ(pace_text({.speed = 1}), "paced as in the capture");
    EXPECT_EQ(pace_text({.speed = 10, .rate = 100}),
              "paced as in the capture, times 10, at most 100 a second");
}

TEST(ReplayOptions, OneHostIsATargetAGroupIsNot) {
    const auto plain = replay_target("192.0.2.1", replay::Via::Udp);
    ASSERT_TRUE(plain);
    EXPECT_EQ(plain->text, "192.0.2.1:53");
    EXPECT_EQ(replay_target("192.0.2.1", replay::Via::Tls)->endpoint.port, 853);
    EXPECT_EQ(replay_target("[2001:db8::1]:54", replay::Via::Traced)->endpoint.port, 54);
    for (const char* typed : {"224.0.0.251", "255.255.255.255", "0.0.0.0", "::", "ff02::fb", ""}) {
        const auto refused = replay_target(typed, replay::Via::Udp);
        ASSERT_FALSE(refused) << typed;
        EXPECT_EQ(refused.error().kind, ErrorKind::Usage);
    }
}

}  // namespace
}  // namespace vedette::app
