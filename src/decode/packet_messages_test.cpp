#include "decode/packet_messages.hpp"

#include <gtest/gtest.h>

#include <array>

#include "decode/test_packets.hpp"
#include "wire/reader/battery.hpp"

namespace vedette::decode {
namespace {

using namespace test;

constexpr std::string_view kName = "www.example.com";

class PacketMessagesTest : public testing::Test {
  protected:
    std::size_t read(Bytes packet, std::uint16_t link_type = 1) {
        packet_ = std::move(packet);  // what is found are views into it
        return read_packet_messages(link_type, packet_, found);
    }
    Bytes packet_;
    std::array<PacketMessage, 4> found;
};

TEST_F(PacketMessagesTest, ADatagramGivesItsMessageAndAddresses) {
    const Bytes frame = query_frame(7, kName);
    ASSERT_EQ(read(frame), 1U);
    EXPECT_EQ(found[0].context.source.to_text(), kClientIp);
    EXPECT_EQ(found[0].context.destination_port, 53);
    EXPECT_EQ(found[0].context.link_source.to_text(), kClientMac);
    EXPECT_EQ(found[0].protocol, DnsProtocol::Dns);
    EXPECT_TRUE(found[0].alone);
    EXPECT_EQ(found[0].message.size(), query(7, kName).size());
}

TEST_F(PacketMessagesTest, PortsTellTheProtocol) {
    EXPECT_EQ(read(ethernet(0x0800, ipv4({}, udp(5'353, 5'353, query(0, kName))))), 1U);
    EXPECT_EQ(found[0].protocol, DnsProtocol::Mdns);
    EXPECT_EQ(read(ethernet(0x0800, ipv4({}, udp(5'353, 53, query(0, kName))))), 1U);
    EXPECT_EQ(found[0].protocol, DnsProtocol::Dns);
    EXPECT_EQ(read(ethernet(0x0800, ipv4({}, udp(40'000, 5'355, query(0, kName))))), 1U);
    EXPECT_EQ(found[0].protocol, DnsProtocol::Llmnr);
    EXPECT_EQ(read(ethernet(0x0800, ipv4({}, udp(137, 137, query(0, kName))))), 0U);
}

TEST_F(PacketMessagesTest, ASegmentHoldsWholeMessagesOrNone) {
    Bytes two = framed(query(1, kName));
    put(two, framed(query(2, "second.example")));
    ASSERT_EQ(read(ethernet(0x0800, ipv4({6}, tcp({}, two)))), 2U);
    EXPECT_EQ(found[1].message[1], 2);
    EXPECT_EQ(found[0].context.transport, Transport::Tcp);
    EXPECT_FALSE(found[0].alone);
    EXPECT_FALSE(found[1].alone);
    ASSERT_EQ(read(ethernet(0x0800, ipv4({6}, tcp({}, framed(query(1, kName)))))), 1U);
    EXPECT_TRUE(found[0].alone);
    Bytes cut = two;
    cut.pop_back();
    EXPECT_EQ(read(ethernet(0x0800, ipv4({6}, tcp({}, cut)))), 0U);
    EXPECT_EQ(read(ethernet(0x0800, ipv4({6}, tcp({}, {})))), 0U);
}

TEST_F(PacketMessagesTest, NoMoreThanFits) {
    Bytes many;
    for (unsigned id = 0; id < 9; ++id)
        put(many, framed(query(id, kName)));
    EXPECT_EQ(read(ethernet(0x0800, ipv4({6}, tcp({}, many)))), found.size());
}

TEST_F(PacketMessagesTest, FragmentsAreNotPutTogether) {
    EXPECT_EQ(read(ethernet(0x0800, ipv4({.fragment = 0x2000}, udp(40'000, 53, query(1, kName))))),
              0U);
}

TEST_F(PacketMessagesTest, TunnelsAreFollowed) {
    Bytes vxlan = wire::from_hex("08000000 00007b00");
    put(vxlan, query_frame(3, kName));
    ASSERT_EQ(read(ethernet(0x0800, ipv4({}, udp(40'000, 4'789, vxlan)))), 1U);
    EXPECT_TRUE(found[0].context.tunneled);
    EXPECT_EQ(found[0].message[1], 3);
    const Bytes inside = ipv4({}, udp(40'000, 53, query(4, kName)));
    ASSERT_EQ(read(ethernet(0x86dd, ipv6({.protocol = 4}, inside))), 1U);
    EXPECT_EQ(found[0].context.source.to_text(), kClientIp);
    EXPECT_EQ(read(inside, 101), 1U);
    EXPECT_EQ(read(inside, 9'999), 0U);
}

TEST_F(PacketMessagesTest, DamageNeverLeavesThePacket) {
    Bytes two = framed(query(1, kName));
    put(two, framed(query(2, kName)));
    for (const Bytes& packet : {query_frame(7, kName), ethernet(0x0800, ipv4({6}, tcp({}, two)))}) {
        wire::for_each_damage(packet, [this](ByteView bytes) {
            const std::size_t count = read_packet_messages(1, bytes, found);
            ASSERT_LE(count, found.size());
            for (std::size_t i = 0; i < count; ++i)
                ASSERT_TRUE(wire::lies_within(found[i].message, bytes));
        });
    }
}

}  // namespace
}  // namespace vedette::decode
