// A chunk from a damaged database: either it is called damaged, or every row it tells is a row of
// a segment, as often as the count says.
#include <algorithm>
#include <cstdlib>
#include <map>

#include "base/assert.hpp"
#include "store/sqlite/postings.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette;
    using namespace vedette::store;
    if (size < 4) return 0;
    const std::uint32_t first_key = static_cast<std::uint32_t>(data[0]) << 8U | data[1];
    const ByteView chunk(data + 2, size - 2);

    std::map<std::uint32_t, std::uint32_t> counts;
    const bool counted = count_chunk(chunk, first_key, [&](std::uint32_t key, std::uint32_t rows) {
        VEDETTE_ASSERT(key >= first_key && rows <= std::max<std::size_t>(kSegmentRows, size));
        if (counts.size() < 64 || counts.contains(key)) counts[key] += rows;
    });
    for (const auto& [key, told] : counts) {
        RowSet rows;
        const bool read = read_chunk(chunk, first_key, {key}, rows);
        // Rows listed twice are one row; damage behind the key may go unseen when only it is read.
        VEDETTE_ASSERT(!counted || !read || rows.count() <= told);
    }
    RowSet rows;
    const std::vector<std::uint32_t> keys{first_key, first_key + 1, first_key + 300};
    if (read_chunk(chunk, first_key, keys, rows)) {
        for (const std::uint16_t row : rows.rows())
            VEDETTE_ASSERT(rows.has(row));
    }
    return 0;
}
