#include "service/dnsd/net/server.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include "service/dnsd/answer/test_zone.hpp"

namespace vedette::dnsd {
namespace {

using test::Ask;

std::vector<std::uint8_t> framed(const std::vector<std::uint8_t>& message) {
    std::vector<std::uint8_t> out{static_cast<std::uint8_t>(message.size() >> 8U),
                                  static_cast<std::uint8_t>(message.size())};
    out.insert(out.end(), message.begin(), message.end());
    return out;
}

class ServerTest : public ::testing::Test {
  protected:
    void SetUp() override {
        ServerSettings settings;
        settings.dns = {{*IpAddress::parse("127.0.0.1"), 0}};
        settings.stream_limits.connections_per_client = 4;
        settings.stream_limits.idle_seconds = 1;
        settings.stream_limits.message_seconds = 1;
        // The kernel gives a port that is free for datagrams; a connection of another program may
        // have it for streams.
        auto server = Server::start(settings, cell_, nullptr);
        for (int again = 0; again < 20 && !server; ++again)
            server = Server::start(settings, cell_, nullptr);
        ASSERT_TRUE(server) << server.error().text;
        server_ = std::move(*server);
    }
    sys::Descriptor connect_to(int type) {
        sys::Descriptor socket(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
        sockaddr_storage address;
        const socklen_t length = to_socket_address(server_->dns_endpoints()[0], address);
        EXPECT_EQ(connect(socket.get(), generic_address(address), length), 0);
        return socket;
    }
    // What arrives until `wanted` octets are there, the other side closes, or three seconds pass.
    static std::vector<std::uint8_t> receive(int fd, std::size_t wanted) {
        std::vector<std::uint8_t> got;
        std::array<std::uint8_t, 65'536> buffer;
        pollfd poll_fd{fd, POLLIN, 0};
        while (got.size() < wanted && poll(&poll_fd, 1, 3'000) == 1) {
            const ssize_t count = recv(fd, buffer.data(), buffer.size(), 0);
            if (count <= 0) break;
            got.insert(got.end(), buffer.begin(), buffer.begin() + count);
        }
        return got;
    }
    static std::vector<std::uint8_t> receive_exactly(int fd, std::size_t wanted) {
        std::vector<std::uint8_t> got(wanted);
        pollfd poll_fd{fd, POLLIN, 0};
        std::size_t count = 0;
        while (count < wanted && poll(&poll_fd, 1, 3'000) == 1) {
            const ssize_t more = recv(fd, got.data() + count, wanted - count, 0);
            if (more <= 0) break;
            count += static_cast<std::size_t>(more);
        }
        got.resize(count);
        return got;
    }
    static bool closed_within(int fd, int millis) {
        pollfd poll_fd{fd, POLLIN, 0};
        std::uint8_t byte = 0;
        return poll(&poll_fd, 1, millis) == 1 && recv(fd, &byte, 1, 0) <= 0;
    }
    SnapshotCell cell_{std::make_shared<Snapshot>(test::snapshot(test::zone_text()))};
    std::unique_ptr<Server> server_;
};

// The answers of one read are more than a connection may have waiting: the rest is asked for again
// by the client's reading, and none is lost.
TEST_F(ServerTest, AnswersEveryQuestionOfAClientThatReadsLate) {
    const auto socket = connect_to(SOCK_STREAM);
    const auto query = framed(Ask{.name = "big.fromage.fr.", .type = "TXT"}.message());
    constexpr int kQuestions = 5'000;
    std::vector<std::uint8_t> questions;
    for (int i = 0; i < kQuestions; ++i)
        questions.insert(questions.end(), query.begin(), query.end());
    std::size_t sent = 0;
    const auto send_some = [&] {
        const ssize_t count = send(socket.get(), questions.data() + sent, questions.size() - sent,
                                   MSG_DONTWAIT | MSG_NOSIGNAL);
        if (count > 0) sent += static_cast<std::size_t>(count);
        return count > 0;
    };
    while (sent < questions.size() && send_some()) {
    }
    const auto length = receive_exactly(socket.get(), 2);
    ASSERT_EQ(length.size(), 2U);
    const std::size_t answer = std::size_t{length[0]} << 8U | length[1];
    ASSERT_GT(answer, 4'000U);
    std::size_t got = 2;
    std::vector<std::uint8_t> buffer(65'536);
    pollfd poll_fd{socket.get(), POLLIN, 0};
    while (got < kQuestions * (answer + 2) && poll(&poll_fd, 1, 3'000) == 1) {
        const ssize_t count = recv(socket.get(), buffer.data(), buffer.size(), 0);
        if (count <= 0) break;
        got += static_cast<std::size_t>(count);
        if (sent < questions.size()) (void)send_some();
    }
    EXPECT_EQ(got, kQuestions * (answer + 2));
}

TEST_F(ServerTest, AnswersDatagrams) {
    const auto socket = connect_to(SOCK_DGRAM);
    const auto query = Ask{"fromage.fr."}.message();
    ASSERT_EQ(send(socket.get(), query.data(), query.size(), 0),
              static_cast<ssize_t>(query.size()));
    const auto answer = receive(socket.get(), 12);
    ASSERT_GT(answer.size(), 12U);
    EXPECT_EQ(answer[7], 1);
}

TEST_F(ServerTest, AnswersManyDatagramsAtOnceEachToItsSender) {
    std::vector<sys::Descriptor> sockets;
    for (int i = 0; i < 20; ++i)
        sockets.push_back(connect_to(SOCK_DGRAM));
    for (std::uint8_t round = 0; round < 10; ++round) {
        for (std::size_t i = 0; i < sockets.size(); ++i) {
            auto query = Ask{"h.wild.fromage.fr.", "AAAA"}.message();
            query[0] = round;
            query[1] = static_cast<std::uint8_t>(i);
            (void)send(sockets[i].get(), query.data(), query.size(), 0);
        }
    }
    for (std::size_t i = 0; i < sockets.size(); ++i) {
        for (std::uint8_t round = 0; round < 10; ++round) {
            const auto answer = receive(sockets[i].get(), 12);
            ASSERT_GT(answer.size(), 12U) << i;
            EXPECT_EQ(answer[0], round);
            EXPECT_EQ(answer[1], i);
        }
    }
    EXPECT_EQ(server_->totals().queries, 200U);
    EXPECT_EQ(server_->totals().dropped, 0U);
}

TEST_F(ServerTest, PipelinedAndTornTcpQueriesAreAllAnswered) {
    const auto socket = connect_to(SOCK_STREAM);
    std::vector<std::uint8_t> all;
    std::size_t expected = 0;
    for (int i = 0; i < 50; ++i) {
        const auto message =
            framed(Ask{i % 2 == 0 ? "big.fromage.fr." : "www.fromage.fr.", "TXT"}.message());
        all.insert(all.end(), message.begin(), message.end());
    }
    for (std::size_t at = 0; at < all.size(); at += 7)
        (void)send(socket.get(), all.data() + at, std::min<std::size_t>(7, all.size() - at), 0);
    int answers = 0;
    std::vector<std::uint8_t> got;
    while (answers < 50) {
        const auto more = receive(socket.get(), 1);
        if (more.empty()) break;
        got.insert(got.end(), more.begin(), more.end());
        while (got.size() - expected >= 2) {
            const std::size_t length =
                static_cast<std::size_t>(got[expected]) << 8U | got[expected + 1];
            if (got.size() - expected < length + 2) break;
            expected += length + 2;
            ++answers;
        }
    }
    EXPECT_EQ(answers, 50);
}

// RFC 7766 6.2.1.1: a question behind a transfer does not wait for its end, nor do other clients.
TEST_F(ServerTest, ATransferHoldsNobodyUp) {
    std::string text = test::zone_text();
    for (int i = 0; i < 20'000; ++i)
        text += "record" + std::to_string(i) + " TXT " + std::string(100, 'x') + "\n";
    Snapshot snapshot = test::snapshot(text);
    snapshot.settings.transfer_to.push_back(*Prefix::parse("127.0.0.1"));
    cell_.publish(std::make_shared<Snapshot>(std::move(snapshot)));

    const auto socket = connect_to(SOCK_STREAM);
    auto transfer = Ask{"fromage.fr.", "AXFR"}.message();
    auto question = Ask{"www.fromage.fr."}.message();
    transfer[0] = 1;
    question[0] = 2;
    std::vector<std::uint8_t> both = framed(transfer);
    const auto second = framed(question);
    both.insert(both.end(), second.begin(), second.end());
    ASSERT_EQ(send(socket.get(), both.data(), both.size(), 0), static_cast<ssize_t>(both.size()));
    const auto other = connect_to(SOCK_STREAM);
    (void)send(other.get(), second.data(), second.size(), 0);
    EXPECT_GT(receive(other.get(), 14).size(), 14U) << "while the first client reads nothing";

    int transferred = 0;
    int before_the_answer = -1;
    while (true) {
        const auto length = receive_exactly(socket.get(), 2);
        if (length.size() < 2) break;
        const auto message =
            receive_exactly(socket.get(), static_cast<std::size_t>(length[0]) << 8U | length[1]);
        ASSERT_GT(message.size(), 12U);
        if (message[0] == 2)
            before_the_answer = transferred;
        else
            ++transferred;
    }
    EXPECT_GT(transferred, 100);
    EXPECT_GE(before_the_answer, 0);
    EXPECT_LT(before_the_answer, 20);
}

TEST_F(ServerTest, SlowAndIdleConnectionsAreClosed) {
    const auto idle = connect_to(SOCK_STREAM);
    const auto slow = connect_to(SOCK_STREAM);
    const std::uint8_t half[] = {0, 40, 1};
    ASSERT_EQ(send(slow.get(), half, sizeof(half), 0), 3);
    EXPECT_TRUE(closed_within(idle.get(), 5'000));
    EXPECT_TRUE(closed_within(slow.get(), 5'000));
}

// What is limited is the time of one message, not of a client that is never done.
TEST_F(ServerTest, ABusyClientWhoseMessagesOverlapIsServedOn) {
    const auto socket = connect_to(SOCK_STREAM);
    const auto message = framed(Ask{"fromage.fr."}.message());
    ASSERT_EQ(send(socket.get(), message.data(), 5, 0), 5);
    for (int i = 0; i < 25; ++i) {  // 2.5 s, more than two messages' time
        std::vector<std::uint8_t> rest(message.begin() + 5, message.end());
        rest.insert(rest.end(), message.begin(), message.begin() + 5);
        ASSERT_EQ(send(socket.get(), rest.data(), rest.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(rest.size()));
        ASSERT_GT(receive(socket.get(), 14).size(), 14U) << i;
        usleep(100'000);
    }
}

TEST_F(ServerTest, OneClientGetsOnlySoManyConnections) {
    std::vector<sys::Descriptor> sockets;
    for (int i = 0; i < 6; ++i)
        sockets.push_back(connect_to(SOCK_STREAM));
    EXPECT_TRUE(closed_within(sockets[5].get(), 800));
    const auto query = framed(Ask{"fromage.fr."}.message());
    (void)send(sockets[0].get(), query.data(), query.size(), 0);
    EXPECT_GT(receive(sockets[0].get(), 14).size(), 14U);
    EXPECT_EQ(server_->totals().refused_connections, 2U);
}

TEST_F(ServerTest, AChangeIsServedWithoutADroppedQuery) {
    const auto socket = connect_to(SOCK_DGRAM);
    for (int i = 0; i < 200; ++i) {
        if (i % 20 == 10) {
            cell_.publish(std::make_shared<Snapshot>(
                test::snapshot(test::zone_text() + "new" + std::to_string(i) + " A 192.0.2.1\n")));
            const auto query = Ask{"new" + std::to_string(i) + ".fromage.fr."}.message();
            (void)send(socket.get(), query.data(), query.size(), 0);
            const auto answer = receive(socket.get(), 12);
            ASSERT_GT(answer.size(), 12U);
            EXPECT_EQ(answer[7], 1) << "the new name is there";
        }
        const auto query = Ask{"www.fromage.fr."}.message();
        (void)send(socket.get(), query.data(), query.size(), 0);
        ASSERT_GT(receive(socket.get(), 12).size(), 12U) << i;
    }
}

TEST(Endpoint, TextForms) {
    EXPECT_EQ(Endpoint::parse("127.0.0.1", 53)->to_text(), "127.0.0.1:53");
    EXPECT_EQ(Endpoint::parse("127.0.0.1:5300", 53)->to_text(), "127.0.0.1:5300");
    EXPECT_EQ(Endpoint::parse("[::1]:5300", 53)->to_text(), "[::1]:5300");
    EXPECT_EQ(Endpoint::parse("::1", 53)->to_text(), "[::1]:53");
    EXPECT_FALSE(Endpoint::parse("127.0.0.1:", 53));
    EXPECT_FALSE(Endpoint::parse("127.0.0.1:70000", 53));
    EXPECT_FALSE(Endpoint::parse("[::1", 53));
    EXPECT_FALSE(Endpoint::parse("localhost", 53));
}

}  // namespace
}  // namespace vedette::dnsd
