#include "decode/bounded_map.hpp"

#include <gtest/gtest.h>

#include <unordered_map>

#include "model/address.hpp"

namespace vedette::decode {
namespace {

struct Number {
    int value = 0;
    bool precious = false;
    [[nodiscard]] std::uint8_t worth() const noexcept { return precious ? 1 : 0; }
};
struct MixHash {
    std::size_t operator()(std::uint64_t key) const noexcept { return mix64(key); }
};
/// Everything collides: probing and shifting are all there is.
struct SameHash {
    std::size_t operator()(std::uint64_t) const noexcept { return 0x1234567812345678ULL; }
};

constexpr auto kIgnore = [](const auto&, const auto&) {};

// A long random life beside std::unordered_map: same answers at every step.
template <typename Hash>
void live_beside_reference(std::uint64_t keys, int steps) {
    BoundedMap<std::uint64_t, Number, Hash> map(1024);
    std::unordered_map<std::uint64_t, int> reference;
    std::uint64_t state = 7;
    for (int step = 0; step < steps; ++step) {
        state = mix64(state + 0x9e3779b97f4a7c15ULL);
        const std::uint64_t key = state % keys;
        if (state >> 60U < 10) {
            map.at(map.obtain(key, kIgnore)).value = step;
            reference[key] = step;
        } else {
            ASSERT_EQ(map.erase(key), reference.erase(key) == 1);
        }
        const auto known = reference.find(key);
        ASSERT_EQ(map.find(key) != map.kNoSlot, known != reference.end());
        if (known != reference.end()) {
            ASSERT_EQ(map.at(map.find(key)).value, known->second);
        }
        ASSERT_EQ(map.size(), reference.size());
    }
    EXPECT_EQ(map.forgotten(), 0U);
}

TEST(BoundedMap, AgreesWithAnUnboundedMapBelowItsCapacity) {
    live_beside_reference<MixHash>(700, 50'000);
}
TEST(BoundedMap, AgreesWhenEverythingCollides) {
    live_beside_reference<SameHash>(60, 20'000);
}

TEST(BoundedMap, StaysWithinItsCapacityAndTellsWhoLeft) {
    for (const std::uint32_t capacity : {1U, 2U, 7U, 8U, 9U, 64U}) {
        BoundedMap<std::uint64_t, Number, MixHash> map(capacity);
        std::size_t left = 0;
        for (std::uint64_t key = 0; key < 1000; ++key) {
            map.obtain(key, [&](std::uint64_t gone, const Number&) {
                ++left;
                EXPECT_NE(gone, key);
            });
            ASSERT_LE(map.size(), capacity);
            ASSERT_NE(map.find(key), map.kNoSlot);
        }
        EXPECT_EQ(left, 1000 - capacity);
        EXPECT_EQ(map.forgotten(), left);
    }
}

TEST(BoundedMap, UsedAndWorthyEntriesStay) {
    BoundedMap<std::uint64_t, Number, MixHash> map(64);
    for (std::uint64_t key = 0; key < 64; ++key) {
        map.at(map.obtain(key, kIgnore)).precious = key == 5;
    }
    for (std::uint64_t key = 1000; key < 3000; ++key) {
        map.obtain(key, kIgnore);
        ASSERT_NE(map.find(9), map.kNoSlot) << key;  // used all the time
    }
    EXPECT_NE(map.peek(5), map.kNoSlot);  // worthy, never used again
    EXPECT_EQ(map.peek(6), map.kNoSlot);
}

TEST(BoundedMap, SlotsCanBeCheckedLater) {
    BoundedMap<std::uint64_t, Number, MixHash> map(4);
    const std::uint32_t slot = map.obtain(1, kIgnore);
    EXPECT_TRUE(map.holds(slot, 1));
    map.erase(1);
    EXPECT_FALSE(map.holds(slot, 1));
    EXPECT_FALSE(map.holds(map.kNoSlot, 1));
}

}  // namespace
}  // namespace vedette::decode
