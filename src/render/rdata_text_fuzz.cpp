// Any bytes as RDATA of any type: one printable line; names survive text and back.
#include <algorithm>
#include <cstdint>
#include <string>

#include "base/assert.hpp"
#include "render/edns_text.hpp"
#include "render/name_text.hpp"
#include "render/rdata_text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette;
    if (size < 2) return 0;
    const ByteView input(data, size);
    const auto type = static_cast<std::uint16_t>(input[0] << 8U | input[1]);
    const ByteView rdata = input.subspan(2);
    const auto printable = [](char c) { return c >= ' ' && c <= '~'; };
    VEDETTE_ASSERT(std::ranges::all_of(render::rdata_text(type, rdata), printable));
    for (const render::EdnsOption& option : render::edns_options(rdata)) {
        VEDETTE_ASSERT(std::ranges::all_of(option.text, printable));
    }
    if (wire::dns::is_wire_name(rdata)) {
        const auto name = render::parse_name(render::name_text(rdata));
        VEDETTE_ASSERT(name && std::ranges::equal(name->view(), rdata));
    }
    if (const auto name = render::parse_name(as_text(rdata))) {
        const auto again = render::parse_name(render::name_text(name->view()));
        VEDETTE_ASSERT(again && std::ranges::equal(again->view(), name->view()));
    }
    return 0;
}
