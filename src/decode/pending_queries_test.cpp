#include "decode/pending_queries.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <random>

namespace vedette::decode {
namespace {

constexpr auto kAny = [](std::uint32_t) { return true; };

PendingQuery make(std::uint16_t id, std::uint64_t packet) {
    PendingQuery query;
    query.key.client = IpAddress::from_v4(0xc0000200U);
    query.key.id = id;
    query.packet = packet;
    return query;
}

// The table against a plain list: random insertions, look-ups and erasures, with few enough ids
// that keys repeat.
TEST(PendingQueries, AgreesWithAPlainList) {
    PendingQueries table(500, 1U << 20U, 42);
    std::deque<std::pair<std::uint16_t, std::uint64_t>> model;  // id, packet; oldest first
    std::mt19937 random(7);
    for (std::uint64_t step = 1; step < 200'000; ++step) {
        const auto id = static_cast<std::uint16_t>(random() % 200);
        const PendingQuery query = make(id, step);
        const std::uint32_t hash = table.hash(query.key);
        const std::vector<std::uint8_t> message(random() % 200, static_cast<std::uint8_t>(step));
        if (random() % 2 == 0) {
            const std::uint32_t victim = table.must_leave(hash, message.size());
            if (victim != PendingQueries::kNone) {
                const std::uint64_t packet = table.at(victim).packet;
                const auto known =
                    std::ranges::find(model, packet, &decltype(model)::value_type::second);
                ASSERT_NE(known, model.end());
                model.erase(known);
                table.erase(victim);
            }
            ASSERT_EQ(table.must_leave(hash, message.size()), PendingQueries::kNone);
            const std::uint32_t slot = table.insert(query, hash, message);
            ByteArena arena;
            const ByteView copy = arena.view(table.copy_message(slot, arena));
            ASSERT_TRUE(std::ranges::equal(copy, message));
            model.emplace_back(id, step);
        } else {
            const auto expected = std::ranges::find(model, id, &decltype(model)::value_type::first);
            const std::uint32_t slot = table.find(query.key, hash, kAny);
            ASSERT_EQ(slot == PendingQueries::kNone, expected == model.end());
            if (slot == PendingQueries::kNone) continue;
            ASSERT_EQ(table.at(slot).packet, expected->second);  // the oldest with this key
            table.erase(slot);
            model.erase(expected);
        }
        ASSERT_EQ(table.size(), model.size());
        if (!model.empty()) {
            ASSERT_EQ(table.at(table.oldest()).packet, model.front().second);
        }
    }
}

TEST(PendingQueries, AlikeQueriesAreBounded) {
    PendingQueries table(1000, 1U << 20U, 42);
    const PendingQuery query = make(1, 1);
    const std::uint32_t hash = table.hash(query.key);
    for (unsigned i = 0; i < PendingQueries::kMaxAlike; ++i) {
        ASSERT_EQ(table.must_leave(hash, 10), PendingQueries::kNone);
        table.insert(make(1, i + 1), hash, {});
    }
    const std::uint32_t victim = table.must_leave(hash, 10);
    ASSERT_NE(victim, PendingQueries::kNone);
    EXPECT_EQ(table.at(victim).packet, 1U);
}

TEST(PendingQueries, RenewedQueriesExpireLast) {
    PendingQueries table(10, 1U << 20U, 42);
    const std::uint32_t first = table.insert(make(1, 1), table.hash(make(1, 1).key), {});
    table.insert(make(2, 2), table.hash(make(2, 2).key), {});
    table.renew(first, Timestamp::from_seconds(5));
    EXPECT_EQ(table.at(table.oldest()).packet, 2U);
    EXPECT_EQ(table.at(first).alive, Timestamp::from_seconds(5));
}

TEST(PendingQueries, NamesAcrossBlocksAreWhole) {
    PendingQueries table(10, 1U << 20U, 42);
    for (unsigned length = 1; length <= 255; ++length) {
        std::vector<std::uint8_t> message(12 + length + 4);
        for (std::size_t i = 0; i < message.size(); ++i)
            message[i] = static_cast<std::uint8_t>(i);
        PendingQuery query = make(1, 1);
        query.qname_length = static_cast<std::uint8_t>(length);
        const std::uint32_t slot = table.insert(query, table.hash(query.key), message);
        wire::dns::NameBuffer buffer;
        ASSERT_TRUE(std::ranges::equal(table.question_name(slot, buffer),
                                       ByteView(message).subspan(12, length)));
        table.erase(slot);
    }
}

}  // namespace
}  // namespace vedette::decode
