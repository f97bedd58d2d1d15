#include "render/json/json_line.hpp"

#include <gtest/gtest.h>

namespace vedette::render {
namespace {

std::string quoted(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

TEST(JsonString, EscapesWhatWouldBreakTheLine) {
    EXPECT_EQ(quoted("louvre.fr."), "\"louvre.fr.\"");
    EXPECT_EQ(quoted("a\"b\\c\n"), "\"a\\\"b\\\\c\\n\"");
    EXPECT_EQ(quoted(std::string_view("\x1b[31m\0\x7f", 7)), "\"\\u001b[31m\\u0000\\u007f\"");
}

TEST(JsonString, KeepsUtf8AndReplacesTheRest) {
    EXPECT_EQ(quoted("caf\xc3\xa9 \xf0\x9f\x90\x8e"), "\"caf\xc3\xa9 \xf0\x9f\x90\x8e\"");
    EXPECT_EQ(quoted("\xff"), "\"\xef\xbf\xbd\"");
    EXPECT_EQ(quoted("\xc0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\"");  // overlong
    EXPECT_EQ(quoted("\xed\xa0\x80").size(), 2U + 9U);              // surrogate
    EXPECT_EQ(quoted("\xe2\x82"), "\"\xef\xbf\xbd\xef\xbf\xbd\"");  // cut short
}

TEST(JsonLine, WritesOneObject) {
    std::string out;
    JsonLine line(out);
    line.seconds("ts", 1'500'000'000).text("query", "a.").number("qtype", 1).boolean("AA", true);
    line.begin_array("answers").item("192.0.2.1").item("b.").end_array();
    line.begin_array("TTLs").item(60).end_array().begin_array("none").end_array().raw("x", "null");
    line.finish();
    EXPECT_EQ(out,
              "{\"ts\":1.500000,\"query\":\"a.\",\"qtype\":1,\"AA\":true,"
              "\"answers\":[\"192.0.2.1\",\"b.\"],\"TTLs\":[60],\"none\":[],\"x\":null}\n");
}

TEST(JsonLine, NegativeTimesKeepTheirSign) {
    std::string out;
    JsonLine(out).seconds("ts", -1'500'000).finish();
    EXPECT_EQ(out, "{\"ts\":-0.001500}\n");
}

}  // namespace
}  // namespace vedette::render
