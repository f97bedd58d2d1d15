#include "store/sqlite/postings.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

namespace vedette::store {
namespace {

using Chunks = std::map<std::int64_t, std::vector<std::uint8_t>>;  // by chunk_id of segment 1

Chunks finish(PostingBuilder& builder) {
    Chunks chunks;
    std::int64_t before = 0;
    builder.finish([&](Dimension dimension, std::uint32_t first_key, ByteView chunk) {
        const std::int64_t id = chunk_id(1, dimension, first_key);
        EXPECT_GT(id, before);  // ascending: the table only grows at its end
        before = id;
        chunks[id].assign(chunk.begin(), chunk.end());
    });
    return chunks;
}

/// As a reader finds them: the chunk that begins at the key or before it.
std::vector<std::uint16_t> rows_of(const Chunks& chunks, Dimension dimension, std::uint32_t key) {
    RowSet rows;
    auto chunk = chunks.upper_bound(chunk_id(1, dimension, key));
    if (chunk == chunks.begin()) return {};
    --chunk;
    if (chunk->first < chunk_id(1, dimension, 0)) return {};
    EXPECT_TRUE(read_chunk(chunk->second, static_cast<std::uint32_t>(chunk->first), {key}, rows));
    return rows.rows();
}

RowKeys keys_with_name(std::uint32_t name) {
    RowKeys keys;
    keys.client = 7;
    keys.name = name;
    keys.domain = name / 2;
    keys.named = true;
    return keys;
}

TEST(Postings, EveryRowIsFoundUnderItsKeyAndNoOther) {
    std::mt19937 random(1);
    PostingBuilder builder;
    std::map<std::uint32_t, std::vector<std::uint16_t>> wanted;
    for (std::uint32_t row = 0; row < kSegmentRows; ++row) {
        // Many rare keys over the whole range, and a few heavy ones.
        const auto name =
            static_cast<std::uint32_t>(random() % 3 == 0 ? random() : random() % 5 * 1'000'003U);
        wanted[name].push_back(static_cast<std::uint16_t>(row));
        builder.add(keys_with_name(name));
    }
    const Chunks chunks = finish(builder);
    EXPECT_EQ(builder.rows(), 0U);
    std::size_t checked = 0;
    for (const auto& [name, rows] : wanted) {
        if (rows.size() < 3 && checked++ % 50 != 0) continue;
        ASSERT_EQ(rows_of(chunks, Dimension::Name, name), rows) << name;
    }
    EXPECT_TRUE(rows_of(chunks, Dimension::Name, 12'345).empty());
    EXPECT_EQ(rows_of(chunks, Dimension::Client, 7).size(), kSegmentRows);  // a bitmap
    EXPECT_TRUE(rows_of(chunks, Dimension::Vendor, 0).empty());             // none had one
}

TEST(Postings, ManyKeysAreReadFromOneChunk) {
    PostingBuilder builder;
    for (std::uint32_t row = 0; row < 300; ++row)
        builder.add(keys_with_name(row * 10));
    const Chunks chunks = finish(builder);
    RowSet rows;
    const auto first = chunks.lower_bound(chunk_id(1, Dimension::Name, 0));
    ASSERT_TRUE(read_chunk(first->second, static_cast<std::uint32_t>(first->first),
                           {5, 10, 15, 2'000, 2'990, 4'000}, rows));
    EXPECT_EQ(rows.rows(), (std::vector<std::uint16_t>{1, 200, 299}));
}

TEST(Postings, CountsAgreeWithRows) {
    PostingBuilder builder;
    for (std::uint32_t row = 0; row < 20'000; ++row)
        builder.add(keys_with_name(row % 3 == 0 ? 4 : row));
    std::uint64_t sum = 0;
    std::uint32_t fours = 0;
    for (const auto& [id, chunk] : finish(builder)) {
        if (id < chunk_id(1, Dimension::Name, 0) || id >= chunk_id(1, Dimension::Domain, 0))
            continue;
        ASSERT_TRUE(count_chunk(chunk, static_cast<std::uint32_t>(id),
                                [&](std::uint32_t key, std::uint32_t count) {
                                    sum += count;
                                    if (key == 4) fours = count;
                                }));
    }
    EXPECT_EQ(sum, 20'000U);
    EXPECT_EQ(fours, 6'668U);  // every third of 20,000, and row 4
}

TEST(Postings, DamagedChunksAreRefusedNotFollowed) {
    PostingBuilder builder;
    for (std::uint32_t row = 0; row < 200; ++row)
        builder.add(keys_with_name(row % 40 * 70'000));
    const Chunks chunks = finish(builder);
    const auto& whole = chunks.lower_bound(chunk_id(1, Dimension::Name, 0))->second;
    const std::vector<std::uint32_t> keys{0, 70'000, 39 * 70'000};
    for (std::size_t length = 0; length < whole.size(); ++length) {
        const std::vector<std::uint8_t> cut(whole.begin(),
                                            whole.begin() + static_cast<std::ptrdiff_t>(length));
        RowSet rows;
        (void)read_chunk(cut, 0, keys, rows);
        EXPECT_LE(rows.count(), 200U);
    }
    for (std::size_t at = 0; at < whole.size(); ++at) {
        for (unsigned value = 0; value < 256; value += 3) {
            std::vector<std::uint8_t> changed = whole;
            changed[at] = static_cast<std::uint8_t>(value);
            RowSet rows;
            (void)read_chunk(changed, 0, keys, rows);
            (void)count_chunk(changed, 0, [](std::uint32_t, std::uint32_t) {});
        }
    }
    // A row beyond the segment is damage.
    const std::vector<std::uint8_t> beyond{0, 3 << 1, 0xff, 0xff, 0x7f};
    RowSet rows;
    EXPECT_FALSE(read_chunk(beyond, 0, {0}, rows));
}

TEST(Postings, DamageIsTold) {
    RowSet rows;
    const std::vector<std::vector<std::uint8_t>> damaged{
        {0x00, 0x03, 0xff},                                // a bitmap of one byte
        {0xff, 0xff, 0xff, 0xff, 0x0f, 0x02, 0x01},        // a key beyond the last one
        {0x00, 0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f},        // a row beyond the segment
        {0x00, 0x0c, 0x05, 0xfc, 0xff, 0xff, 0xff, 0x0f},  // one that would wrap around
        {0x00, 0x04, 0x01},                                // cut
    };
    for (const auto& chunk : damaged)
        EXPECT_FALSE(read_chunk(chunk, 7, {7, UINT32_MAX}, rows)) << chunk.size();
}

}  // namespace
}  // namespace vedette::store
