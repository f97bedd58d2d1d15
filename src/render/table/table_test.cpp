#include <gtest/gtest.h>

#include <array>

#include "base/utf8.hpp"
#include "render/table/delimited.hpp"
#include "render/table/safe_text.hpp"
#include "render/table/text_table.hpp"

namespace vedette::render {
namespace {

TEST(SafeText, EscapesWhatCouldSteerATerminal) {
    EXPECT_EQ(safe_text("\x1b[31mred\x07\n\r\t\x7f"), "\\x1b[31mred\\x07\\x0a\\x0d\\x09\\x7f");
    EXPECT_EQ(safe_text("\xc2\x9b"
                        "31m"),
              "\\u{009b}31m");  // C1 control sequence introducer
    EXPECT_EQ(safe_text("a\xe2\x80\xae"
                        "b"),
              "a\\u{202e}b");  // right-to-left override
    EXPECT_EQ(safe_text("\xff\xc0\x80"), "\\xff\\xc0\\x80");
    EXPECT_EQ(safe_text(std::string_view("\0", 1)), "\\x00");
}

TEST(SafeText, KeepsWhatPeopleWrite) {
    EXPECT_EQ(safe_text("caf\xc3\xa9 \xe6\x9d\xb1\xe4\xba\xac \xf0\x9f\x90\x8e"),
              "caf\xc3\xa9 \xe6\x9d\xb1\xe4\xba\xac \xf0\x9f\x90\x8e");
}

TEST(SafeText, EveryByteStaysOnOneLine) {
    for (int a = 0; a < 256; ++a) {
        for (int b = 0; b < 256; ++b) {
            const std::array<char, 2> bytes{static_cast<char>(a), static_cast<char>(b)};
            const std::string text = safe_text({bytes.data(), 2});
            for (std::size_t i = 0; i < text.size();) {
                const Utf8Character c = utf8_at(text, i);
                ASSERT_GT(c.length, 0U) << a << ' ' << b;
                ASSERT_TRUE(c.code >= 0x20 && !(c.code >= 0x7f && c.code < 0xa0)) << a << ' ' << b;
                i += c.length;
            }
        }
    }
}

TEST(DisplayWidth, CountsColumns) {
    EXPECT_EQ(display_width("caf\xc3\xa9"), 4U);
    EXPECT_EQ(display_width("e\xcc\x81"), 1U);
    EXPECT_EQ(display_width("\xe6\x9d\xb1\xe4\xba\xac"), 4U);
    EXPECT_EQ(clip_text("\xe6\x9d\xb1\xe4\xba\xac", 3), "\xe6\x9d\xb1…");
    EXPECT_EQ(clip_text("\xe6\x9d\xb1\xe4\xba\xac", 2), "…");
    EXPECT_EQ(clip_text("abc", 3), "abc");
    EXPECT_EQ(clip_text("abcd", 3), "ab…");
    EXPECT_EQ(clip_text("abcd", 0), "");
}

TEST(TextTable, AlignsAndCuts) {
    TextTable table({{"name", Align::Left, 6}, {"n", Align::Right, 0}, {"host", Align::Left, 0}},
                    Color::Off);
    table.add({{"a-rather-long-name"}, {"7"}, {"caf\xc3\xa9"}});
    table.add({{"b"}, {"1234"}, {""}});
    std::string out;
    table.flush(out, 20);
    EXPECT_EQ(out,
              "name         n  host\n"
              "a-rathe…     7  caf\xc3\xa9\n"
              "b         1234\n");
    table.add({{"\x1b[2J"}, {"1"}, {"x"}});
    out.clear();
    table.flush(out, 20);
    EXPECT_EQ(out, "\\x1b[2J      1  x\n");
}

TEST(TextTable, NeverCutsBelowWhatAColumnAllows) {
    TextTable table({{"a", Align::Left, 4}, {"b"}}, Color::Off);
    table.add({{"12345678"}, {"fixed"}});
    std::string out;
    table.flush(out, 1);
    EXPECT_EQ(out, "a     b\n123…  fixed\n");
}

TEST(TextTable, LeavesColumnsOutInTheirOrderWhenTheTerminalIsNarrow) {
    const std::vector<TextColumn> columns{{"name", Align::Left, 4},
                                          {"maker", Align::Left, 5, Presence::Always, 2},
                                          {"count", Align::Right, 0, Presence::Always, 1}};
    const auto shown = [&](std::size_t width) {
        TextTable table(columns, Color::Off);
        table.add({{"a-long-name"}, {"somebody"}, {"12345"}});
        std::string out;
        table.flush(out, width);
        return out;
    };
    EXPECT_EQ(shown(18), "name  maker  count\na-l…  some…  12345\n");
    EXPECT_EQ(shown(17), "name     maker\na-long…  somebody\n");
    EXPECT_EQ(shown(10), "name\na-long-na…\n");
}

TEST(TextTable, ColourWrapsTheTextNotThePadding) {
    TextTable table({{"a"}, {"b"}}, Color::On);
    table.add({{"x", Tone::Bad}, {"y"}});
    std::string out;
    table.flush(out, 0);
    EXPECT_EQ(out, "\x1b[1ma\x1b[0m  \x1b[1mb\x1b[0m\n\x1b[31mx\x1b[0m  y\n");
}

TEST(Delimited, QuotesAndDisarms) {
    const std::array<std::string, 6> cells{"a,b", "q\"q", "=1+1", "-x", "", "two\nlines"};
    std::string csv;
    append_csv(csv, cells);
    EXPECT_EQ(csv, "\"a,b\",\"q\"\"q\",'=1+1,'-x,,\"two\nlines\"\n");
    std::string tsv;
    append_tsv(tsv, std::array<std::string, 3>{"a\tb", "c\\d\n", "=1"});
    EXPECT_EQ(tsv, "a\\tb\tc\\\\d\\n\t=1\n");
}

}  // namespace
}  // namespace vedette::render
