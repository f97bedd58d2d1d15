// Any bytes become one line of valid UTF-8 without a control character, and clipping keeps within
// the columns it is given.
#include <string>

#include "base/assert.hpp"
#include "base/utf8.hpp"
#include "render/table/safe_text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette;
    using namespace vedette::render;
    if (size == 0) return 0;
    const std::string text = safe_text({reinterpret_cast<const char*>(data) + 1, size - 1});
    for (std::size_t i = 0; i < text.size();) {
        const Utf8Character c = utf8_at(text, i);
        VEDETTE_ASSERT(c.length > 0);
        VEDETTE_ASSERT(c.code >= 0x20 && !(c.code >= 0x7f && c.code < 0xa0));
        i += c.length;
    }
    const std::size_t columns = data[0] % 40;
    VEDETTE_ASSERT(display_width(clip_text(text, columns)) <= columns);
    return 0;
}
