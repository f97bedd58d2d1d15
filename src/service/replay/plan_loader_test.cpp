#include "service/replay/plan_loader.hpp"

#include <gtest/gtest.h>

#include "decode/test_packets.hpp"

namespace vedette::replay {
namespace {

using namespace decode::test;

constexpr std::string_view kName = "www.example.com";

/// Packets as a source that gives them at once.
class ListSource final : public sys::PacketSource {
  public:
    explicit ListSource(PacketList packets) : packets_(std::move(packets)) {}
    Result<sys::ReadStatus> read(sys::PacketBatch& batch) override {
        if (given_) return sys::ReadStatus::End;
        given_ = true;
        batch = packets_.batch();
        return sys::ReadStatus::Packets;
    }
    sys::SourceStatistics statistics() const noexcept override { return {}; }
    const std::vector<sys::InterfaceInfo>& interfaces() const noexcept override { return none_; }
    bool is_live() const noexcept override { return false; }
    const std::vector<std::string>& warnings() const noexcept override { return no_text_; }

  private:
    PacketList packets_;
    bool given_ = false;
    std::vector<sys::InterfaceInfo> none_;
    std::vector<std::string> no_text_;
};

class PlanLoaderTest : public testing::Test {
  protected:
    Plan load(LoadOptions options = {}) {
        ListSource source(packets_);
        const sys::StopFlag stop;
        auto plan = load_plan(source, options, stop);
        EXPECT_TRUE(plan);
        return std::move(*plan);
    }
    static std::uint64_t skipped(const Plan& plan, Skipped reason) {
        return plan.skipped[static_cast<std::size_t>(reason)];
    }
    static Bytes mdns_frame(unsigned questions) {
        Bytes message = header(0, 0, questions, 0);
        for (unsigned i = 0; i < questions; ++i) {
            put_name(message, "host" + std::to_string(i) + ".local");
            put16(message, i % 2 == 0 ? 1 : 33);
            put16(message, 0x8001);
        }
        return ethernet(0x0800, ipv4({.destination = "224.0.0.251"}, udp(5'353, 5'353, message)));
    }

    PacketList packets_;
};

TEST_F(PlanLoaderTest, QuestionsInTheOrderTheyWereAsked) {
    packets_.add(query_frame(1, "unanswered.example"));
    packets_.add(query_frame(2, kName));
    packets_.add(answer_frame(2, kName));
    LoadOptions options;
    options.keep_answers = true;
    const Plan plan = load(options);
    ASSERT_EQ(plan.messages.size(), 2U);
    EXPECT_EQ(plan.messages[0].id, 1);
    EXPECT_EQ(plan.messages[1].id, 2);
    EXPECT_EQ(plan.messages[0].answer_bytes, 0);
    EXPECT_EQ(plan.messages[1].answer_bytes, answer(2, kName).size());
    EXPECT_EQ(plan.questions[1].name_bytes, kName.size() + 2);
    EXPECT_EQ(plan.questions[1].message, 1U);
}

TEST_F(PlanLoaderTest, ManyQuestionsAreAskedOneByOneButTravelWholeInFrames) {
    packets_.add(mdns_frame(14));
    const Plan plain = load();
    EXPECT_EQ(plain.messages.size(), 14U);
    EXPECT_EQ(plain.questions.size(), 14U);
    EXPECT_EQ(plain.split, 1U);
    const ByteView first = plain.message(plain.messages[0]);
    EXPECT_EQ(first[2], 1);  // RD
    EXPECT_EQ(first[5], 1);
    EXPECT_EQ(first[first.size() - 2], 0);  // no unicast-reply bit in the class
    LoadOptions options;
    options.via = Via::Traced;
    const Plan traced = load(options);
    ASSERT_EQ(traced.messages.size(), 1U);
    EXPECT_EQ(traced.messages[0].rows, 14);
    EXPECT_EQ(traced.questions.size(), 14U);
    EXPECT_EQ(traced.messages[0].kind, wire::traced::PayloadKind::Ethernet);
    const Bytes frame = mdns_frame(14);
    EXPECT_TRUE(std::ranges::equal(traced.packet(traced.messages[0]), frame));
}

TEST_F(PlanLoaderTest, PacketsThatHoldNoWholeQuestionSendTheMessage) {
    const Bytes message = framed(query(5, kName));
    const std::size_t half = message.size() / 2;
    packets_.add(ethernet(0x0800, ipv4({6}, tcp({.sequence = 0, .flags = 2}, {}))));
    packets_.add(ethernet(
        0x0800, ipv4({6}, tcp({}, {message.begin(), message.begin() + std::ptrdiff_t(half)}))));
    packets_.add(
        ethernet(0x0800, ipv4({6}, tcp({.sequence = 1 + static_cast<std::uint32_t>(half)},
                                       {message.begin() + std::ptrdiff_t(half), message.end()}))));
    Bytes two = framed(query(6, kName));
    put(two, framed(query(7, kName)));
    packets_.add(ethernet(0x0800, ipv4({6}, tcp({.source = 40'001}, two))));
    LoadOptions options;
    options.via = Via::Traced;
    const Plan plan = load(options);
    ASSERT_EQ(plan.messages.size(), 3U);
    for (const PlannedMessage& planned : plan.messages) {
        EXPECT_EQ(planned.kind, wire::traced::PayloadKind::Message);
        EXPECT_EQ(planned.packet_bytes, query(5, kName).size());
    }
}

TEST_F(PlanLoaderTest, WhatIsNoQuestionIsLeftOutAndCounted) {
    Bytes update = query(1, kName);
    update[2] = 0x28;
    packets_.add(ethernet(0x0800, ipv4({}, udp(40'000, 53, update))));
    packets_.add(ethernet(0x0800, ipv4({}, udp(40'000, 5'355, query(2, kName)))));
    packets_.add(query_frame(3, kName));
    packets_.add(query_frame(4, kName));
    LoadOptions options;
    options.most_questions = 1;
    const Plan plan = load(options);
    EXPECT_EQ(plan.messages.size(), 1U);
    EXPECT_EQ(skipped(plan, Skipped::Opcode), 1U);
    EXPECT_EQ(skipped(plan, Skipped::Protocol), 1U);
    EXPECT_EQ(skipped(plan, Skipped::Limit), 1U);
    options.any_opcode = true;
    options.most_questions = UINT64_MAX;
    EXPECT_EQ(load(options).messages.size(), 3U);
}

TEST_F(PlanLoaderTest, WhatTheCaptureCutIsRebuiltFromItsQuestion) {
    Bytes message = query(9, kName);
    message[11] = 1;  // an OPT record that the capture did not keep
    const Bytes opt{0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0};
    Bytes whole = message;
    put(whole, opt);
    Bytes frame = ethernet(0x0800, ipv4({}, udp(40'000, 53, whole)));
    frame.resize(frame.size() - 4);
    packets_.add(frame, 1, 4);
    const Plan plan = load();
    ASSERT_EQ(plan.messages.size(), 1U);
    EXPECT_EQ(plan.rebuilt, 1U);
    EXPECT_EQ(plan.messages[0].bytes, query(9, kName).size());
    EXPECT_EQ(plan.message(plan.messages[0])[11], 0);
}

TEST_F(PlanLoaderTest, DamagedQuestionsAreSentAsTheyAre) {
    Bytes message = query(9, kName);
    message[12] = 0x7f;  // a label of no known type
    packets_.add(ethernet(0x0800, ipv4({}, udp(40'000, 53, message))));
    const Plan plan = load();
    ASSERT_EQ(plan.messages.size(), 1U);
    EXPECT_TRUE(plan.messages[0].damaged);
    EXPECT_EQ(plan.messages[0].question_bytes, 0);
    EXPECT_EQ(plan.messages[0].rows, 1);
    EXPECT_TRUE(std::ranges::equal(plan.message(plan.messages[0]), message));
}

}  // namespace
}  // namespace vedette::replay
