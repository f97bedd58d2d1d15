// Questions against servers that drop, delay, cut, double, forge and close.
#include "service/replay/replayer.hpp"

#include <gtest/gtest.h>

#include "decode/dns_test_messages.hpp"
#include "service/replay/report.hpp"
#include "service/replay/test_server.hpp"

namespace vedette::replay {
namespace {

using namespace test;
using Over = TestServer::Over;
using Answers = std::vector<Bytes>;

/// `count` questions for A, named n0.example, n1.example, ...
Plan make_plan(std::uint32_t count) {
    Plan plan;
    for (std::uint32_t i = 0; i < count; ++i) {
        const Bytes query = decode::test::query(i, "n" + std::to_string(i) + ".example");
        PlannedMessage planned;
        planned.time = Timestamp{i * kNanosPerMilli};
        planned.offset = static_cast<std::uint32_t>(plan.bytes.size());
        planned.bytes = static_cast<std::uint16_t>(query.size());
        planned.question_bytes = static_cast<std::uint16_t>(query.size() - 12);
        planned.first_row = i;
        planned.rows = 1;
        planned.id = static_cast<std::uint16_t>(i);
        planned.packet = planned.offset;
        planned.packet_bytes = planned.bytes;
        plan.questions.push_back({planned.offset + 12, i, 1, 1,
                                  static_cast<std::uint8_t>(query.size() - 16), DnsProtocol::Dns});
        plan.messages.push_back(planned);
        plan.bytes.insert(plan.bytes.end(), query.begin(), query.end());
    }
    return plan;
}

class ReplayerTest : public testing::Test {
  protected:
    static ReplaySettings fast(Via via) {
        ReplaySettings settings;
        settings.via = via;
        settings.timeout = Duration::millis(60);
        settings.in_flight = 32;
        settings.sockets = 3;
        settings.connections = 1;
        return settings;
    }
    static ReplaySettings fast() { return fast(Via::Udp); }
    Report replay(TestServer& server, std::uint32_t count) { return replay(server, count, fast()); }
    Report replay(TestServer& server, std::uint32_t count, ReplaySettings settings) {
        plan_ = make_plan(count);
        settings.server = server.address();
        settings.where = "test";
        auto replayer = Replayer::open(plan_, settings, clock_);
        EXPECT_TRUE(replayer);
        EXPECT_TRUE((*replayer)->run(stop_, {}));
        totals_ = (*replayer)->totals();
        outcomes_ = (*replayer)->outcomes();
        EXPECT_EQ(outcomes_.size(), count);
        const Report report = summarize(outcomes_);
        EXPECT_EQ(report.answered + report.empty + report.lost + report.not_sent, count);
        return report;
    }
    SteadyClock clock_;
    sys::StopFlag stop_;
    Plan plan_;
    ReplayTotals totals_;
    std::vector<Outcome> outcomes_;
};

TEST_F(ReplayerTest, EveryQuestionHasItsAnswer) {
    for (const Via via : {Via::Udp, Via::Tcp}) {
        TestServer server(
            [](ByteView query, unsigned, Over) { return Answers{good_answer(query)}; });
        const Report report = replay(server, 500, fast(via));
        EXPECT_EQ(report.answered, 500U);
        EXPECT_EQ(totals_.sent, 500U);
        EXPECT_EQ(totals_.strays, 0U);
        EXPECT_EQ(outcomes_[499].address.to_text(), "192.0.2.1");
        EXPECT_EQ(outcomes_[499].attempts, 1);
    }
}

TEST_F(ReplayerTest, WhatIsDroppedIsAskedAgain) {
    // Every question is heard the second time only.
    std::vector<bool> heard(64, false);
    TestServer server([&](ByteView query, unsigned, Over) {
        const std::size_t which = static_cast<std::size_t>(query[14]);
        const bool again = heard[which % 64];
        heard[which % 64] = true;
        return again ? Answers{good_answer(query)} : Answers{};
    });
    const Report report = replay(server, 8);
    EXPECT_EQ(report.answered, 8U);
    EXPECT_EQ(totals_.repeated, 8U);
    EXPECT_EQ(outcomes_[3].attempts, 2);
    EXPECT_GE(outcomes_[3].latency, Duration::millis(60));  // from the first time it was sent
}

TEST_F(ReplayerTest, WhatIsNeverAnsweredIsLostWithItsCause) {
    TestServer server([](ByteView query, unsigned, Over) {
        const bool odd = (query[14] & 1U) != 0;
        return odd ? Answers{good_answer(query)} : Answers{};
    });
    const Report report = replay(server, 10);
    EXPECT_EQ(report.answered, 5U);
    EXPECT_EQ(report.lost, 5U);
    EXPECT_EQ(report.causes[static_cast<std::size_t>(Cause::Silence)], 5U);
    EXPECT_EQ(outcomes_[0].attempts, 3);
    EXPECT_EQ(server.queries(), 5U + 15U);
}

TEST_F(ReplayerTest, LateDoubledAndForgedAnswersAreStrays) {
    TestServer server([](ByteView query, unsigned, Over) {
        Bytes forged = good_answer(query);
        forged[13] = 'x';  // of another question
        Bytes question(query.begin(), query.end());
        return Answers{forged, {1, 2, 3}, question, good_answer(query), good_answer(query)};
    });
    const Report report = replay(server, 20);
    EXPECT_EQ(report.answered, 20U);
    EXPECT_EQ(totals_.sent, 20U);
    EXPECT_GE(totals_.strays, 3U * 20U);
    EXPECT_EQ(outcomes_[7].address.to_text(), "192.0.2.1");
}

TEST_F(ReplayerTest, NamesComeBackInAnyCase) {
    TestServer server([](ByteView query, unsigned, Over) {
        Bytes answer = good_answer(query);
        answer[13] = 'N';
        return Answers{answer};
    });
    EXPECT_EQ(replay(server, 3).answered, 3U);
}

TEST_F(ReplayerTest, CutAnswersAreAskedForOverTcp) {
    const auto script = [](ByteView query, unsigned, Over over) {
        Bytes answer = good_answer(query);
        if (over == Over::Udp) answer[2] |= 0x02;
        return Answers{answer};
    };
    TestServer server(script);
    const Report report = replay(server, 20);
    EXPECT_EQ(report.answered, 20U);
    EXPECT_EQ(report.fell_back, 20U);
    EXPECT_EQ(report.cut, 0U);
    ReplaySettings settings = fast();
    settings.tcp_after_cut = false;
    TestServer again(script);
    EXPECT_EQ(replay(again, 20, settings).cut, 20U);
}

TEST_F(ReplayerTest, AServerThatClosesIsAskedOn) {
    TestServer server([](ByteView query, unsigned, Over) { return Answers{good_answer(query)}; });
    server.close_after(3);
    const Report report = replay(server, 30, fast(Via::Tcp));
    EXPECT_EQ(report.answered, 30U);
    EXPECT_EQ(report.lost, 0U);
}

TEST_F(ReplayerTest, AServerThatOnlyClosesEndsTheRun) {
    TestServer server([](ByteView, unsigned, Over) { return Answers{}; });
    server.close_after(1);
    const Report report = replay(server, 200, fast(Via::Tcp));
    EXPECT_EQ(report.answered, 0U);
    EXPECT_GT(report.lost, 0U);
    EXPECT_FALSE(totals_.ended_early.empty());
}

TEST_F(ReplayerTest, GarbageInsteadOfFramesEndsTheConnection) {
    TestServer server([](ByteView, unsigned, Over) { return Answers{{1, 2, 3, 4}}; });
    ReplaySettings settings = fast(Via::Traced);
    settings.retries = 0;
    const Report report = replay(server, 2, settings);
    EXPECT_EQ(report.lost, 2U);
}

TEST_F(ReplayerTest, NobodyThereIsTold) {
    sys::SocketAddress nobody;
    {
        TestServer server([](ByteView, unsigned, Over) { return Answers{}; });
        nobody = server.address();
    }
    for (const Via via : {Via::Udp, Via::Tcp}) {
        plan_ = make_plan(2'000);
        ReplaySettings settings = fast(via);
        settings.server = nobody;
        settings.retries = 0;
        auto replayer = Replayer::open(plan_, settings, clock_);
        ASSERT_TRUE(replayer);
        ASSERT_TRUE((*replayer)->run(stop_, {}));
        const Report report = summarize((*replayer)->outcomes());
        EXPECT_EQ(report.answered, 0U);
        EXPECT_GT(report.not_sent, 0U);  // it did not go through the whole capture
        EXPECT_FALSE((*replayer)->totals().ended_early.empty());
        if (via == Via::Udp) {
            EXPECT_GT(report.causes[static_cast<std::size_t>(Cause::Unreachable)], 0U);
        }
    }
}

TEST_F(ReplayerTest, TheRateIsABound) {
    TestServer server([](ByteView query, unsigned, Over) { return Answers{good_answer(query)}; });
    ReplaySettings settings = fast();
    settings.pace.rate = 500;
    EXPECT_EQ(replay(server, 100, settings).answered, 100U);
    // 100 questions take 99 intervals of 2 ms, less the burst that is allowed.
    EXPECT_GE(totals_.elapsed, Duration::millis(180));
}

TEST_F(ReplayerTest, TheCapturesOwnPaceIsKept) {
    TestServer server([](ByteView query, unsigned, Over) { return Answers{good_answer(query)}; });
    ReplaySettings settings = fast();
    settings.pace.speed = 0.5;  // the plan asks once a millisecond
    EXPECT_EQ(replay(server, 50, settings).answered, 50U);
    EXPECT_GE(totals_.elapsed, Duration::millis(98));
}

TEST_F(ReplayerTest, AStopLeavesNoQuestionWithoutAnOutcome) {
    TestServer server([](ByteView, unsigned, Over) { return Answers{}; });
    stop_.ask();
    const Report report = replay(server, 10);
    EXPECT_EQ(report.not_sent, 10U);
    EXPECT_FALSE(totals_.ended_early.empty());
}

TEST_F(ReplayerTest, AnswersAreComparedWithThePlans) {
    TestServer server([](ByteView query, unsigned, Over) { return Answers{good_answer(query)}; });
    plan_ = make_plan(3);
    for (std::size_t i = 0; i < 2; ++i) {
        Bytes expected = good_answer(plan_.message(plan_.messages[i]));
        if (i == 1) expected[3] |= 3;  // NXDOMAIN
        plan_.messages[i].answer = static_cast<std::uint32_t>(plan_.bytes.size());
        plan_.messages[i].answer_bytes = static_cast<std::uint16_t>(expected.size());
        plan_.bytes.insert(plan_.bytes.end(), expected.begin(), expected.end());
    }
    ReplaySettings settings = fast();
    settings.server = server.address();
    settings.keep_answers = true;
    auto replayer = Replayer::open(plan_, settings, clock_);
    ASSERT_TRUE(replayer);
    ASSERT_TRUE((*replayer)->run(stop_, {}));
    const auto& outcomes = (*replayer)->outcomes();
    EXPECT_EQ(outcomes[0].verdict, Verdict::Same);
    EXPECT_EQ(outcomes[1].verdict, Verdict::Differs);
    EXPECT_EQ(outcomes[2].verdict, Verdict::None);
    EXPECT_FALSE((*replayer)->answer(2).empty());
    std::vector<Outcome> against = outcomes;
    compare_runs(plan_, **replayer, **replayer, against);
    EXPECT_EQ(against[2].verdict, Verdict::Same);
}

}  // namespace
}  // namespace vedette::replay
