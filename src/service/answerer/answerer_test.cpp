// The answerer over real sockets on loopback: both protocols, its budgets, and the order of its
// end.
#include "service/answerer/answerer.hpp"

#include <gtest/gtest.h>
#include <sys/time.h>
#include <unistd.h>

#include <thread>

#include "decode/test_packets.hpp"

namespace vedette::answerer {
namespace {

using namespace decode::test;

constexpr std::string_view kName = "www.example.com";

Bytes traced(std::uint32_t id, const Bytes& payload) {
    wire::traced::Header header;
    header.id = id;
    header.kind = wire::traced::PayloadKind::Ethernet;
    header.length = static_cast<std::uint32_t>(payload.size());
    const auto bytes = wire::traced::write_header(header);
    Bytes out(bytes.begin(), bytes.end());
    put(out, payload);
    return out;
}

class Client {
  public:
    Client(const Endpoint& server, int type)
        : socket_(::socket(server.address.is_v4() ? AF_INET : AF_INET6, type, 0)) {
        sockaddr_storage address;
        const socklen_t length = to_socket_address(server, address);
        connected_ = connect(socket_.get(), generic_address(address), length) == 0;
        const timeval patience{5, 0};
        setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
        setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    }
    [[nodiscard]] bool connected() const { return connected_; }
    void send(const Bytes& bytes) {
        EXPECT_EQ(::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(bytes.size()));
    }
    bool try_send(const Bytes& bytes) {
        return ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0;
    }
    /// What one read gives; empty at the end of the stream.
    Bytes receive() {
        Bytes bytes(70'000);
        const ssize_t got = recv(socket_.get(), bytes.data(), bytes.size(), 0);
        EXPECT_GE(got, 0) << "nothing came";
        bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
        return bytes;
    }
    void close_writing() { ::shutdown(socket_.get(), SHUT_WR); }

  private:
    sys::Descriptor socket_;
    bool connected_ = false;
};

class AnswererTest : public testing::Test {
  protected:
    void start(AnswererLimits limits = {}) {
        AnswererSettings settings;
        settings.traced = {*Endpoint::parse("127.0.0.1:0", 0)};
        settings.dns = {*Endpoint::parse("127.0.0.1:0", 0), *Endpoint::parse("[::1]:0", 0)};
        settings.rule = {{"192.0.2.1", "2001:db8::1"}, "hash", {}};
        settings.limits = limits;
        auto opened = Answerer::open(settings);
        ASSERT_TRUE(opened) << opened.error().text;
        answerer_ = std::move(*opened);
        thread_ = std::thread([this] { EXPECT_TRUE(answerer_->run(stop_)); });
    }
    AnswererTotals finish() {
        stop_.ask();
        thread_.join();
        return answerer_->totals();
    }
    void TearDown() override {
        if (thread_.joinable()) finish();
    }
    Endpoint traced_at() { return answerer_->traced_endpoints()[0]; }
    Endpoint dns_at(std::size_t i = 0) { return answerer_->dns_endpoints()[i]; }

  private:
    std::unique_ptr<Answerer> answerer_;
    sys::StopFlag stop_;
    std::thread thread_;
};

TEST_F(AnswererTest, AnswersFramesDatagramsAndStreams) {
    start();
    Client frames(traced_at(), SOCK_STREAM);
    frames.send(traced(1, query_frame(7, kName)));
    EXPECT_EQ(frames.receive()[0], 0x56);
    for (std::size_t i = 0; i < 2; ++i) {
        Client datagrams(dns_at(i), SOCK_DGRAM);
        datagrams.send(query(8, kName));
        const Bytes answer = datagrams.receive();
        ASSERT_GE(answer.size(), 12U);
        EXPECT_EQ(answer[1], 8);
        EXPECT_EQ(answer[7], 1);
        Client stream(dns_at(i), SOCK_STREAM);
        stream.send(framed(query(9, kName)));
        EXPECT_EQ(stream.receive()[3], 9);
    }
    const AnswererTotals totals = finish();
    EXPECT_EQ(totals.answers.addresses, 5U);
    EXPECT_EQ(totals.connections, 3U);
    EXPECT_EQ(totals.frames.frames, 1U);
}

TEST_F(AnswererTest, AWrongMagicEndsTheConnectionAndIsCounted) {
    start();
    Client web(traced_at(), SOCK_STREAM);
    web.send({'G', 'E', 'T', ' '});
    EXPECT_TRUE(web.receive().empty());
    Client cut(traced_at(), SOCK_STREAM);
    cut.send({0x56, 0x54});
    cut.close_writing();
    EXPECT_TRUE(cut.receive().empty());
    const AnswererTotals totals = finish();
    EXPECT_EQ(totals.closed_for(CloseReason::Magic), 1U);
    EXPECT_EQ(totals.closed_for(CloseReason::Cut), 1U);
}

TEST_F(AnswererTest, HalfOpenAndIdleConnectionsEnd) {
    start({.connections = 4, .idle_seconds = 0, .message_seconds = 0});
    Client half(traced_at(), SOCK_STREAM);
    half.send({0x56, 0x54, 1});
    EXPECT_TRUE(half.receive().empty());
    Client idle(traced_at(), SOCK_STREAM);
    EXPECT_TRUE(idle.receive().empty());
    const AnswererTotals totals = finish();
    EXPECT_EQ(totals.closed_for(CloseReason::Slow), 1U);
    EXPECT_EQ(totals.closed_for(CloseReason::Idle), 1U);
}

TEST_F(AnswererTest, ConnectionsAreBounded) {
    start({.connections = 2});
    Client first(traced_at(), SOCK_STREAM);
    Client second(traced_at(), SOCK_STREAM);
    for (Client* client : {&first, &second}) {
        client->send(traced(1, query_frame(7, kName)));
        EXPECT_FALSE(client->receive().empty());
    }
    Client third(traced_at(), SOCK_STREAM);
    EXPECT_TRUE(third.receive().empty());
    EXPECT_EQ(finish().refused_connections, 1U);
}

TEST_F(AnswererTest, AClientThatNeverReadsIsNotReadFrom) {
    start({.connections = 4, .idle_seconds = 60, .message_seconds = 0});
    Client deaf(traced_at(), SOCK_STREAM);
    Bytes many;
    for (std::uint32_t id = 0; id < 500; ++id)
        put(many, traced(id, query_frame(7, kName)));
    // Until the answerer stops reading and ends it; without the bound this would not end.
    bool ended = false;
    for (int i = 0; i < 2'000 && !ended; ++i)
        ended = !deaf.try_send(many);
    EXPECT_TRUE(ended);
    EXPECT_EQ(finish().closed_for(CloseReason::Slow), 1U);
}

TEST_F(AnswererTest, TakenPortsAreTold) {
    AnswererSettings settings;
    settings.rule = {{"192.0.2.1"}, "hash", {}};
    settings.traced = {*Endpoint::parse("192.0.2.1:9000", 0)};  // not an address of this machine
    const auto opened = Answerer::open(settings);
    ASSERT_FALSE(opened);
    EXPECT_NE(opened.error().text.find("192.0.2.1:9000"), std::string::npos);
}

}  // namespace
}  // namespace vedette::answerer
