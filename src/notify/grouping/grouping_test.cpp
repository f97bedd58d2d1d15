#include "notify/grouping/grouping.hpp"

#include <gtest/gtest.h>

namespace vedette::notify {
namespace {

constexpr Timestamp at(std::int64_t seconds) {
    return Timestamp::from_seconds(1'000'000 + seconds);
}

Alert alert_of(Severity severity = Severity::Medium, AlertState state = AlertState::Open) {
    Alert alert;
    alert.id = 1;
    alert.kind = FindingKind::FloodQueries;
    alert.severity = severity;
    alert.state = state;
    return alert;
}

GroupSettings settings_of() {
    GroupSettings settings;
    settings.wait = Duration::seconds(30);
    settings.interval = Duration::seconds(300);
    settings.repeat = Duration::seconds(3'600);
    return settings;
}

const std::optional<Told> kUntold;
const std::optional<News> kNothing;

TEST(NewsOf, AnAlertIsToldOnceThenAgainAfterTheRepeatInterval) {
    const GroupSettings settings = settings_of();
    const Alert alert = alert_of();
    EXPECT_EQ(news_of(settings, alert, AlertChange::New, kUntold, kNothing, at(0)), News::Started);
    const Told told{at(0), Severity::Medium, false};
    const auto later = [&](std::int64_t seconds) {
        return news_of(settings, alert, AlertChange::Continued, told, kNothing, at(seconds));
    };
    EXPECT_EQ(later(1), std::nullopt);
    EXPECT_EQ(later(3'599), std::nullopt);
    EXPECT_EQ(later(3'600), News::Continues);
}

TEST(NewsOf, WhatGetsWorseIsToldAtOnce) {
    const Told told{at(0), Severity::Medium, false};
    EXPECT_EQ(news_of(settings_of(), alert_of(Severity::High), AlertChange::Continued, told,
                      kNothing, at(1)),
              News::Worsened);
    EXPECT_EQ(news_of(settings_of(), alert_of(Severity::Low), AlertChange::Continued, told,
                      kNothing, at(1)),
              std::nullopt);
}

TEST(NewsOf, SeverityAndKindsChoose) {
    GroupSettings settings = settings_of();
    settings.least = Severity::Medium;
    const auto told = [&](Severity severity) {
        return news_of(settings, alert_of(severity), AlertChange::New, kUntold, kNothing, at(0))
            .has_value();
    };
    EXPECT_FALSE(told(Severity::Low));
    EXPECT_TRUE(told(Severity::Medium));
    settings.kinds = {"tunnel"};
    EXPECT_FALSE(told(Severity::High));
    settings.kinds = {"tunnel", "flood.*"};
    EXPECT_TRUE(told(Severity::High));
    // What was too slight and has grown is news.
    EXPECT_EQ(news_of(settings, alert_of(Severity::High), AlertChange::Continued, kUntold, kNothing,
                      at(9)),
              News::Started);
}

TEST(NewsOf, MutedAndAcknowledgedAreKeptQuiet) {
    const Told told{at(0), Severity::Low, false};
    Alert muted = alert_of(Severity::High);
    EXPECT_EQ(news_of(settings_of(), muted, AlertChange::Muted, kUntold, kNothing, at(0)),
              std::nullopt);
    muted.muted = true;
    EXPECT_EQ(news_of(settings_of(), muted, AlertChange::New, kUntold, kNothing, at(0)),
              std::nullopt);
    const Alert seen = alert_of(Severity::High, AlertState::Acknowledged);
    EXPECT_EQ(news_of(settings_of(), seen, AlertChange::Continued, told, kNothing, at(99'999)),
              std::nullopt);
}

TEST(NewsOf, TheEndIsToldToThoseWhoKnowTheBeginning) {
    const Alert over = alert_of(Severity::High, AlertState::Ended);
    const Told told{at(0), Severity::High, false};
    const Told told_end{at(0), Severity::High, true};
    const auto news = [&](const std::optional<Told>& known, std::optional<News> waiting,
                          AlertChange change = AlertChange::Ended) {
        return news_of(settings_of(), over, change, known, waiting, at(9));
    };
    EXPECT_EQ(news(told, kNothing), News::Ended);
    EXPECT_EQ(news(told, kNothing, AlertChange::Muted), News::Ended);
    EXPECT_EQ(news(kUntold, kNothing), std::nullopt);
    EXPECT_EQ(news(told_end, kNothing), std::nullopt);
    EXPECT_EQ(news(kUntold, News::Started), News::Ended);  // begun and over in one message
    GroupSettings settings = settings_of();
    settings.ended = false;
    EXPECT_EQ(news_of(settings, over, AlertChange::Ended, told, kNothing, at(9)), std::nullopt);
}

TEST(NewsOf, AnAlertThatReturnsIsNewsAgain) {
    const Told told_end{at(0), Severity::High, true};
    EXPECT_EQ(news_of(settings_of(), alert_of(), AlertChange::Continued, told_end, kNothing, at(1)),
              News::Started);
}

TEST(Merged, TheOlderIsNotLost) {
    EXPECT_EQ(merged(News::Started, News::Continues), News::Started);
    EXPECT_EQ(merged(News::Continues, News::Worsened), News::Worsened);
    EXPECT_EQ(merged(News::Started, News::Ended), News::Ended);
    EXPECT_EQ(merged(News::Ended, News::Started), News::Started);
}

TEST(Due, TheFirstWaitsForOthersThenTheIntervalRules) {
    const GroupSettings settings = settings_of();
    GroupState state;
    EXPECT_FALSE(due(settings, state).known());
    state.oldest_waiting = at(0);
    EXPECT_EQ(due(settings, state), at(30));
    state.sent = {at(-100)};
    EXPECT_EQ(due(settings, state), at(200));
    state.sent = {at(-1'000)};
    EXPECT_EQ(due(settings, state), at(30));
    state.retry_at = at(77);
    EXPECT_EQ(due(settings, state), at(77));
}

TEST(Due, TheHourlyLimitHoldsInAnyHour) {
    GroupSettings settings = settings_of();
    settings.hourly_limit = 3;
    GroupState state;
    state.oldest_waiting = at(1'000);
    state.sent = {at(0), at(300)};
    EXPECT_EQ(due(settings, state), at(1'030));
    state.sent = {at(0), at(300), at(600)};
    EXPECT_EQ(due(settings, state), at(3'600));
    state.sent = {at(-10), at(0), at(300), at(600)};
    EXPECT_EQ(due(settings, state), at(3'600));
}

// A day of one alert every ten seconds: what a mailbox sees of it.
TEST(Due, AFloodOfAlertsIsAFewMessages) {
    GroupSettings settings = settings_of();
    settings.hourly_limit = 6;
    GroupState state;
    std::size_t sent = 0;
    for (std::int64_t now = 0; now < 86'400; ++now) {
        if (now % 10 == 0 && !state.oldest_waiting.known()) state.oldest_waiting = at(now);
        const Timestamp when = due(settings, state);
        if (!when.known() || when > at(now)) continue;
        state.oldest_waiting = kNever;
        state.sent.push_back(at(now));
        ++sent;
    }
    EXPECT_EQ(sent, 24U * 6);
    for (std::size_t i = 6; i < state.sent.size(); ++i)
        EXPECT_GE(state.sent[i] - state.sent[i - 6], Duration::seconds(3'600));
}

TEST(Pause, DoublesToTenMinutesAndHeedsTheOtherSide) {
    EXPECT_EQ(pause(1, false, {}, 0), Duration::seconds(5));
    EXPECT_EQ(pause(2, false, {}, 0), Duration::seconds(10));
    EXPECT_EQ(pause(7, false, {}, 0), Duration::seconds(320));
    EXPECT_EQ(pause(8, false, {}, 0), Duration::seconds(600));
    EXPECT_EQ(pause(4'000'000'000U, false, {}, 0), Duration::seconds(600));
    EXPECT_EQ(pause(1, true, {}, 0), Duration::seconds(300));
    EXPECT_EQ(pause(1, false, Duration::seconds(120), 0), Duration::seconds(120));
    EXPECT_EQ(pause(1, false, Duration::seconds(86'400), 0), Duration::seconds(3'600));
    EXPECT_EQ(pause(2, false, {}, 1), Duration::seconds(12));
}

// A mail server that is away for an hour: how often it is asked, and when at the latest it is
// found.
TEST(Pause, AnHourWithoutServerCostsFewAttempts) {
    std::int64_t now = 0;
    unsigned failures = 0;
    while (now < 3'600) {
        ++failures;
        now += pause(failures, false, {}, 1).nanos / kNanosPerSecond;
    }
    EXPECT_LE(failures, 13U);
    EXPECT_LE(now, 3'600 + 720);
}

}  // namespace
}  // namespace vedette::notify
