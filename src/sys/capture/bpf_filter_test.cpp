#include "sys/capture/bpf_filter.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace vedette::sys {
namespace {

/// An Ethernet, IPv4 and UDP or TCP header with the given ports.
struct Frame {
    std::vector<std::uint8_t> bytes;

    Frame(std::uint8_t protocol, std::uint16_t source, std::uint16_t destination,
          std::uint16_t fragment = 0) {
        bytes.assign(14 + 20 + 20, 0);
        bytes[12] = 0x08;
        bytes[14] = 0x45;
        bytes[14 + 3] = 40;
        bytes[14 + 6] = static_cast<std::uint8_t>(fragment >> 8U);
        bytes[14 + 7] = static_cast<std::uint8_t>(fragment);
        bytes[14 + 9] = protocol;
        bytes[34] = static_cast<std::uint8_t>(source >> 8U);
        bytes[35] = static_cast<std::uint8_t>(source);
        bytes[36] = static_cast<std::uint8_t>(destination >> 8U);
        bytes[37] = static_cast<std::uint8_t>(destination);
    }
    [[nodiscard]] PacketRecord record() const {
        const auto size = static_cast<std::uint32_t>(bytes.size());
        return {{0}, bytes.data(), size, size, 1, 0};
    }
};

constexpr std::uint8_t kTcp = 6;
constexpr std::uint8_t kUdp = 17;

bool passes(const std::string& expression, const Frame& frame) {
    const Result<BpfFilter> filter = BpfFilter::compile(expression, 1);
    EXPECT_TRUE(filter.has_value()) << expression;
    return filter && filter->matches(frame.record());
}

TEST(BpfFilter, MatchesLikeTcpdump) {
    EXPECT_TRUE(passes("udp port 53", Frame(kUdp, 4'000, 53)));
    EXPECT_FALSE(passes("udp port 53", Frame(kTcp, 4'000, 53)));
    EXPECT_TRUE(passes("", Frame(kTcp, 1, 2)));
}

TEST(BpfFilter, MistakesAreUsageErrorsWithLibpcapsReason) {
    const Result<BpfFilter> filter = BpfFilter::compile("port fiftythree", 1);
    ASSERT_FALSE(filter.has_value());
    EXPECT_EQ(filter.error().kind, ErrorKind::Usage);
    EXPECT_NE(filter.error().text.find("fiftythree"), std::string::npos);
}

TEST(BpfFilter, CutPacketsDoNotMatchWhatTheyLack) {
    Frame frame(kUdp, 4'000, 53);
    for (std::size_t size = 0; size < 34; ++size) {
        const std::vector<std::uint8_t> cut(
            frame.bytes.begin(), frame.bytes.begin() + static_cast<std::ptrdiff_t>(size));
        const PacketRecord record{{0}, cut.data(), static_cast<std::uint32_t>(size), 54, 1, 0};
        EXPECT_FALSE(BpfFilter::compile("udp port 53", 1)->matches(record)) << size;
    }
}

TEST(DefaultFilter, RefusesOnlyWhatCannotBeOurs) {
    const std::string filter = default_capture_filter({53, 8'053});
    EXPECT_TRUE(passes(filter, Frame(kUdp, 4'000, 53)));
    EXPECT_TRUE(passes(filter, Frame(kUdp, 68, 67)));
    EXPECT_TRUE(passes(filter, Frame(kUdp, 4'000, 4'789))) << "tunnels";
    EXPECT_TRUE(passes(filter, Frame(kTcp, 53, 4'000)));
    EXPECT_TRUE(passes(filter, Frame(kTcp, 4'000, 8'053)));
    EXPECT_TRUE(passes(filter, Frame(kTcp, 0, 0, 0x0010))) << "a later fragment";
    EXPECT_FALSE(passes(filter, Frame(kTcp, 4'000, 443)));
    EXPECT_FALSE(passes(filter, Frame(kUdp, 4'000, 443)));
}

TEST(DefaultFilter, TakesTheFirstPacketsOfTlsAndQuicWhenAsked) {
    const std::string filter = default_capture_filter({53}, Handshakes::Taken);
    const auto with = [](std::uint8_t protocol, std::uint16_t port, std::uint8_t first) {
        Frame frame(protocol, 40'000, port);
        if (protocol == kTcp) frame.bytes[34 + 12] = 0x50;  // a header of 20 bytes
        const std::size_t payload = 34 + (protocol == kTcp ? 20U : 8U);
        frame.bytes.resize(payload);
        frame.bytes.insert(frame.bytes.end(), {first, 3, 1});
        frame.bytes[14 + 3] = static_cast<std::uint8_t>(frame.bytes.size() - 14);
        return frame;
    };
    EXPECT_TRUE(passes(filter, with(kTcp, 443, 22)));
    EXPECT_TRUE(passes(filter, with(kTcp, 853, 22)));
    EXPECT_FALSE(passes(filter, with(kTcp, 443, 23))) << "application data";
    EXPECT_FALSE(passes(filter, with(kTcp, 8'443, 22)));
    EXPECT_TRUE(passes(filter, with(kUdp, 443, 0xc3)));
    EXPECT_FALSE(passes(filter, with(kUdp, 443, 0x43))) << "a short header";
    EXPECT_TRUE(passes(filter, Frame(kUdp, 4'000, 53)));
    EXPECT_FALSE(passes(filter, Frame(kTcp, 4'000, 443))) << "without a byte";
    EXPECT_FALSE(passes(default_capture_filter({53}), with(kTcp, 443, 22)));
}

}  // namespace
}  // namespace vedette::sys
