#include "store/sqlite/postings.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "wire/reader/reader.hpp"

namespace vedette::store {
namespace {

constexpr std::size_t kMaxVarint = 5;
constexpr std::size_t kBitmapBytes = kSegmentRows / 8;
/// Two chunks and their cells fill a page of 8 KiB; a longer list has a chunk of its own.
constexpr std::size_t kChunkBytes = 4'060;

void put_varint(std::vector<std::uint8_t>& out, std::uint32_t value) {
    while (value >= 0x80) {
        out.push_back(static_cast<std::uint8_t>(value | 0x80U));
        value >>= 7U;
    }
    out.push_back(static_cast<std::uint8_t>(value));
}

std::uint32_t take_varint(wire::Reader& in) noexcept {
    std::uint32_t value = 0;
    for (unsigned shift = 0; shift < 32; shift += 7) {
        const std::uint8_t byte = in.u8();
        value |= std::uint32_t{byte & 0x7fU} << shift;
        if (byte < 0x80) return value;
    }
    in.fail();
    return 0;
}

/// One entry of a chunk.
struct Entry {
    std::uint32_t key = 0;
    bool bitmap = false;
    bool sound = true;  ///< false: the chunk is damaged here
    ByteView rows;
};

bool next_entry(wire::Reader& in, Entry& entry) noexcept {
    if (in.at_end()) return false;
    const std::uint32_t gap = take_varint(in);
    const std::uint32_t header = take_varint(in);
    entry.sound = gap <= UINT32_MAX - entry.key;  // keys ascend
    entry.key += gap;
    entry.bitmap = (header & 1U) != 0;
    entry.rows = in.bytes(header >> 1U);
    entry.sound = entry.sound && in.ok() && (!entry.bitmap || entry.rows.size() == kBitmapBytes);
    return entry.sound;
}

bool add_rows(const Entry& entry, RowSet& rows) noexcept {
    if (entry.bitmap) {
        for (std::size_t i = 0; i < rows.words().size(); ++i) {
            std::uint64_t word = 0;
            std::memcpy(&word, entry.rows.data() + i * 8, 8);
            rows.words()[i] |= word;
        }
        return true;
    }
    wire::Reader in(entry.rows);
    std::uint32_t row = 0;
    while (!in.at_end()) {
        const std::uint32_t gap = take_varint(in);
        if (!in.ok() || gap >= kSegmentRows - row) return false;
        row += gap;
        rows.set(row);
    }
    return in.ok();
}

std::uint32_t count_rows(const Entry& entry) noexcept {
    std::uint32_t count = 0;
    for (const std::uint8_t byte : entry.rows) {
        count += entry.bitmap ? static_cast<std::uint32_t>(std::popcount(byte)) : byte < 0x80;
    }
    return count;
}

/// The rows of the pairs [begin, end), which share a key, in the shorter of the two forms.
void put_rows(std::vector<std::uint8_t>& out, const std::uint64_t* begin, const std::uint64_t* end,
              std::vector<std::uint8_t>& scratch) {
    scratch.clear();
    std::uint32_t previous = 0;
    for (const std::uint64_t* pair = begin; pair != end; ++pair) {
        const auto row = static_cast<std::uint32_t>(*pair & 0xffffU);
        put_varint(scratch, row - previous);
        previous = row;
    }
    if (scratch.size() > kBitmapBytes) {
        scratch.assign(kBitmapBytes, 0);
        for (const std::uint64_t* pair = begin; pair != end; ++pair) {
            const auto row = static_cast<std::uint32_t>(*pair & 0xffffU);
            scratch[row / 8] = static_cast<std::uint8_t>(scratch[row / 8] | 1U << row % 8);
        }
        put_varint(out, static_cast<std::uint32_t>(kBitmapBytes) << 1U | 1U);
    } else {
        put_varint(out, static_cast<std::uint32_t>(scratch.size()) << 1U);
    }
    out.insert(out.end(), scratch.begin(), scratch.end());
}

}  // namespace

static_assert(std::endian::native == std::endian::little, "bitmaps are little-endian in the file");

void RowSet::intersect(const RowSet& other) noexcept {
    for (std::size_t i = 0; i < words_.size(); ++i)
        words_[i] &= other.words_[i];
}

std::uint32_t RowSet::count() const noexcept {
    std::uint32_t count = 0;
    for (const std::uint64_t word : words_)
        count += static_cast<std::uint32_t>(std::popcount(word));
    return count;
}

std::vector<std::uint16_t> RowSet::rows() const {
    std::vector<std::uint16_t> rows;
    for (std::size_t i = 0; i < words_.size(); ++i) {
        for (std::uint64_t word = words_[i]; word != 0; word &= word - 1) {
            rows.push_back(static_cast<std::uint16_t>(
                i * 64 + static_cast<std::size_t>(std::countr_zero(word))));
        }
    }
    return rows;
}

bool read_chunk(ByteView chunk, std::uint32_t first_key, const std::vector<std::uint32_t>& keys,
                RowSet& rows) {
    wire::Reader in(chunk);
    Entry entry;
    entry.key = first_key;
    auto wanted = std::ranges::lower_bound(keys, first_key);
    while (wanted != keys.end() && next_entry(in, entry)) {
        while (wanted != keys.end() && *wanted < entry.key)
            ++wanted;
        if (wanted == keys.end() || *wanted != entry.key) continue;
        if (!add_rows(entry, rows)) return false;
    }
    return entry.sound;
}

bool count_chunk(ByteView chunk, std::uint32_t first_key,
                 const std::function<void(std::uint32_t, std::uint32_t)>& count) {
    wire::Reader in(chunk);
    Entry entry;
    entry.key = first_key;
    while (next_entry(in, entry))
        count(entry.key, count_rows(entry));
    return entry.sound;
}

void PostingBuilder::add(const RowKeys& keys) {
    const std::uint64_t row = rows_++;
    const auto put = [&](Dimension dimension, std::uint64_t key) {
        pairs_[static_cast<std::size_t>(dimension) - 1].push_back(key << 16U | row);
    };
    put(Dimension::Client, keys.client);
    if (keys.vendor != 0) put(Dimension::Vendor, keys.vendor);
    if (keys.named) {
        put(Dimension::Name, keys.name);
        put(Dimension::Domain, keys.domain);
        put(Dimension::Type, keys.type);
    }
    put(Dimension::Server, keys.server);
    put(Dimension::Form, keys.form);
}

void PostingBuilder::clear() noexcept {
    for (auto& pairs : pairs_)
        pairs.clear();
    rows_ = 0;
}

void PostingBuilder::finish(const Emit& emit) {
    for (std::size_t i = 0; i < kDimensions; ++i) {
        if (!pairs_[i].empty()) emit_dimension(static_cast<Dimension>(i + 1), pairs_[i], emit);
    }
    clear();
}

/// Radix sort by key, least byte first; rows are in order already and each pass is stable. Passes
/// whose byte is the same everywhere are skipped, so small ids take one or two.
void PostingBuilder::sort_pairs(std::vector<std::uint64_t>& pairs) {
    std::array<std::array<std::uint32_t, 256>, 4> counts{};
    for (const std::uint64_t pair : pairs) {
        for (std::size_t byte = 0; byte < 4; ++byte)
            ++counts[byte][pair >> (16U + 8U * byte) & 0xffU];
    }
    scratch_.resize(pairs.size());
    for (std::size_t byte = 0; byte < 4; ++byte) {
        const unsigned shift = 16U + 8U * static_cast<unsigned>(byte);
        if (counts[byte][pairs.front() >> shift & 0xffU] == pairs.size()) continue;
        std::uint32_t start = 0;
        for (std::uint32_t& count : counts[byte])
            start += std::exchange(count, start);
        for (const std::uint64_t pair : pairs)
            scratch_[counts[byte][pair >> shift & 0xffU]++] = pair;
        pairs.swap(scratch_);
    }
}

void PostingBuilder::emit_dimension(Dimension dimension, std::vector<std::uint64_t>& pairs,
                                    const Emit& emit) {
    sort_pairs(pairs);
    std::uint32_t first = 0;
    std::uint32_t previous = 0;
    chunk_.clear();
    for (std::size_t i = 0; i < pairs.size();) {
        const auto key = static_cast<std::uint32_t>(pairs[i] >> 16U);
        std::size_t end = i + 1;
        while (end < pairs.size() && pairs[end] >> 16U == key)
            ++end;
        rows_bytes_.clear();
        put_rows(rows_bytes_, pairs.data() + i, pairs.data() + end, list_);
        if (!chunk_.empty() && chunk_.size() + kMaxVarint + rows_bytes_.size() > kChunkBytes) {
            emit(dimension, first, chunk_);
            chunk_.clear();
        }
        if (chunk_.empty()) first = previous = key;
        put_varint(chunk_, key - previous);
        chunk_.insert(chunk_.end(), rows_bytes_.begin(), rows_bytes_.end());
        previous = key;
        i = end;
    }
    if (!chunk_.empty()) emit(dimension, first, chunk_);
}

}  // namespace vedette::store
