#include "decode/ip_defragmenter.hpp"

#include <gtest/gtest.h>

#include <array>
#include <numeric>

namespace vedette::decode {
namespace {

using wire::AnomalyId;

constexpr std::array<std::uint8_t, 4> kSource{192, 0, 2, 1};
constexpr std::array<std::uint8_t, 4> kDestination{192, 0, 2, 2};

/// Fragments of one datagram whose byte i is `i + shift`.
struct Sender {
    std::vector<std::uint8_t> bytes;
    std::uint32_t id = 7;

    explicit Sender(std::size_t size, int shift = 0) : bytes(size) {
        std::iota(bytes.begin(), bytes.end(), static_cast<std::uint8_t>(shift));
    }
    [[nodiscard]] wire::ip::IpView part(std::uint32_t offset, std::size_t size, bool more) const {
        wire::ip::IpView view;
        view.version = 4;
        view.protocol = 17;
        view.fragment = true;
        view.fragment_offset = offset;
        view.fragment_id = id;
        view.more_fragments = more;
        view.source = ByteView(kSource);
        view.destination = ByteView(kDestination);
        view.payload = ByteView(bytes).subspan(offset < bytes.size() ? offset : 0, size);
        return view;
    }
};

constexpr Timestamp at(std::int64_t seconds) {
    return Timestamp::from_seconds(seconds);
}

TEST(IpDefragmenter, AnyOrderMakesTheWhole) {
    const Sender sender(40);
    std::array<int, 3> order{0, 1, 2};
    do {
        IpDefragmenter fragments(1U << 20U);
        const std::array<wire::ip::IpView, 3> parts{
            sender.part(0, 16, true), sender.part(16, 16, true), sender.part(32, 8, false)};
        EXPECT_FALSE(fragments.add(at(1), parts[order[0]]).complete);
        EXPECT_FALSE(fragments.add(at(1), parts[order[1]]).complete);
        const auto result = fragments.add(at(1), parts[order[2]]);
        ASSERT_TRUE(result.complete);
        EXPECT_FALSE(result.damage);
        EXPECT_EQ(result.protocol, 17);
        EXPECT_TRUE(std::ranges::equal(result.payload, sender.bytes));
        EXPECT_EQ(fragments.buffered_bytes(), 0U);
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST(IpDefragmenter, DuplicatesAreHarmlessOverlapsAreTold) {
    const Sender sender(32);
    const Sender forger(32, 100);
    IpDefragmenter fragments(1U << 20U);
    EXPECT_FALSE(fragments.add(at(1), sender.part(0, 16, true)).damage);
    EXPECT_FALSE(fragments.add(at(1), sender.part(0, 16, true)).damage);
    EXPECT_EQ(fragments.add(at(1), forger.part(0, 16, true)).damage.id, AnomalyId::FragmentOverlap);
    EXPECT_EQ(fragments.add(at(1), forger.part(8, 16, true)).damage.id, AnomalyId::FragmentOverlap);
    const auto result = fragments.add(at(1), sender.part(24, 8, false));
    ASSERT_TRUE(result.complete);
    // What came first stays; only bytes that were missing come from the overlapping fragment.
    EXPECT_TRUE(std::ranges::equal(result.payload.first(16), ByteView(sender.bytes).first(16)));
    EXPECT_EQ(result.payload[16], forger.bytes[16]);
}

TEST(IpDefragmenter, ContradictingEndsAreTold) {
    const Sender sender(64);
    IpDefragmenter fragments(1U << 20U);
    EXPECT_FALSE(fragments.add(at(1), sender.part(16, 16, false)).damage);
    EXPECT_EQ(fragments.add(at(1), sender.part(24, 16, false)).damage.id,
              AnomalyId::FragmentOverlap);
    EXPECT_EQ(fragments.add(at(1), sender.part(32, 16, true)).damage.id,
              AnomalyId::FragmentOverlap);
    EXPECT_TRUE(fragments.add(at(1), sender.part(0, 16, true)).complete);
}

TEST(IpDefragmenter, LengthAtTheLimit) {
    const Sender sender(65'528);
    for (const std::size_t extra : {6U, 7U, 8U}) {
        IpDefragmenter fragments(1U << 20U);
        wire::ip::IpView last = sender.part(0, extra, false);
        last.fragment_offset = 65'528;
        const bool too_long = fragments.add(at(1), last).damage.id == AnomalyId::FragmentTooLong;
        EXPECT_EQ(too_long, extra == 8U) << extra;
    }
}

TEST(IpDefragmenter, TheBudgetHoldsAndTheOldestLeaves) {
    constexpr std::uint32_t kBudget = 10'000;
    IpDefragmenter fragments(kBudget);
    Sender sender(1'008);
    std::uint32_t dropped = 0;
    for (std::uint32_t id = 0; id < 100; ++id) {
        sender.id = id;
        dropped += fragments.add(at(1), sender.part(0, 1'000, true)).dropped;
        EXPECT_LE(fragments.buffered_bytes(), kBudget);
    }
    EXPECT_EQ(dropped, 93U);  // seven of 1,256 bytes fit
    EXPECT_TRUE(fragments.add(at(1), sender.part(1'000, 8, false)).complete);
    sender.id = 0;
    EXPECT_FALSE(fragments.add(at(1), sender.part(1'000, 8, false)).complete);
}

TEST(IpDefragmenter, OldPartsTimeOut) {
    const Sender sender(16);
    IpDefragmenter fragments(1U << 20U);
    EXPECT_FALSE(fragments.add(at(1), sender.part(0, 8, true)).complete);
    const auto result = fragments.add(at(62), sender.part(8, 8, false));
    EXPECT_FALSE(result.complete);
    EXPECT_EQ(result.timed_out, 1U);
}

TEST(IpDefragmenter, DatagramsAreToldApart) {
    Sender sender(16);
    IpDefragmenter fragments(1U << 20U);
    EXPECT_FALSE(fragments.add(at(1), sender.part(0, 8, true)).complete);
    wire::ip::IpView other = sender.part(8, 8, false);
    other.protocol = 6;
    EXPECT_FALSE(fragments.add(at(1), other).complete);
    sender.id = 8;
    EXPECT_FALSE(fragments.add(at(1), sender.part(8, 8, false)).complete);
    sender.id = 7;
    EXPECT_TRUE(fragments.add(at(1), sender.part(8, 8, false)).complete);
}

}  // namespace
}  // namespace vedette::decode
