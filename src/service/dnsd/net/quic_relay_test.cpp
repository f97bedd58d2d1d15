#include "service/dnsd/net/quic_relay.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <vector>

namespace vedette::dnsd {
namespace {

using Kind = QuicRelay::Kind;

class QuicRelayTest : public ::testing::Test {
  protected:
    void SetUp() override {
        auto made = QuicRelay::make();
        ASSERT_TRUE(made);
        here_ = std::move(made->first);
        there_ = QuicRelay(std::move(made->second));
    }
    std::optional<QuicRelay::Message> received() { return there_.receive(buffer_); }

    const QuicPath path_{*Endpoint::parse("192.0.2.9:4242", 0),
                         *Endpoint::parse("[2001:db8::1]:853", 0)};
    std::vector<std::uint8_t> buffer_ = std::vector<std::uint8_t>(QuicRelay::kMessageBytes);
    QuicRelay here_;
    QuicRelay there_;
};

TEST_F(QuicRelayTest, CarriesPacketsWithTheirPath) {
    for (const std::size_t bytes : {0U, 1U, 1'452U, 65'535U}) {
        const std::vector<std::uint8_t> packet(bytes, 0x5a);
        ASSERT_TRUE(here_.send(Kind::Unknown, path_, packet)) << bytes;
        const auto message = received();
        ASSERT_TRUE(message) << bytes;
        EXPECT_EQ(message->kind, Kind::Unknown);
        EXPECT_EQ(message->path, path_);
        EXPECT_TRUE(std::ranges::equal(message->packet, packet));
    }
    EXPECT_FALSE(received());
    EXPECT_TRUE(there_.open());
}

TEST_F(QuicRelayTest, WhatMakesNoSenseIsLeftOut) {
    ASSERT_TRUE(here_.send(Kind::NotMine, path_, {}));
    const auto message = received();
    ASSERT_TRUE(message);
    for (std::size_t bytes = 1; bytes < 37; ++bytes)
        ASSERT_GT(::send(here_.descriptor(), buffer_.data(), bytes, 0), 0);
    for (const unsigned kind : {0U, 5U, 255U}) {
        std::vector<std::uint8_t> strange(37, 0);
        strange[0] = static_cast<std::uint8_t>(kind);
        ASSERT_GT(::send(here_.descriptor(), strange.data(), strange.size(), 0), 0);
    }
    ASSERT_TRUE(here_.send(Kind::Yours, {}, {}));
    const auto good = received();
    ASSERT_TRUE(good);
    EXPECT_EQ(good->kind, Kind::Yours);
}

TEST_F(QuicRelayTest, WhoHasFinishedIsStillTold) {
    ASSERT_TRUE(there_.send(Kind::Unknown, path_, {}));
    there_.finish();
    EXPECT_FALSE(there_.send(Kind::Unknown, path_, {}));
    EXPECT_TRUE(here_.receive(buffer_)) << "what was sent before arrives";
    ASSERT_TRUE(here_.send(Kind::NotMine, path_, {}));
    EXPECT_TRUE(received());
    EXPECT_FALSE(here_.receive(buffer_));
    EXPECT_FALSE(here_.open()) << "and then the end";
}

TEST_F(QuicRelayTest, NeverWaits) {
    const std::vector<std::uint8_t> packet(1'400, 1);
    int sent = 0;
    while (sent < 100'000 && here_.send(Kind::Unknown, path_, packet))
        ++sent;
    EXPECT_GT(sent, 20);
    EXPECT_LT(sent, 100'000) << "the other side is behind";
    EXPECT_FALSE(QuicRelay().send(Kind::Unknown, path_, packet));
}

}  // namespace
}  // namespace vedette::dnsd
