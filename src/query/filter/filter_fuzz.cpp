// Any text either parses, and then prints as text that parses to the same filter, or is explained
// with a caret inside it and without a control character.
#include <cstdlib>
#include <string_view>

#include "base/assert.hpp"
#include "query/filter/parse.hpp"
#include "query/filter/print.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette;
    constexpr Timestamp kNow{1'795'258'862'000'000'000};
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto filter = query::parse_filter(text, kNow);
    if (!filter) {
        VEDETTE_ASSERT(filter.error().offset <= text.size());
        for (const char c : query::explain(text, filter.error())) {
            VEDETTE_ASSERT(c == '\n' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f));
        }
        return 0;
    }
    const auto again = query::parse_filter(query::to_text(*filter), kNow);
    // Printing may be longer than what was typed; only then may it pass the limit.
    if (!again) {
        VEDETTE_ASSERT(query::to_text(*filter).size() > query::kMaxFilterBytes);
        return 0;
    }
    VEDETTE_ASSERT(*again == *filter);
    return 0;
}
