#include "query/filter/print.hpp"

#include <gtest/gtest.h>

#include "query/filter/fields.hpp"
#include "query/filter/parse.hpp"
#include "query/filter/reference.hpp"
#include "query/filter/words.hpp"

namespace vedette::query {
namespace {

constexpr Timestamp kNow{1'795'258'862'000'000'000};

TEST(PrintFilter, ReadsBackAsTheSameFilter) {
    std::vector<std::string> texts{
        "",
        "f4-6B-ef-6a-ad-c4 192.0.2.7 2001:db8::/32 -host:*x",
        "client:\"192.0.2.7\" client:192.0.2.7 client:lap* answer:\"a b\" answer:10.0.0.0/8",
        "\"AND\" \"a:b\" \"\\\"\" word -\"two words\" \"-x\" \"caf\xc3\xa9\"",
        "name:a\\.b name:\"x y\" name:.  vendor:\"Apple, Inc.\",dell",
        "message:request,discover type:A,AAAA,TYPE65399 rcode:0,BADVERS,99 opcode:3,update",
        "since:1h until:2026-11-21T10:00 date:yesterday latency:<=1500us latency:>2m",
        "vendor:\"\\\"q\\\"\" host:a\"b host:\"\\\\\"",
    };
    for (const FieldInfo& field : fields())
        texts.emplace_back(field.example);
    for (const FlagInfo& flag : flags())
        texts.push_back("-is:" + std::string(flag.name));
    for (const std::string& text : texts) {
        const auto filter = parse_filter(text, kNow);
        ASSERT_TRUE(filter) << explain(text, filter.error());
        const std::string printed = to_text(*filter);
        const auto again = parse_filter(printed, kNow);
        ASSERT_TRUE(again) << explain(printed, again.error());
        EXPECT_EQ(*again, *filter) << text << " -> " << printed;
        EXPECT_EQ(to_text(*again), printed);
    }
}

// Found by fuzzing: the final dot was escaped by the backslash and added again at each reading.
TEST(PrintFilter, ABackslashAtTheEndOfANameStandsForItself) {
    const auto filter = parse_filter("name:*.lere\\", kNow);
    ASSERT_TRUE(filter);
    EXPECT_EQ(to_text(*filter), "name:*.lere\\\\.");
    EXPECT_EQ(parse_filter(to_text(*filter), kNow), *filter);
}

TEST(PrintFilter, HasOneSpelling) {
    const auto filter = parse_filter("MAC:F4-6B-EF-6A-AD-C4 qname:A.B resolver:192.0.2.53", kNow);
    EXPECT_EQ(to_text(*filter), "client:f4:6b:ef:6a:ad:c4 name:a.b. server:192.0.2.53");
}

TEST(FilterReference, NamesEveryFieldAndState) {
    const std::string page = filter_reference();
    for (const FieldInfo& field : fields()) {
        EXPECT_NE(page.find("| `" + std::string(field.name) + ":` |"), std::string::npos);
    }
    for (const FlagInfo& flag : flags()) {
        EXPECT_NE(page.find("| `" + std::string(flag.name) + "` |"), std::string::npos);
    }
}

TEST(FilterHelp, FitsATerminal) {
    const std::string text = filter_help();
    std::size_t start = 0;
    for (std::size_t end = text.find('\n'); end != std::string::npos;
         start = end + 1, end = text.find('\n', start)) {
        EXPECT_LT(end - start, 80U) << text.substr(start, end - start);
    }
}

}  // namespace
}  // namespace vedette::query
