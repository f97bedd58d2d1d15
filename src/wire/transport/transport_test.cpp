#include "wire/transport/transport.hpp"

#include <gtest/gtest.h>

#include "wire/reader/battery.hpp"

namespace vedette::wire::transport {
namespace {

TEST(Udp, HeaderAndTrailingBytes) {
    const auto bytes = from_hex("d431 0035 000a 0000 abcd ffff");
    const UdpView view = read_udp(bytes, 0);
    EXPECT_EQ(view.source_port, 0xd431);
    EXPECT_EQ(view.destination_port, 53);
    EXPECT_EQ(view.payload.size(), 2U);
    EXPECT_EQ(view.length, 2U);
    EXPECT_FALSE(view.damage);
}

TEST(Udp, LengthsAtTheLimits) {
    auto bytes = from_hex("d431 0035 0007 0000 abcd");
    EXPECT_FALSE(read_udp(bytes, 0).readable);
    EXPECT_EQ(read_udp(bytes, 0).damage.id, AnomalyId::UdpBadLength);
    bytes[5] = 8;
    EXPECT_TRUE(read_udp(bytes, 0).payload.empty());
    EXPECT_FALSE(read_udp(bytes, 0).damage);
    bytes[5] = 11;
    EXPECT_EQ(read_udp(bytes, 0).damage.id, AnomalyId::UdpBadLength);
    EXPECT_TRUE(read_udp(bytes, 0).readable);
    EXPECT_EQ(read_udp(bytes, 0).length, 2U);
    EXPECT_FALSE(read_udp(bytes, 1).damage);  // the capture cut it
    EXPECT_EQ(read_udp(bytes, 1).length, 3U);
    EXPECT_EQ(read_udp(bytes, 1).payload.size(), 2U);
    bytes[5] = 0;
    EXPECT_EQ(read_udp(bytes, 0).payload.size(), 2U);
    EXPECT_TRUE(read_udp(bytes, 0).length_omitted);
}

TEST(Tcp, HeaderWithOptions) {
    const auto bytes =
        from_hex("d431 0035 00000001 00000002 6018 ffff 0000 0000 01010101 0002 abcd");
    const TcpView view = read_tcp(bytes, 0);
    EXPECT_TRUE(view.readable);
    EXPECT_EQ(view.sequence, 1U);
    EXPECT_EQ(view.acknowledgment, 2U);
    EXPECT_EQ(view.flags, 0x18);
    EXPECT_EQ(view.payload.size(), 4U);
}

TEST(Tcp, OffsetsAtTheLimits) {
    auto bytes = from_hex("d431 0035 00000001 00000002 4018 ffff 0000 0000");
    EXPECT_EQ(read_tcp(bytes, 0).damage.id, AnomalyId::TcpBadOffset);
    bytes[12] = 0x50;
    EXPECT_TRUE(read_tcp(bytes, 0).readable);
    bytes[12] = 0x60;
    EXPECT_EQ(read_tcp(bytes, 0).damage.id, AnomalyId::TcpBadOffset);
    EXPECT_EQ(read_tcp(bytes, 4).damage.id, AnomalyId::IpPayloadCut);
}

TEST(Transport, DamageNeverLeavesTheInput) {
    const auto vector =
        from_hex("d431 0035 001c 0001 00000002 6018 ffff 0000 0000 01010101 0002 abcd");
    for_each_damage(vector, [](ByteView bytes) {
        const UdpView udp = read_udp(bytes, 0);
        ASSERT_TRUE(lies_within(udp.payload, bytes));
        ASSERT_TRUE(udp.readable || udp.damage);
        const TcpView tcp = read_tcp(bytes, 0);
        ASSERT_TRUE(lies_within(tcp.payload, bytes));
        ASSERT_NE(tcp.readable, static_cast<bool>(tcp.damage));
    });
}

}  // namespace
}  // namespace vedette::wire::transport
