#include "service/dnsd/net/socket_supply.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "sys/net/endpoint_socket.hpp"

namespace vedette::dnsd {
namespace {

const IpAddress kLoopback = *IpAddress::parse("127.0.0.1");

TEST(SocketSupply, WhatIsNotHeldIsOpened) {
    SocketSupply supply;
    Endpoint endpoint{kLoopback, 0};
    const auto sockets = supply.take(SocketUse::Datagrams, endpoint, 3);
    ASSERT_TRUE(sockets) << sockets.error().text;
    EXPECT_EQ(sockets->size(), 3U);
    EXPECT_NE(endpoint.port, 0);
    for (const sys::Descriptor& socket : *sockets)
        EXPECT_EQ(bound_endpoint(socket), endpoint);
}

TEST(SocketSupply, EverySocketThatCameIsTakenAndMissingOnesAreShared) {
    Endpoint endpoint{kLoopback, 0};
    auto opened = *SocketSupply().take(SocketUse::Datagrams, endpoint, 3);
    SocketSupply supply;
    for (sys::Descriptor& socket : opened)
        ASSERT_TRUE(supply.add(std::move(socket), "udp"));
    EXPECT_EQ(supply.endpoints(SocketUse::Datagrams), std::vector{endpoint});
    EXPECT_TRUE(supply.endpoints(SocketUse::Dns).empty());
    auto taken = supply.take(SocketUse::Datagrams, endpoint, 1);
    ASSERT_TRUE(taken);
    EXPECT_EQ(taken->size(), 3U) << "a socket that nobody reads would swallow its questions";
    EXPECT_TRUE(supply.empty());

    ASSERT_TRUE(supply.add(std::move(taken->front()), "udp"));
    taken = supply.take(SocketUse::Datagrams, endpoint, 2);
    ASSERT_TRUE(taken);
    EXPECT_EQ(taken->size(), 2U);
    EXPECT_NE((*taken)[0].get(), (*taken)[1].get());
}

TEST(SocketSupply, ANameOrAPortSaysWhatIsSpoken) {
    const auto use_of = [](std::string_view name) {
        SocketSupply supply;
        Endpoint endpoint{kLoopback, 0};
        auto socket = open_tcp_listener(endpoint);
        EXPECT_TRUE(supply.add(std::move(*socket), name));
        for (const SocketUse use : {SocketUse::Dns, SocketUse::Dot, SocketUse::Doh}) {
            if (!supply.endpoints(use).empty()) return to_text(use);
        }
        return std::string_view("none");
    };
    EXPECT_EQ(use_of("tls"), "tls");
    EXPECT_EQ(use_of("dot"), "tls");
    EXPECT_EQ(use_of("https"), "https");
    EXPECT_EQ(use_of("vedette-serve.socket"), "tcp");
    EXPECT_EQ(use_of(""), "tcp");
    EXPECT_EQ(use_of("udp"), "tcp") << "a listener is no datagram socket, whatever its name";
}

TEST(SocketSupply, OnlyServersAreTaken) {
    SocketSupply supply;
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_DGRAM, 0, ends), 0);
    const sys::Descriptor other(ends[1]);
    EXPECT_EQ(supply.add(sys::Descriptor(ends[0]), "x").error().kind, ErrorKind::InvalidInput);
    sys::Descriptor stream(::socket(AF_INET, SOCK_STREAM, 0));  // it does not listen
    EXPECT_FALSE(supply.add(std::move(stream), "x"));
    EXPECT_TRUE(supply.empty());
}

}  // namespace
}  // namespace vedette::dnsd
