#include "store/sqlite/outbox/outbox.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

namespace vedette::store {
namespace {

constexpr Timestamp at(std::int64_t seconds) {
    return Timestamp::from_seconds(1'000'000 + seconds);
}

class OutboxTest : public testing::Test {
  protected:
    void SetUp() override {
        folder_ = testing::TempDir() + "vedette-outbox-XXXXXX";
        ASSERT_NE(::mkdtemp(folder_.data()), nullptr);
        reopen();
    }
    void TearDown() override {
        outbox_.reset();
        std::filesystem::remove_all(folder_);
    }
    void reopen() {
        outbox_.reset();
        auto opened = Outbox::open(path());
        ASSERT_TRUE(opened) << opened.error().text;
        outbox_.emplace(std::move(*opened));
    }
    std::string path() const { return folder_ + "/outbox.db"; }

    void put(std::string alert, std::uint8_t news = 0, std::uint8_t severity = 2,
             std::int64_t seconds = 0, std::uint64_t limit = 100) {
        std::string payload = alert + "/" + std::to_string(news);
        const auto done = outbox_->put(
            "ops", {std::move(alert), news, severity, at(seconds), std::move(payload)}, limit);
        ASSERT_TRUE(done) << done.error().text;
    }
    OutboxMessage begin(const std::string& id, std::size_t most = 100) {
        auto message = outbox_->begin("ops", id, at(50), most);
        EXPECT_TRUE(message) << message.error().text;
        return message ? *message : OutboxMessage{};
    }
    OutboxState state(std::int64_t seconds = 60) {
        auto state = outbox_->state("ops", at(seconds));
        EXPECT_TRUE(state) << state.error().text;
        return state ? *state : OutboxState{};
    }
    static std::string alerts(const OutboxMessage& message) {
        std::string text;
        for (const OutboxItem& item : message.items)
            text += item.payload + " ";
        return text;
    }

    std::string folder_;
    std::optional<Outbox> outbox_;
};

TEST_F(OutboxTest, WhatWasPutIsInTheNextMessageMostSevereFirst) {
    put("a", 0, 1, 0);
    put("b", 0, 3, 1);
    put("c", 0, 3, 2);
    EXPECT_EQ(state().waiting, 3U);
    EXPECT_EQ(state().oldest, at(0));
    const auto message = begin("m1");
    EXPECT_EQ(message.id, "m1");
    EXPECT_EQ(message.made, at(50));
    EXPECT_EQ(alerts(message), "b/0 c/0 a/0 ");
    ASSERT_TRUE(outbox_->delivered("ops", message, at(51)));
    EXPECT_EQ(state().waiting, 0U);
    EXPECT_EQ(state().delivered, 1U);
    EXPECT_EQ(state().sent, (std::vector<Timestamp>{at(51)}));
    EXPECT_TRUE(begin("m2").items.empty());
    EXPECT_FALSE(state().unfinished);
}

TEST_F(OutboxTest, LaterNewsReplaceEarlierOnesOfTheSameAlert) {
    put("a", 0, 1, 0);
    put("a", 3, 2, 9);
    EXPECT_EQ(*outbox_->waiting("ops", "a"), std::optional<std::uint8_t>(3));
    EXPECT_EQ(*outbox_->waiting("ops", "b"), std::nullopt);
    EXPECT_EQ(state().oldest, at(0));
    EXPECT_EQ(alerts(begin("m1")), "a/3 ");
}

TEST_F(OutboxTest, ItRemembersWhatWasTold) {
    put("a", 0, 1);
    put("b", 3, 2);
    ASSERT_TRUE(outbox_->delivered("ops", begin("m1"), at(51)));
    const auto a = *outbox_->told("ops", "a");
    ASSERT_TRUE(a);
    EXPECT_EQ(a->at, at(51));
    EXPECT_EQ(a->severity, 1);
    EXPECT_FALSE(a->ended);
    EXPECT_TRUE((*outbox_->told("ops", "b"))->ended);
    EXPECT_FALSE(*outbox_->told("ops", "c"));
    EXPECT_FALSE(*outbox_->told("other", "a"));
}

TEST_F(OutboxTest, WhatWasNotTakenGoesWithTheNewerOnesInANewMessage) {
    put("a", 0, 1, 0);
    put("b", 1, 1, 1);
    begin("m1");
    put("a", 2, 2, 40);  // goes on; nobody was told of its beginning
    put("b", 3, 2, 41);  // is over
    put("c", 0, 3, 42);
    ASSERT_TRUE(outbox_->failed("ops", Outbox::Fate::NotTaken, "away", at(70), at(60)));
    EXPECT_EQ(state().failures, 1U);
    EXPECT_EQ(state().retry_at, at(70));
    EXPECT_EQ(state().last_error, "away");
    EXPECT_FALSE(state().unfinished);
    const auto message = begin("m2");
    EXPECT_EQ(message.id, "m2");
    ASSERT_EQ(message.items.size(), 3U);
    EXPECT_EQ(message.items[0].alert, "c");
    EXPECT_EQ(message.items[1].alert, "a");
    EXPECT_EQ(message.items[1].news, 0);
    EXPECT_EQ(message.items[1].queued, at(0));
    EXPECT_EQ(message.items[1].payload, "a/2");
    EXPECT_EQ(message.items[2].news, 3);
}

TEST_F(OutboxTest, WhatMayHaveBeenTakenIsSentAgainAsItIs) {
    put("a", 0, 1, 0);
    begin("m1");
    put("a", 3, 1, 10);
    put("b", 0, 1, 11);
    ASSERT_TRUE(outbox_->failed("ops", Outbox::Fate::Unknown, "lost", at(70), at(60)));
    EXPECT_TRUE(state().unfinished);
    const auto again = begin("m2");
    EXPECT_EQ(again.id, "m1");
    EXPECT_EQ(alerts(again), "a/0 ");
    ASSERT_TRUE(outbox_->delivered("ops", again, at(71)));
    EXPECT_EQ(state().failures, 0U);
    EXPECT_FALSE(state().retry_at.known());
    const auto next = begin("m3");
    EXPECT_EQ(next.id, "m3");
    EXPECT_EQ(alerts(next), "a/3 b/0 ");
}

TEST_F(OutboxTest, AMessageHoldsSoManyAndTheRestFollows) {
    for (int i = 0; i < 25; ++i)
        put("a" + std::to_string(i), 0, 1, i);
    std::size_t told = 0;
    for (int i = 0; i < 3; ++i) {
        const auto message = begin("m" + std::to_string(i), 10);
        told += message.items.size();
        ASSERT_TRUE(outbox_->delivered("ops", message, at(60 + i)));
    }
    EXPECT_EQ(told, 25U);
}

TEST_F(OutboxTest, AFullQueueDropsTheLeastAndSaysSo) {
    put("high", 0, 3, 0, 3);
    put("low", 0, 0, 1, 3);
    put("medium", 0, 2, 2, 3);
    EXPECT_EQ(state().dropped, 0U);
    put("new", 0, 2, 3, 3);
    EXPECT_EQ(state().waiting, 3U);
    EXPECT_EQ(state().dropped, 1U);
    put("newer", 0, 2, 4, 3);  // of two alike the older goes
    const auto message = begin("m1");
    EXPECT_EQ(alerts(message), "high/0 new/0 newer/0 ");
    EXPECT_EQ(message.dropped, 2U);
    ASSERT_TRUE(outbox_->delivered("ops", message, at(60)));
    put("x");
    EXPECT_EQ(begin("m2").dropped, 0U);  // told once
    EXPECT_EQ(state().dropped, 2U);
}

TEST_F(OutboxTest, WhatIsTooOldIsDroppedCountedAndTold) {
    put("old", 0, 3, 0);
    put("young", 0, 1, 100);
    begin("m1");
    EXPECT_EQ(*outbox_->expire("ops", at(50), at(200)), 1U);
    EXPECT_EQ(state().waiting, 1U);
    EXPECT_EQ(state().dropped, 1U);
    EXPECT_EQ(alerts(begin("m2")), "young/0 ");
    EXPECT_EQ(*outbox_->expire("ops", at(101), at(200)), 1U);
    EXPECT_FALSE(state().unfinished);
}

TEST_F(OutboxTest, ItForgetsWhatNeedNotBeRemembered) {
    put("ended", 3);
    put("open", 0);
    ASSERT_TRUE(outbox_->delivered("ops", begin("m1"), at(0)));
    ASSERT_TRUE(outbox_->expire("ops", at(0), at(86'401)));
    EXPECT_FALSE(*outbox_->told("ops", "ended"));
    EXPECT_TRUE(*outbox_->told("ops", "open"));
    ASSERT_TRUE(outbox_->expire("ops", at(0), at(91 * 86'400)));
    EXPECT_FALSE(*outbox_->told("ops", "open"));
}

TEST_F(OutboxTest, TheSentOfTheLastHourAndTheNewest) {
    for (const std::int64_t seconds : {0, 1'000, 2'000}) {
        put("a");
        ASSERT_TRUE(outbox_->delivered("ops", begin("m"), at(seconds)));
    }
    EXPECT_EQ(state(3'500).sent.size(), 3U);
    EXPECT_EQ(state(3'600).sent, (std::vector<Timestamp>{at(1'000), at(2'000)}));
    EXPECT_EQ(state(99'999).sent, (std::vector<Timestamp>{at(2'000)}));
}

TEST_F(OutboxTest, WithdrawnAndAbandoned) {
    put("a");
    put("b");
    auto message = begin("m1");
    ASSERT_TRUE(outbox_->withdraw("ops", "a"));
    EXPECT_EQ(alerts(begin("m2")), "b/0 ");
    ASSERT_TRUE(outbox_->withdraw("ops", "b"));
    ASSERT_TRUE(outbox_->abandon("ops"));
    EXPECT_EQ(state().waiting, 0U);
    EXPECT_FALSE(state().unfinished);
    EXPECT_TRUE(state().sent.empty());
}

TEST_F(OutboxTest, TargetsDoNotMix) {
    put("a");
    ASSERT_TRUE(outbox_->put("other", {"a", 0, 1, at(0), "x"}, 100));
    ASSERT_TRUE(outbox_->delivered("ops", begin("m1"), at(1)));
    EXPECT_EQ(outbox_->state("other", at(1))->waiting, 1U);
    ASSERT_TRUE(outbox_->ask("other"));
    EXPECT_TRUE(outbox_->state("other", at(1))->asked);
    EXPECT_FALSE(state().asked);
}

// A process that is killed at any point of its work loses nothing that it had put.
TEST_F(OutboxTest, SurvivesKill) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        auto box = Outbox::open(path());
        const char byte = 'x';
        for (int i = 0; box; ++i) {
            if (!box->put("ops", {"k" + std::to_string(i), 0, 1, at(i), "p"}, 1'000'000)) break;
            if (i == 20) static_cast<void>(box->begin("ops", "m1", at(0), 1'000));
            if (::write(ends[1], &byte, 1) != 1) break;
        }
        ::_exit(1);
    }
    ::close(ends[1]);
    char byte = 0;
    std::size_t confirmed = 0;
    while (confirmed < 50 && ::read(ends[0], &byte, 1) == 1)
        ++confirmed;
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    ::close(ends[0]);
    ASSERT_EQ(confirmed, 50U);
    reopen();
    EXPECT_GE(state().waiting, confirmed);
    EXPECT_TRUE(state().unfinished);
    EXPECT_EQ(begin("m2").id, "m1");
    EXPECT_EQ(begin("m2").items.size(), 21U);
}

// A second connection of this process once took away the first one's lock: another process that
// came and went then believed to be the last, and removed the log under our feet.
TEST_F(OutboxTest, TwoConnectionsOfOneProcessKeepTheirLock) {
    auto second = Outbox::open(path());
    ASSERT_TRUE(second);
    const pid_t child = ::fork();
    if (child == 0) {
        ::execl("/bin/sh", "sh", "-c", "sqlite3 \"$0\" 'SELECT count(*) FROM items' >&2",
                path().c_str(), nullptr);
        ::_exit(127);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_EQ(status, 0) << "sqlite3 is missing";
    EXPECT_TRUE(std::filesystem::exists(path() + "-wal"));
    put("a");
    EXPECT_EQ(second->state("ops", at(0))->waiting, 1U);
    auto third = Outbox::open(path());
    EXPECT_EQ(third->state("ops", at(0))->waiting, 1U);
}

TEST_F(OutboxTest, RefusesAFileOfANewerVersion) {
    outbox_.reset();
    auto connection = Connection::open(path(), OpenMode::ReadWrite);
    ASSERT_TRUE(connection->execute("PRAGMA user_version=99"));
    EXPECT_FALSE(Outbox::open(path()));
}

}  // namespace
}  // namespace vedette::store
