#include "wire/quic/initial.hpp"

#include <gtest/gtest.h>

#include "wire/reader/battery.hpp"

namespace vedette::wire::quic {
namespace {

bool is_initial(ByteView bytes) {
    return read_initial(bytes).is_initial;
}

TEST(QuicInitial, VersionsAndTypes) {
    const auto v1 = from_hex("c3 00000001 08 0102030405060708 00 00 44d0");
    EXPECT_TRUE(is_initial(v1));
    auto changed = v1;
    changed[0] = 0xe3;  // a Handshake packet
    EXPECT_FALSE(is_initial(changed));
    changed = v1;
    changed[0] = 0x43;  // a short header
    EXPECT_FALSE(is_initial(changed));
    changed = v1;
    changed[4] = 9;  // a version nobody uses
    EXPECT_FALSE(is_initial(changed));
    EXPECT_TRUE(is_initial(from_hex("d3 6b3343cf 00 00")));
    EXPECT_TRUE(is_initial(from_hex("c3 ff00001d 00 00")));
    EXPECT_FALSE(is_initial({}));
}

TEST(QuicInitial, ConnectionIdsHaveALimit) {
    for (const std::size_t length : {19U, 20U, 21U}) {
        auto bytes = from_hex("c3 00000001");
        bytes.push_back(static_cast<std::uint8_t>(length));
        bytes.insert(bytes.end(), length, 1);
        bytes.push_back(0);
        EXPECT_EQ(is_initial(bytes), length <= 20) << length;
    }
    for_each_damage(from_hex("c3 00000001 08 0102030405060708 00"),
                    [](ByteView bytes) { (void)is_initial(bytes); });
}

TEST(QuicInitial, APacketIsFoundInItsDatagram) {
    // No token, length 21: a number, sixteen bytes that mask it, and the rest.
    auto bytes = from_hex("c3 00000001 02 0102 00 00 15");
    bytes.insert(bytes.end(), 21, 0x55);
    bytes.push_back(0x40);  // another packet follows
    const InitialView view = read_initial(bytes);
    ASSERT_TRUE(view.whole);
    EXPECT_EQ(view.number_offset, 11U);
    EXPECT_EQ(view.end, 32U);
    EXPECT_EQ(view.destination_id.size(), 2U);
    for (std::size_t size = 0; size < 32; ++size)
        EXPECT_FALSE(read_initial(ByteView(bytes).first(size)).whole) << size;
    bytes[10] = 0x13;  // nineteen bytes have no room for a mask
    EXPECT_FALSE(read_initial(bytes).whole);
    for_each_damage(bytes, [](ByteView damaged) {
        const InitialView damaged_view = read_initial(damaged);
        EXPECT_TRUE(lies_within(damaged_view.destination_id, damaged));
        EXPECT_LE(damaged_view.end, damaged.size());
    });
}

TEST(QuicInitial, ATokenIsSteppedOver) {
    auto bytes = from_hex("c3 00000001 00 00 4003 aabbcc 4015");
    bytes.insert(bytes.end(), 21, 0x55);
    const InitialView view = read_initial(bytes);
    ASSERT_TRUE(view.whole);
    EXPECT_EQ(view.number_offset, 14U);
    bytes[8] = 0xff;  // longer than the datagram
    EXPECT_FALSE(read_initial(bytes).whole);
}

std::vector<std::pair<std::uint64_t, std::size_t>> frames_of(ByteView payload) {
    std::vector<std::pair<std::uint64_t, std::size_t>> found;
    CryptoFrames frames(payload);
    for (CryptoFrame frame; frames.next(frame);)
        found.emplace_back(frame.offset, frame.data.size());
    return found;
}

TEST(CryptoFrames, StandBetweenOtherFrames) {
    using Frames = std::vector<std::pair<std::uint64_t, std::size_t>>;
    // padding, ping, an acknowledgement with one further range, CRYPTO, with ECN, CRYPTO
    const auto payload = from_hex(
        "00 00 01 02 05 00 01 02 03 04 06 00 02 aabb"
        "03 05 00 00 00 01 02 03 06 4400 01 cc 00");
    EXPECT_EQ(frames_of(payload), (Frames{{0, 2}, {1'024, 1}}));
    EXPECT_EQ(frames_of(from_hex("06 00 01 aa 1c 06 00 01 bb")), (Frames{{0, 1}}));
    EXPECT_TRUE(frames_of(from_hex("06 00 03 aabb")).empty());
    EXPECT_TRUE(frames_of(from_hex("02 00 00 bfffffff 00")).empty());
    for_each_damage(payload, [](ByteView bytes) { (void)frames_of(bytes); });
}

}  // namespace
}  // namespace vedette::wire::quic
