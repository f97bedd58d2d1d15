#include "sys/net/endpoint_socket.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <array>
#include <cstring>
#include <string>

#include "sys/net/datagram_server.hpp"

namespace vedette::sys {
namespace {

SocketAddress v4(std::uint32_t address, std::uint16_t port = 0) {
    SocketAddress made;
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(port);
    in.sin_addr.s_addr = htonl(address);
    std::memcpy(&made.storage, &in, sizeof(in));
    made.length = sizeof(in);
    return made;
}

bool wait_for(const Descriptor& socket, short what) {
    pollfd poll{socket.get(), what, 0};
    return ::poll(&poll, 1, 2'000) == 1;
}

TEST(Socket, DatagramsAreAnsweredInBatches) {
    for (const std::uint32_t listen : {INADDR_LOOPBACK, INADDR_ANY}) {
        auto bound = open_datagram_server(v4(listen), "test");
        ASSERT_TRUE(bound);
        DatagramServer server(std::move(*bound));
        SocketAddress there = bound_address(server.socket());
        sockaddr_in in;
        std::memcpy(&in, &there.storage, sizeof(in));
        // From an address of its own: the answer must come back from it, even when the server
        // listens on every address.
        auto client = connect_datagram(v4(INADDR_LOOPBACK + 6, ntohs(in.sin_port)), "test");
        if (listen == INADDR_LOOPBACK)
            client = connect_datagram(v4(INADDR_LOOPBACK, ntohs(in.sin_port)), "test");
        ASSERT_TRUE(client);
        EXPECT_EQ(server.receive_waiting(), 0);
        for (const char* text : {"a", "bb"})
            ASSERT_GT(send(client->get(), text, std::strlen(text), 0), 0);
        ASSERT_TRUE(wait_for(server.socket(), POLLIN));
        const int got = server.receive();
        ASSERT_EQ(got, 2);
        EXPECT_EQ(as_text(server.query(1)), "bb");
        server.answer_buffer(1)[0] = 'x';
        server.queue_answer(1, 1);
        EXPECT_EQ(server.send().sent, 1U);
        ASSERT_TRUE(wait_for(*client, POLLIN));
        std::array<char, 8> back{};
        ASSERT_EQ(recv(client->get(), back.data(), back.size(), 0), 1);
        EXPECT_EQ(back[0], 'x');
    }
}

TEST(Socket, DatagramsWithoutAnAnswerLieBetweenThoseWithOne) {
    auto bound = open_datagram_server(v4(INADDR_LOOPBACK), "test");
    ASSERT_TRUE(bound);
    DatagramServer server(std::move(*bound));
    auto client = connect_datagram(bound_address(server.socket()), "test");
    ASSERT_TRUE(client);
    const auto ask = [&](int count) {
        for (int i = 0; i < count; ++i) {
            const char name = static_cast<char>('a' + i);
            ASSERT_EQ(send(client->get(), &name, 1, 0), 1);
        }
        ASSERT_TRUE(wait_for(server.socket(), POLLIN));
        ASSERT_EQ(server.receive(), count);
    };
    const auto answered = [&](std::initializer_list<unsigned> indices) {
        for (const unsigned i : indices) {
            server.answer_buffer(i)[0] = server.query(i)[0];
            server.queue_answer(i, 1);
        }
        EXPECT_EQ(server.send().sent, indices.size());
        std::string got;
        char name = 0;
        for (std::size_t i = 0; i < indices.size(); ++i) {
            EXPECT_TRUE(wait_for(*client, POLLIN));
            if (recv(client->get(), &name, 1, 0) == 1) got += name;
        }
        return got;
    };
    ask(5);
    EXPECT_EQ(answered({0, 2, 3}), "acd");
    ask(static_cast<int>(DatagramServer::kBatch));  // the headers serve for receiving again
    EXPECT_EQ(answered({1, 30, 31}), "b\x7f\x80");
    ask(1);
    EXPECT_EQ(answered({}), "");
}

TEST(Socket, AStreamConnectsOrSaysWhyNot) {
    auto listener = open_stream_listener(v4(INADDR_LOOPBACK), "test");
    ASSERT_TRUE(listener);
    const SocketAddress there = bound_address(*listener);
    auto client = begin_stream(there, "test");
    ASSERT_TRUE(client);
    ASSERT_TRUE(wait_for(*client, POLLOUT));
    EXPECT_EQ(connection_error(*client), 0);
    listener->close();
    auto refused = begin_stream(there, "test");
    if (refused) {
        ASSERT_TRUE(wait_for(*refused, POLLOUT));
        EXPECT_EQ(connection_error(*refused), ECONNREFUSED);
    }
}

TEST(Socket, BothTransportsShareAPort) {
    auto chosen = open_server_sockets(v4(INADDR_LOOPBACK), "test");
    ASSERT_TRUE(chosen) << chosen.error().text;
    const SocketAddress place = bound_address(chosen->datagrams);
    const SocketAddress listener = bound_address(chosen->listener);
    EXPECT_EQ(std::memcmp(&place.storage, &listener.storage, sizeof(sockaddr_in)), 0);
    // A port that was asked for is not exchanged for another one.
    Descriptor taken(::socket(AF_INET, SOCK_STREAM, 0));
    SocketAddress any = v4(INADDR_LOOPBACK);
    ASSERT_EQ(::bind(taken.get(), any.generic(), any.length), 0);
    const auto refused = open_server_sockets(bound_address(taken), "the place");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::Busy);
    EXPECT_NE(refused.error().text.find("the place"), std::string::npos);
}

TEST(Socket, HostsHaveAddressesOrASentence) {
    const auto local = resolve_host("127.0.0.1", 53);
    ASSERT_TRUE(local);
    EXPECT_TRUE(local->is_v4());
    const auto none = resolve_host("no such host", 53);
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().kind, ErrorKind::NotFound);
}

}  // namespace
}  // namespace vedette::sys
