#include "model/endpoint.hpp"

#include <gtest/gtest.h>

namespace vedette {
namespace {

TEST(Endpoint, ReadsWhatPeopleType) {
    for (const auto& [typed, shown] : {std::pair{"127.0.0.1", "127.0.0.1:53"},
                                       {"127.0.0.1:5300", "127.0.0.1:5300"},
                                       {"::1", "[::1]:53"},
                                       {"[::1]:5300", "[::1]:5300"},
                                       {"[2001:db8::1]", "[2001:db8::1]:53"}}) {
        const auto endpoint = Endpoint::parse(typed, 53);
        ASSERT_TRUE(endpoint) << typed;
        EXPECT_EQ(endpoint->to_text(), shown);
    }
    for (const char* typed : {"", "host:53", "127.0.0.1:", "127.0.0.1:65536", "[::1", "[::1]53"})
        EXPECT_FALSE(Endpoint::parse(typed, 53)) << typed;
}

TEST(Endpoint, GoesToTheKernelAndBack) {
    for (const char* text : {"192.0.2.1:53", "[2001:db8::1]:853"}) {
        const auto endpoint = Endpoint::parse(text, 0);
        ASSERT_TRUE(endpoint);
        sockaddr_storage address;
        EXPECT_GT(to_socket_address(*endpoint, address), 0U);
        EXPECT_EQ(from_socket_address(address), *endpoint);
    }
}

}  // namespace
}  // namespace vedette
