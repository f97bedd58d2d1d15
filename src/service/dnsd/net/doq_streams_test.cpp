#include "service/dnsd/net/doq_streams.hpp"

#include <gtest/gtest.h>

namespace vedette::dnsd {
namespace {

using More = DoqStreams::More;

/// Answers every message with one of `size` octets, all of them the message's third.
class Echo final : public DoqAnswerer {
  public:
    std::size_t size = 20;
    int asked = 0;
    ByteView answer_message(ByteView query) noexcept override {
        ++asked;
        message_.assign(size, query.size() > 2 ? query[2] : std::uint8_t{0});
        return message_;
    }

  private:
    std::vector<std::uint8_t> message_;
};

std::vector<std::uint8_t> question(std::uint8_t mark, std::size_t length = 12) {
    std::vector<std::uint8_t> bytes(length + 2);
    bytes[0] = static_cast<std::uint8_t>(length >> 8U);
    bytes[1] = static_cast<std::uint8_t>(length);
    if (length > 2) bytes[4] = mark;
    return bytes;
}

class DoqStreamsTest : public ::testing::Test {
  protected:
    [[nodiscard]] DoqCode take(DoqStreams::Id id, ByteView bytes, More more = More::Never,
                               DoqStreams::Time now = 0) {
        const std::vector<std::uint8_t> exact(bytes.begin(), bytes.end());
        return streams.take(id, exact, more, now);
    }
    Echo echo;
    DoqStreams streams{echo};
};

TEST_F(DoqStreamsTest, AQuestionTornAnywhereIsAnsweredOnce) {
    const auto whole = question(7, 40);
    for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
        const auto id = static_cast<DoqStreams::Id>(4 * cut);
        ASSERT_EQ(take(id, ByteView(whole).first(cut), More::Expected), DoqCode::NoError);
        EXPECT_FALSE(streams.next()) << "the client has not ended its question";
        ASSERT_EQ(take(id, ByteView(whole).subspan(cut)), DoqCode::NoError);
        const auto out = streams.next();
        ASSERT_TRUE(out);
        EXPECT_EQ(out->id, id);
        ASSERT_EQ(out->rest.size(), 22U);
        EXPECT_EQ(out->rest[1], 20U);
        EXPECT_EQ(out->rest[2], 7U);
        streams.sent(22);
        streams.close(id);
        EXPECT_EQ(streams.take_credit(), whole.size());
    }
    EXPECT_EQ(echo.asked, static_cast<int>(whole.size()) + 1);
    EXPECT_EQ(streams.held(), 0U);
    EXPECT_EQ(streams.streams(), 0U);
}

TEST_F(DoqStreamsTest, EveryPrefixThatEndsIsAProtocolError) {
    const auto whole = question(7);
    for (std::size_t cut = 0; cut < whole.size(); ++cut) {
        DoqStreams fresh(echo);
        const std::vector<std::uint8_t> part(whole.begin(),
                                             whole.begin() + static_cast<std::ptrdiff_t>(cut));
        EXPECT_EQ(fresh.take(0, part, More::Never, 0), DoqCode::ProtocolError) << cut;
    }
    EXPECT_EQ(echo.asked, 0);
}

// RFC 9250 4.2: one message on a stream; 4.2.1: its identifier is zero.
TEST_F(DoqStreamsTest, TwoMessagesAnIdentifierOrNoMessageAreProtocolErrors) {
    auto two = question(1);
    const auto second = question(2);
    two.insert(two.end(), second.begin(), second.end());
    EXPECT_EQ(take(0, two, More::Expected), DoqCode::ProtocolError) << "known before the end";
    for (const std::size_t place : {2U, 3U}) {
        auto identified = question(1);
        identified[place] = 1;
        EXPECT_EQ(take(static_cast<DoqStreams::Id>(4 * place), identified), DoqCode::ProtocolError);
    }
    EXPECT_EQ(take(16, question(0, 1)), DoqCode::ProtocolError);
    EXPECT_EQ(echo.asked, 0);
    echo.size = 0;
    EXPECT_EQ(take(20, question(1)), DoqCode::ProtocolError) << "nothing that deserves an answer";
    EXPECT_EQ(take(24, question(1, 65'535), More::Expected), DoqCode::NoError);
}

TEST_F(DoqStreamsTest, ACancelledQuestionIsForgottenAndItsOctetsMayBeSentAgain) {
    const auto whole = question(1, 100);
    ASSERT_EQ(take(0, ByteView(whole).first(60), More::Expected, 5), DoqCode::NoError);
    EXPECT_EQ(streams.oldest_question(), 5U);
    EXPECT_EQ(streams.take_credit(), 0U);
    streams.cancel(0);
    EXPECT_EQ(streams.take_credit(), 60U);
    EXPECT_FALSE(streams.oldest_question());
    ASSERT_EQ(take(0, ByteView(whole).subspan(60)), DoqCode::NoError) << "on its way already";
    EXPECT_EQ(streams.take_credit(), 42U);
    streams.cancel(4);  // before anything of it has come
    ASSERT_EQ(take(4, whole), DoqCode::NoError);
    EXPECT_FALSE(streams.next());
    EXPECT_EQ(echo.asked, 0);
}

TEST_F(DoqStreamsTest, ACancelledAnswerIsNotSentAndItsMemoryStaysUntilTheEnd) {
    ASSERT_EQ(take(0, question(1)), DoqCode::NoError);
    ASSERT_EQ(take(4, question(2)), DoqCode::NoError);
    const auto out = streams.next();
    streams.sent(10);
    streams.cancel(0);
    EXPECT_EQ(out->rest[21], 1U);
    EXPECT_EQ(streams.next()->id, 4);
    EXPECT_EQ(streams.held(), 44U);
    streams.close(0);
    EXPECT_EQ(streams.held(), 22U);
}

// A client that always had one question under way was let go when its first was five seconds old.
TEST_F(DoqStreamsTest, TheOldestQuestionIsOneThatIsNotWhole) {
    ASSERT_EQ(take(0, question(1), More::Expected, 10), DoqCode::NoError);
    ASSERT_EQ(take(4, question(2), More::Expected, 20), DoqCode::NoError);
    EXPECT_EQ(streams.oldest_question(), 10U);
    ASSERT_EQ(take(0, {}, More::Never, 30), DoqCode::NoError);
    EXPECT_EQ(streams.oldest_question(), 20U);
    streams.close(4);
    EXPECT_FALSE(streams.oldest_question());
}

TEST_F(DoqStreamsTest, StreamsThatCannotBeSentOnHaveAnotherTurn) {
    for (DoqStreams::Id id = 0; id < 12; id += 4)
        ASSERT_EQ(take(id, question(1)), DoqCode::NoError);
    streams.skip(DoqStreams::Obstacle::Now);
    streams.skip(DoqStreams::Obstacle::Forever);
    EXPECT_EQ(streams.next()->id, 8);
    streams.sent(22);
    EXPECT_FALSE(streams.next());
    streams.resume();
    EXPECT_EQ(streams.next()->id, 0);
    streams.sent(22);
    EXPECT_FALSE(streams.next());
}

TEST_F(DoqStreamsTest, WhoDoesNotReadIsLetGo) {
    echo.size = 65'535;
    DoqStreams::Id id = 0;
    for (; (streams.held() + 65'537) <= DoqStreams::kMaxHeld; id += 4)
        ASSERT_EQ(take(id, question(1)), DoqCode::NoError);
    EXPECT_EQ(id / 4, 15);
    EXPECT_EQ(take(id, question(1)), DoqCode::ExcessiveLoad);
}

}  // namespace
}  // namespace vedette::dnsd
