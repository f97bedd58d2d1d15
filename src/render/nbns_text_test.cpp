#include "render/nbns_text.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace vedette::render {
namespace {

using namespace std::string_view_literals;

std::string name(std::string_view wire) {
    std::string text;
    append_netbios_name(text, as_bytes(wire));
    return text;
}

TEST(NetbiosText, Names) {
    EXPECT_EQ(name(" FHEPFCELEHFCEPFFFACACACACACACABN\0"sv), "WORKGROUP<1d>");
    EXPECT_EQ(name(" CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\0"sv), "*<00>");
    EXPECT_EQ(name(" CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\5scope\0"sv), "*<00>.scope.");
    EXPECT_EQ(name("\3www\0"sv), "www.");
    // Control bytes inside a name, as in "\1\2__MSBROWSE__\2\1".
    EXPECT_EQ(name(" ABACFPFPENFDECFCEPFHFDEFFPFPACAB\0"sv), "\\001\\002__MSBROWSE__\\002<01>");
}

TEST(NetbiosText, Records) {
    std::string text;
    append_nbns_rdata(text, 32, as_bytes("\0\0\300\0\2\1\0\0\300\0\2\2"sv));
    EXPECT_EQ(text, "192.0.2.1 192.0.2.2");
    text.clear();
    append_nbns_rdata(text, 33, as_bytes("\1HOST           \x20\4\0"sv));
    EXPECT_EQ(text, "HOST<20>");
    text.clear();
    append_nbns_rdata(text, 33, as_bytes("\7"sv));
    EXPECT_EQ(text, "\\# 1 07");
}

}  // namespace
}  // namespace vedette::render
