// Postings: for each indexed side of a segment, which rows have which key. A segment is up to
// 65,536 consecutive rows, so a row is 16 bits. Keys are sorted and packed into chunks of about 4
// KB:
//
//   chunk   = entry...            id = segment << 36 | dimension << 32 | first key
//   entry   = key - previous key (varint) | bytes << 1 | is bitmap (varint) | rows
//   rows    = first row, then gaps, as varints; or a bitmap of 8,192 bytes
//
// Written once when a segment closes, never changed: an append to the end of one B-tree, where an
// index per column would dirty a page per row. Pure functions and one builder; not thread safe.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "base/bytes.hpp"
#include "store/sqlite/index_keys.hpp"
#include "store/sqlite/write_job.hpp"

namespace vedette::store {

inline constexpr std::uint32_t kSegmentRows = 65'536;

/// Which rows of a segment: one bit each.
class RowSet {
  public:
    void set(std::uint32_t row) noexcept { words_[row >> 6U] |= std::uint64_t{1} << (row & 63U); }
    [[nodiscard]] bool has(std::uint32_t row) const noexcept {
        return (words_[row >> 6U] >> (row & 63U) & 1U) != 0;
    }
    void clear() noexcept { words_.fill(0); }
    void fill() noexcept { words_.fill(~std::uint64_t{0}); }
    void intersect(const RowSet& other) noexcept;
    [[nodiscard]] std::uint32_t count() const noexcept;
    /// The rows in ascending order.
    [[nodiscard]] std::vector<std::uint16_t> rows() const;
    [[nodiscard]] std::array<std::uint64_t, kSegmentRows / 64>& words() noexcept { return words_; }

  private:
    std::array<std::uint64_t, kSegmentRows / 64> words_{};
};

[[nodiscard]] constexpr std::int64_t chunk_id(std::int64_t segment, Dimension dimension,
                                              std::uint32_t key) noexcept {
    return segment << 36U | std::int64_t{static_cast<std::uint8_t>(dimension)} << 32U |
           std::int64_t{key};
}

/// Adds the rows of every key of `keys` (ascending) that stands in the chunk. False when the chunk
/// is damaged.
[[nodiscard]] bool read_chunk(ByteView chunk, std::uint32_t first_key,
                              const std::vector<std::uint32_t>& keys, RowSet& rows);

/// Counts the rows of each key of the chunk.
[[nodiscard]] bool count_chunk(ByteView chunk, std::uint32_t first_key,
                               const std::function<void(std::uint32_t, std::uint32_t)>& count);

/// Gathers the keys of the open segment's rows and writes them out as chunks.
class PostingBuilder {
  public:
    using Emit = std::function<void(Dimension, std::uint32_t first_key, ByteView chunk)>;

    void add(const RowKeys& keys);
    [[nodiscard]] std::uint32_t rows() const noexcept { return rows_; }
    /// Tells every chunk in ascending order of its id, and starts over.
    void finish(const Emit& emit);
    void clear() noexcept;

  private:
    void emit_dimension(Dimension dimension, std::vector<std::uint64_t>& pairs, const Emit& emit);
    void sort_pairs(std::vector<std::uint64_t>& pairs);

    std::array<std::vector<std::uint64_t>, kDimensions> pairs_;  // key << 16 | row
    std::vector<std::uint64_t> scratch_;
    std::vector<std::uint8_t> chunk_;
    std::vector<std::uint8_t> rows_bytes_;
    std::vector<std::uint8_t> list_;
    std::uint32_t rows_ = 0;
};

}  // namespace vedette::store
