#include "render/rdata_text.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "render/edns_text.hpp"

namespace vedette::render {
namespace {

using Bytes = std::vector<std::uint8_t>;

struct Case {
    std::uint16_t type;
    Bytes rdata;
    std::string_view text;
};

class RdataText : public testing::TestWithParam<Case> {};

TEST_P(RdataText, PrintsAsDig) {
    EXPECT_EQ(rdata_text(GetParam().type, GetParam().rdata), GetParam().text);
}

INSTANTIATE_TEST_SUITE_P(
    Types, RdataText,
    testing::Values(Case{1, {192, 0, 2, 1}, "192.0.2.1"}, Case{1, {192, 0, 2}, "\\# 3 C00002"},
                    Case{15, {0, 10, 2, 'm', 'x', 0}, "10 mx."},
                    Case{16, {5, 'a', '"', '\\', 1, 255, 0}, "\"a\\\"\\\\\\001\\255\" \"\""},
                    Case{65399, {1, 2, 3}, "\\# 3 010203"}, Case{65399, {}, "\\# 0"},
                    Case{257, {0, 5, 'i', 's', 's', 'u', 'e', 'x'}, "0 issue \"x\""},
                    Case{47, {0, 0, 1, 0x40}, ". A"},
                    Case{29,
                         {0, 0x12, 0x16, 0x13, 0x8b, 0x0d, 0x2d, 0x8c, 0x7f, 0xf8, 0xfc, 0xa5, 0,
                          0x98, 0x96, 0x80},
                         "51 30 13.004 N 00 07 39.611 W 0m 1m 10000m 10m"}));

}  // namespace
}  // namespace vedette::render
