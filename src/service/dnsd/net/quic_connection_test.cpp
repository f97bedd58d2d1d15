// DNS over QUIC without a network: a client that does right and wrong, a server's connection, and a
// clock of our own between them.
#include "service/dnsd/net/quic_connection.hpp"

#include <gtest/gtest.h>

#include <map>

#include "service/dnsd/answer/test_zone.hpp"
#include "service/dnsd/net/testing/quic_test_client.hpp"

namespace vedette::dnsd {
namespace {

using test::QuicTestClient;
using Fin = QuicTestClient::Fin;

constexpr QuicTime kMillisecond = 1'000'000;
constexpr QuicTime kSecond = 1'000 * kMillisecond;
constexpr QuicLimits kLimits{.idle_seconds = 10, .message_seconds = 5};

std::vector<std::uint8_t> framed(std::vector<std::uint8_t> message) {
    message[0] = message[1] = 0;  // the identifier
    const auto size = static_cast<std::uint16_t>(message.size());
    message.insert(message.begin(),
                   {static_cast<std::uint8_t>(size >> 8U), static_cast<std::uint8_t>(size)});
    return message;
}

class QuicConnectionTest : public ::testing::Test, protected QuicHost {
  protected:
    static void SetUpTestSuite() { credentials = test::make_quic_credentials(); }
    static void TearDownTestSuite() { credentials.reset(); }

    // QuicHost.
    ByteView answer(ByteView query, const QuicPath&) noexcept override {
        ++asked;
        QueryContext context;
        context.channel = Channel::EncryptedStream;
        const auto outcome = responder.answer(query, context, snapshot, buffer);
        if (responder.query().edns.has_keepalive) return {};
        return ByteView(buffer).first(outcome.bytes);
    }
    void send(ByteView packet, const QuicPath&) noexcept override {
        sent_bytes += packet.size();
        to_client.emplace_back(packet.begin(), packet.end());
    }
    void id_added(const QuicId& id, void*) override { ++ids[id]; }
    void id_removed(const QuicId& id) override { ids.erase(id); }
    ByteView reset_secret() const noexcept override { return secret; }

    void SetUp() override { client = QuicTestClient::make(path, now); }

    void give_server(ByteView packet) {
        got_bytes += packet.size();
        if (!connection && !over) {
            const QuicFirst first = read_quic_first(packet, path, secret, now);
            connection =
                QuicConnection::accept({*this, credentials, kLimits}, first, packet, path, now);
        }
        if (connection && !connection->receive(packet, path, now)) end();
    }
    void end() {
        over = true;
        connection.reset();
    }
    void run_timers() {
        client->expire(now);
        if (connection && connection->expiry() <= now && !connection->expire(now)) end();
    }
    /// Everything that both have to say, a millisecond each way, until both are silent for longer
    /// than they pace packets and wait with acknowledgements.
    void talk() {
        constexpr int kSilence = 30;
        for (int silent = 0; silent < kSilence; ++silent) {
            const auto packets = client->packets(now);
            for (const auto& packet : packets)
                give_server(packet);
            const auto back = std::exchange(to_client, {});
            now += kMillisecond;
            for (const auto& packet : back)
                client->receive(packet, now);
            run_timers();
            if (!packets.empty() || !back.empty()) silent = 0;
        }
    }
    void pass(QuicTime time) {
        for (const QuicTime until = now + time; now < until; now += 100 * kMillisecond) {
            run_timers();
            talk();
        }
    }
    void connect() {
        talk();
        ASSERT_TRUE(client->ready());
    }
    [[nodiscard]] std::vector<std::uint8_t> ask(ByteView bytes) {
        const auto id = client->open();
        EXPECT_GE(id, 0);
        client->send(id, bytes, Fin::Yes);
        talk();
        return client->received(id).bytes;
    }
    [[nodiscard]] bool is_answered() {
        const auto question = framed(test::Ask{.name = "fromage.fr."}.message());
        const auto answer = ask(question);
        return answer.size() > 14 && answer[5] == 0 && answer[9] == 1;
    }

    static inline std::shared_ptr<QuicCredentials> credentials;
    const QuicPath path{{*IpAddress::parse("192.0.2.1"), 4'000},
                        {*IpAddress::parse("192.0.2.2"), 853}};
    const std::vector<std::uint8_t> secret = std::vector<std::uint8_t>(32, 7);
    const Snapshot snapshot = test::snapshot(test::zone_text());
    Responder responder;
    std::vector<std::uint8_t> buffer = std::vector<std::uint8_t>(65'535);
    QuicTime now = 1'000 * kSecond;
    std::unique_ptr<QuicTestClient> client;
    bool over = false;
    std::vector<std::vector<std::uint8_t>> to_client;
    std::map<QuicId, int> ids;
    std::size_t sent_bytes = 0;
    std::size_t got_bytes = 0;
    int asked = 0;
    std::unique_ptr<QuicConnection> connection;  // last: its end asks this host
};

TEST_F(QuicConnectionTest, AnswersAndForgetsItsIdentifiers) {
    connect();
    EXPECT_TRUE(connection->proved());
    EXPECT_TRUE(is_answered());
    const auto big = ask(framed(test::Ask{.name = "big.fromage.fr.", .type = "TXT"}.message()));
    EXPECT_GT(big.size(), 4'000U);
    EXPECT_EQ(client->open_one_way(), -1) << "RFC 9250 4.2: none is granted";
    EXPECT_FALSE(ids.empty());
    connection->close(now);
    talk();
    EXPECT_EQ(client->ending(), "application 0");
    connection.reset();
    EXPECT_TRUE(ids.empty());
}

struct Wrong {
    const char* what;
    std::vector<std::uint8_t> bytes;
};

// RFC 9250 4.3.3.
TEST_F(QuicConnectionTest, WhatNoClientSendsEndsTheConnectionWithAProtocolError) {
    const auto good = framed(test::Ask{.name = "fromage.fr."}.message());
    std::vector<Wrong> wrong{{"nothing", {}}, {"half a length", {0}}, {"no message", {0, 0}}};
    wrong.push_back({"end before the length", {good.begin(), good.end() - 1}});
    wrong.push_back({"two messages", good});
    wrong.back().bytes.insert(wrong.back().bytes.end(), good.begin(), good.end());
    wrong.push_back({"an identifier", good});
    wrong.back().bytes[3] = 1;
    wrong.push_back({"an answer", good});
    wrong.back().bytes[4] |= 0x80U;
    test::Ask keepalive{.name = "fromage.fr.", .udp_size = 1'232, .options = {0, 11, 0, 0}};
    wrong.push_back({"edns-tcp-keepalive", framed(keepalive.message())});
    for (const Wrong& one : wrong) {
        end();
        over = false;
        client = QuicTestClient::make(path, now);
        connect();
        ASSERT_TRUE(is_answered());
        EXPECT_TRUE(ask(one.bytes).empty()) << one.what;
        EXPECT_EQ(client->ending(), "application 2") << one.what;
        EXPECT_TRUE(over) << one.what;
        EXPECT_TRUE(ids.empty()) << one.what;
    }
}

// Each stream of a question that was taken back stayed open on this side: after a hundred of them
// the client could ask no more.
TEST_F(QuicConnectionTest, QuestionsThatAreTakenBackDoNotUseUpTheStreams) {
    connect();
    const auto question = framed(test::Ask{.name = "fromage.fr."}.message());
    for (int i = 0; i < 350; ++i) {
        const auto id = client->open();
        ASSERT_GE(id, 0) << i;
        client->send(id, ByteView(question).first(10), Fin::No);
        talk();
        client->reset(id);
        if (i % 2 == 0) client->stop_sending(id);
        talk();
    }
    EXPECT_EQ(asked, 0);
    pass(6 * kSecond);
    EXPECT_EQ(client->ending(), "") << "nothing is half asked";
    EXPECT_TRUE(is_answered());
}

TEST_F(QuicConnectionTest, AnswersThatAreNotWantedAreNotHeld) {
    connect();
    const auto question = framed(test::Ask{.name = "big.fromage.fr.", .type = "TXT"}.message());
    for (int i = 0; i < 350; ++i) {
        const auto id = client->open();
        ASSERT_GE(id, 0) << i;
        client->send(id, question, Fin::Yes);
        client->stop_sending(id);
        talk();
    }
    EXPECT_EQ(client->ending(), "");
    EXPECT_TRUE(is_answered());
}

TEST_F(QuicConnectionTest, AHundredStreamsAtATimeAndNoMore) {
    connect();
    std::vector<std::int64_t> opened;
    for (std::int64_t id = client->open(); id >= 0; id = client->open())
        opened.push_back(id);
    EXPECT_EQ(opened.size(), 100U);
    const auto question = framed(test::Ask{.name = "fromage.fr."}.message());
    for (const std::int64_t id : opened)
        client->send(id, question, Fin::Yes);
    talk();
    for (const std::int64_t id : opened)
        EXPECT_TRUE(client->received(id).whole);
    EXPECT_GE(client->open(), 0);
}

TEST_F(QuicConnectionTest, AQuestionHasFiveSecondsToArriveWhateverElseIsAsked) {
    connect();
    const auto question = framed(test::Ask{.name = "fromage.fr."}.message());
    const auto slow = client->open();
    client->send(slow, ByteView(question).first(3), Fin::No);
    for (int i = 0; i < 9; ++i) {
        pass(kSecond / 2);
        ASSERT_TRUE(is_answered()) << i;
    }
    EXPECT_EQ(client->ending(), "");
    pass(kSecond);
    EXPECT_EQ(client->ending(), "application 2");
    EXPECT_TRUE(over);
}

TEST_F(QuicConnectionTest, ASilentClientIsForgotten) {
    connect();
    pass(9 * kSecond);
    EXPECT_FALSE(over);
    pass(3 * kSecond);
    EXPECT_TRUE(over);
    EXPECT_TRUE(ids.empty());
}

// RFC 9000 8.1: to an address that may be forged, three times what came from there, whatever
// happens: losses, timers, the end of the server.
TEST_F(QuicConnectionTest, AnAddressThatProvesNothingGetsAtMostThreeTimesWhatItSent) {
    for (int copies = 1; copies <= 3; ++copies) {
        end();
        over = false;
        sent_bytes = got_bytes = 0;
        client = QuicTestClient::make(path, now);
        const auto first = client->packets(now);
        for (int i = 0; i < copies; ++i)
            give_server(first.at(0));
        EXPECT_GT(sent_bytes, 0U);
        EXPECT_FALSE(connection->proved());
        for (int i = 0; i < 45 && connection; ++i, now += kSecond / 10) {
            if (connection->expiry() <= now && !connection->expire(now)) end();
        }
        if (connection) connection->close(now);
        EXPECT_LE(sent_bytes, 3 * got_bytes) << copies;
        to_client.clear();
    }
}

TEST_F(QuicConnectionTest, ARetryIsSmallAndItsTokenIsGoodOnceForThatAddressAndSoon) {
    const auto first = client->packets(now).at(0);
    const auto retry = quic_retry(first, path, secret, now);
    ASSERT_FALSE(retry.empty());
    EXPECT_LT(retry.size(), first.size());
    client->receive(retry, now);
    const auto second = client->packets(now).at(0);
    EXPECT_TRUE(client->had_retry());
    const QuicFirst read = read_quic_first(second, path, secret, now);
    EXPECT_TRUE(read.begins);
    EXPECT_EQ(read.token, QuicFirst::Token::Good);
    QuicPath other = path;
    other.client.address = *IpAddress::parse("192.0.2.9");
    EXPECT_EQ(read_quic_first(second, other, secret, now).token, QuicFirst::Token::Bad);
    EXPECT_EQ(read_quic_first(second, path, secret, now + 11 * kSecond).token,
              QuicFirst::Token::Bad);
    const std::vector<std::uint8_t> successor(32, 8);
    EXPECT_EQ(read_quic_first(second, path, successor, now).token, QuicFirst::Token::Bad);
    give_server(second);
    ASSERT_TRUE(connection);
    EXPECT_TRUE(connection->proved());
    const auto back = std::exchange(to_client, {});
    for (const auto& packet : back)
        client->receive(packet, now);
    talk();
    EXPECT_TRUE(is_answered());
}

TEST_F(QuicConnectionTest, AConnectionThatMayNotBeginIsToldSoInASmallPacket) {
    for (const QuicEnd why : {QuicEnd::Refused, QuicEnd::InvalidToken}) {
        client = QuicTestClient::make(path, now);
        const auto first = client->packets(now).at(0);
        const auto told = quic_end(first, why);
        ASSERT_FALSE(told.empty());
        EXPECT_LT(told.size(), 100U);
        client->receive(told, now);
        EXPECT_EQ(client->ending(), "transport " + std::to_string(static_cast<int>(why)));
    }
}

// RFC 9000 10.3: after a restart nobody knows the connection.
TEST_F(QuicConnectionTest, AClientLearnsThatItsConnectionIsGone) {
    connect();
    ASSERT_TRUE(is_answered());
    const auto question = framed(test::Ask{.name = "fromage.fr."}.message());
    client->send(client->open(), question, Fin::Yes);
    const auto packet = client->packets(now).at(0);
    const auto reset = quic_refusal(packet, secret);
    ASSERT_FALSE(reset.empty());
    EXPECT_LT(reset.size(), packet.size()) << "two servers do not answer each other for ever";
    client->receive(reset, now);
    EXPECT_EQ(client->ending(), "reset");
}

}  // namespace
}  // namespace vedette::dnsd
