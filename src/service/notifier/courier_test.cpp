#include "service/notifier/courier.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "notify/digest_json.hpp"
#include "service/notifier/notifier.hpp"
#include "service/notifier/still_wanted.hpp"
#include "store/sqlite/alerts/alert_book.hpp"

namespace vedette::service {
namespace {

using notify::Digest;
using notify::News;
using notify::Outcome;
using testing::HasSubstr;
using Verdict = Outcome::Verdict;

constexpr Timestamp at(std::int64_t seconds) {
    return Timestamp::from_seconds(1'000'000 + seconds);
}

/// Answers as it is told to, and remembers every digest.
class FakeChannel final : public notify::Channel {
  public:
    Outcome send(const Digest& digest, const notify::Attempt&) override {
        seen.push_back(digest);
        if (!answer.delivered()) return answer;
        taken.push_back(digest);
        return answer;
    }
    Outcome answer{Verdict::Delivered, "250 ok", {}};
    std::vector<Digest> seen;
    std::vector<Digest> taken;
};

Alert alert_of(std::int64_t id, Severity severity = Severity::High) {
    Alert alert;
    alert.id = id;
    alert.kind = FindingKind::FloodQueries;
    alert.severity = severity;
    alert.subject = "host" + std::to_string(id);
    alert.first = alert.last = at(0);
    return alert;
}

class CourierTest : public testing::Test {
  protected:
    void SetUp() override {
        folder_ = testing::TempDir() + "vedette-courier-XXXXXX";
        ASSERT_NE(::mkdtemp(folder_.data()), nullptr);
        target_.name = "ops";
        target_.group.wait = Duration::seconds(30);
        target_.group.interval = Duration::seconds(300);
        target_.timeout = Duration::seconds(5);
        target_.keep = Duration::seconds(86'400);
        target_.queue_limit = 1'000;
        auto channel = std::make_unique<FakeChannel>();
        channel_ = channel.get();
        target_.channel = std::move(channel);
        start();
    }
    void TearDown() override {
        courier_.reset();
        std::filesystem::remove_all(folder_);
    }
    void start() {
        courier_.reset();
        Courier::Terms terms;
        terms.outbox = folder_ + "/outbox.db";
        terms.host = "gate";
        terms.seed = 7;
        terms.still_wanted = [this](const Alert& alert) { return alert.id != unwanted_; };
        terms.say = [this](std::string line) { said_ += line + "\n"; };
        auto made = Courier::make(target_, std::move(terms));
        ASSERT_TRUE(made) << made.error().text;
        courier_.emplace(std::move(*made));
    }
    void put(const Alert& alert, Timestamp when, News news = News::Started) {
        ASSERT_TRUE(courier_->outbox().put(
            "ops",
            {alert_key(alert), static_cast<std::uint8_t>(news),
             static_cast<std::uint8_t>(alert.severity), when, notify::pack(alert)},
            target_.queue_limit));
    }
    /// Steps as often as it asks to, until `end`; returns when it next wants to be called.
    void run(std::int64_t& now, std::int64_t end) {
        while (now < end) {
            const auto next = courier_->step(at(now));
            ASSERT_TRUE(next) << next.error().text;
            if (*next > at(now)) ++now;
        }
    }

    std::string folder_;
    Target target_;
    FakeChannel* channel_ = nullptr;
    std::optional<Courier> courier_;
    std::int64_t unwanted_ = -1;
    std::string said_;
};

TEST_F(CourierTest, AlertsOfHalfAMinuteAreOneMessage) {
    std::int64_t now = 0;
    for (std::int64_t id = 1; id <= 20; ++id) {
        put(alert_of(id), at(now));
        run(now, id);
    }
    EXPECT_TRUE(channel_->taken.empty());
    run(now, 29);
    EXPECT_TRUE(channel_->taken.empty());
    run(now, 32);
    ASSERT_EQ(channel_->taken.size(), 1U);
    EXPECT_EQ(channel_->taken[0].notices.size(), 20U);
    EXPECT_EQ(channel_->taken[0].host, "gate");
}

TEST_F(CourierTest, AServerAwayForAnHourLosesNothingAndGetsOneMessage) {
    channel_->answer = {Verdict::Failed, "Connection refused", {}};
    std::int64_t now = 0;
    for (std::int64_t id = 1; id <= 60; ++id) {
        put(alert_of(id), at(now));
        run(now, id * 60);
    }
    EXPECT_TRUE(channel_->taken.empty());
    EXPECT_GT(channel_->seen.size(), 5U);
    EXPECT_LT(channel_->seen.size(), 20U);
    channel_->answer = {Verdict::Delivered, "250 ok", {}};
    run(now, 3'600 + 721);
    ASSERT_EQ(channel_->taken.size(), 1U);
    EXPECT_EQ(channel_->taken[0].notices.size(), 60U);
    EXPECT_EQ(courier_->outbox().state("ops", at(now))->waiting, 0U);
    EXPECT_THAT(said_, HasSubstr("not delivered, will be tried again: Connection refused"));
    EXPECT_THAT(said_, HasSubstr("60 alerts delivered after"));
    EXPECT_EQ(std::ranges::count(said_, '\n'), 2);  // two lines for an hour of trouble
}

TEST_F(CourierTest, AnAnswerThatWasLostRepeatsTheSameMessage) {
    channel_->answer = {Verdict::Unclear, "timed out", {}};
    put(alert_of(1), at(0));
    std::int64_t now = 0;
    run(now, 35);
    put(alert_of(2), at(35));
    channel_->answer = {Verdict::Delivered, "250 ok", {}};
    run(now, 500);
    ASSERT_EQ(channel_->taken.size(), 2U);
    EXPECT_EQ(channel_->taken[0].id, channel_->seen[0].id);
    EXPECT_EQ(channel_->taken[0].notices.size(), 1U);
    EXPECT_NE(channel_->taken[1].id, channel_->taken[0].id);
    EXPECT_EQ(channel_->taken[1].notices[0].alert.id, 2);
}

TEST_F(CourierTest, AProgramThatDiedWhileSendingRepeatsTheSameMessage) {
    put(alert_of(1), at(0));
    const auto begun = courier_->outbox().begin("ops", "old-id", at(30), 10);
    ASSERT_TRUE(begun);
    put(alert_of(2), at(31));
    start();
    std::int64_t now = 32;
    run(now, 33);
    ASSERT_EQ(channel_->taken.size(), 1U);
    EXPECT_EQ(channel_->taken[0].id, "old-id");
    EXPECT_EQ(channel_->taken[0].notices.size(), 1U);
}

TEST_F(CourierTest, WhatWasAcknowledgedMeanwhileIsNotTold) {
    put(alert_of(1), at(0));
    put(alert_of(2), at(0));
    unwanted_ = 1;
    std::int64_t now = 0;
    run(now, 40);
    ASSERT_EQ(channel_->taken.size(), 1U);
    ASSERT_EQ(channel_->taken[0].notices.size(), 1U);
    EXPECT_EQ(channel_->taken[0].notices[0].alert.id, 2);
    // All of a message: then there is none. An end is told nevertheless.
    put(alert_of(1), at(40));
    run(now, 800);
    EXPECT_EQ(channel_->seen.size(), 1U);
    put(alert_of(1), at(800), News::Ended);
    run(now, 900);
    EXPECT_EQ(channel_->taken.size(), 2U);
}

TEST_F(CourierTest, WhatIsAskedForGoesAtOnce) {
    put(alert_of(1), at(0));
    ASSERT_TRUE(courier_->outbox().ask("ops"));
    std::int64_t now = 0;
    run(now, 1);
    EXPECT_EQ(channel_->taken.size(), 1U);
    put(alert_of(2), at(2));
    run(now, 30);
    EXPECT_EQ(channel_->taken.size(), 1U);
    ASSERT_TRUE(courier_->step(at(30), Courier::Hurry::Yes));
    EXPECT_EQ(channel_->taken.size(), 2U);
}

TEST_F(CourierTest, TheOtherSidesWishIsHeeded) {
    channel_->answer = {Verdict::Failed, "HTTP 429", Duration::seconds(1'000)};
    put(alert_of(1), at(0));
    std::int64_t now = 0;
    run(now, 1'029);
    EXPECT_EQ(channel_->seen.size(), 1U);
    run(now, 1'240);
    EXPECT_EQ(channel_->seen.size(), 2U);
}

TEST_F(CourierTest, WhatNobodyEverTookIsDroppedCountedAndTold) {
    channel_->answer = {Verdict::Refused, "550 no", {}};
    target_.keep = Duration::seconds(3'600);
    put(alert_of(1), at(0));
    std::int64_t now = 0;
    run(now, 3'602);
    EXPECT_THAT(said_, HasSubstr("dropped 1 alert: not delivered within 1h"));
    EXPECT_EQ(courier_->outbox().state("ops", at(now))->waiting, 0U);
    channel_->answer = {Verdict::Delivered, "250 ok", {}};
    put(alert_of(2), at(now));
    run(now, 5'000);
    ASSERT_EQ(channel_->taken.size(), 1U);
    EXPECT_EQ(channel_->taken[0].dropped, 1U);
}

TEST_F(CourierTest, WhatIsRefusedForGoodIsDroppedAtOnceCountedAndTold) {
    channel_->answer = {Verdict::Rejected, "554 5.7.1 spam", {}};
    put(alert_of(1), at(0));
    put(alert_of(2), at(0));
    std::int64_t now = 0;
    run(now, 100);
    EXPECT_EQ(channel_->seen.size(), 1U);
    EXPECT_THAT(said_, HasSubstr("dropped 2 alerts: refused for good: 554 5.7.1 spam"));
    const auto state = courier_->outbox().state("ops", at(now));
    EXPECT_EQ(state->waiting, 0U);
    EXPECT_EQ(state->dropped, 2U);
    EXPECT_EQ(state->last_error, "554 5.7.1 spam");
    EXPECT_EQ(state->failures, 0U);
    // The next message is another one, and says what is missing.
    channel_->answer = {Verdict::Delivered, "250 ok", {}};
    put(alert_of(3), at(now));
    run(now, 5'000);
    ASSERT_EQ(channel_->taken.size(), 1U);
    EXPECT_EQ(channel_->taken[0].dropped, 2U);
}

TEST_F(CourierTest, OfTwoCouriersOneSends) {
    put(alert_of(1), at(0));
    std::int64_t now = 0;
    run(now, 1);
    auto other = Courier::make(target_, {folder_ + "/outbox.db", "gate", nullptr, {}, {}, 1});
    ASSERT_TRUE(other);
    ASSERT_TRUE(other->step(at(40)));
    EXPECT_TRUE(other->locked_out());
    EXPECT_TRUE(channel_->seen.empty());
    courier_.reset();
    ASSERT_TRUE(other->step(at(41)));
    EXPECT_FALSE(other->locked_out());
    EXPECT_EQ(channel_->seen.size(), 1U);
}

TEST_F(CourierTest, TheBookSaysWhatIsStillWanted) {
    const std::string path = folder_ + "/alerts.db";
    StillWanted before(path);
    EXPECT_TRUE(before.ask(alert_of(1), at(0)));
    EXPECT_FALSE(std::filesystem::exists(path));  // asking makes no book
    auto book = store::AlertBook::open(path);
    ASSERT_TRUE(book);
    Finding finding;
    finding.kind = FindingKind::FloodQueries;
    finding.subject = "host1";
    finding.first = finding.last = at(0);
    ASSERT_TRUE(book->record(finding));
    finding.subject = "host2";
    ASSERT_TRUE(book->record(finding));
    EXPECT_TRUE(before.ask(alert_of(1), at(1)));
    ASSERT_TRUE(book->acknowledge(1, "ada"));
    EXPECT_FALSE(before.ask(alert_of(1), at(1)));
    ASSERT_TRUE(
        book->add_mute({0, FindingKind::FloodQueries, "host2", "known", "ada", at(1), at(100)}));
    EXPECT_FALSE(before.ask(alert_of(2), at(2)));
    EXPECT_TRUE(before.ask(alert_of(2), at(101)));
    EXPECT_TRUE(before.ask(alert_of(3), at(2)));
}

TEST_F(CourierTest, TheNotifierDeliversOnItsOwnThread) {
    courier_.reset();
    target_.group.wait = {};
    target_.group.interval = {};
    Notifier::Settings settings;
    settings.targets.push_back(std::move(target_));
    settings.outbox = folder_ + "/outbox.db";
    settings.alerts = folder_ + "/alerts.db";
    settings.host = "gate";
    auto notifier = Notifier::start(std::move(settings));
    ASSERT_TRUE(notifier) << notifier.error().text;
    (*notifier)->on_alert(alert_of(1), AlertChange::New);
    (*notifier)->on_alert(alert_of(2), AlertChange::Muted);
    auto outbox = store::Outbox::open(folder_ + "/outbox.db");
    for (int i = 0; i < 1'000 && outbox->state("ops", at(0))->delivered == 0; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    (*notifier)->stop();
    ASSERT_EQ(channel_->taken.size(), 1U);
    ASSERT_EQ(channel_->taken[0].notices.size(), 1U);
    EXPECT_EQ(channel_->taken[0].notices[0].alert.id, 1);
    EXPECT_EQ((*notifier)->not_queued(), 0U);
    EXPECT_TRUE((*notifier)->messages().empty());
}

}  // namespace
}  // namespace vedette::service
