#include "service/guard/guard.hpp"

#include <gtest/gtest.h>

namespace vedette::service {
namespace {

constexpr std::int64_t kStart = 1'795'262'400;

class Notes final : public AlertObserver {
  public:
    void on_alert(const Alert& alert, AlertChange change) override {
        alerts.push_back(alert);
        changes.push_back(change);
    }
    void on_time(Timestamp now) override { times.push_back(now); }
    std::vector<Alert> alerts;
    std::vector<AlertChange> changes;
    std::vector<Timestamp> times;
};

class FixedClock final : public Clock {
  public:
    Timestamp now() const noexcept override { return time; }
    Timestamp time = Timestamp::from_seconds(kStart);
};

EventBatch flood(const char* victim) {
    EventBatch batch;
    for (int i = 0; i < 2'000; ++i) {
        DnsSighting& seen = batch.sightings.emplace_back();
        seen.time = Timestamp::from_seconds(kStart);
        seen.source = *IpAddress::parse("192.0.2.7");
        seen.destination = *IpAddress::parse(victim);
        batch.watermark = seen.time;
    }
    return batch;
}

store::AlertBook book() {
    auto book = store::AlertBook::in_memory();
    EXPECT_TRUE(book) << book.error().text;
    return std::move(*book);
}

TEST(Guard, AFindingBecomesAnAlertAndObserversHearItsBeginningAndEnd) {
    FixedClock clock;
    GuardOptions options;
    options.clock = &clock;
    Guard guard(options, book());
    Notes notes;
    guard.add_observer(notes);
    ASSERT_TRUE(guard.consume(flood("192.0.2.53")));
    ASSERT_EQ(notes.alerts.size(), 1U);
    EXPECT_EQ(notes.alerts[0].id, 1);
    EXPECT_EQ(notes.changes[0], AlertChange::New);
    EXPECT_EQ(notes.alerts[0].state, AlertState::Open);
    clock.time = Timestamp::from_seconds(kStart + 3'600);
    ASSERT_TRUE(guard.idle());
    ASSERT_EQ(notes.alerts.size(), 2U);
    EXPECT_EQ(notes.changes[1], AlertChange::Ended);
    EXPECT_EQ(notes.alerts[1].state, AlertState::Ended);
    EXPECT_EQ(notes.times.back(), clock.time);
    EXPECT_EQ(guard.counts().raised, 1U);
    EXPECT_EQ(guard.counts().ended, 1U);
}

TEST(Guard, OfAFileTimeIsThePacketsOnly) {
    Guard guard({}, book());
    Notes notes;
    guard.add_observer(notes);
    ASSERT_TRUE(guard.consume(flood("192.0.2.53")));
    ASSERT_TRUE(guard.idle());
    EXPECT_EQ(notes.alerts.size(), 1U);
    EXPECT_TRUE(notes.times.empty());
}

TEST(Guard, AStormIsOneAlertMore) {
    GuardOptions options;
    options.limits.subjects = 3;
    Guard guard(options, book());
    Notes notes;
    guard.add_observer(notes);
    for (int i = 0; i < 50; ++i) {
        ASSERT_TRUE(guard.consume(flood(("198.51.100." + std::to_string(i)).c_str())));
    }
    EXPECT_EQ(guard.counts().folded, 48U);  // 50 victims and the one source
    EXPECT_EQ(guard.counts().raised, 4U);
    EXPECT_EQ(notes.alerts.back().subject, kFurtherSubjects);
}

}  // namespace
}  // namespace vedette::service
