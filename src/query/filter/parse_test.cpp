#include "query/filter/parse.hpp"

#include <gtest/gtest.h>

#include "query/filter/fields.hpp"
#include "query/filter/words.hpp"

namespace vedette::query {
namespace {

constexpr Timestamp kNow{1'795'258'862'000'000'000};

FilterTerm one(std::string_view text) {
    const auto filter = parse_filter(text, kNow);
    EXPECT_TRUE(filter) << text << '\n' << explain(text, filter.error());
    if (!filter || filter->terms.size() != 1) return {};
    return filter->terms[0];
}

std::string mistake(std::string_view text) {
    const auto filter = parse_filter(text, kNow);
    EXPECT_FALSE(filter) << text;
    return filter ? "" : explain(text, filter.error());
}

TEST(ParseFilter, ReadsEveryExampleOfTheTable) {
    for (const FieldInfo& field : fields()) {
        const auto filter = parse_filter(field.example, kNow);
        ASSERT_TRUE(filter) << field.example;
        EXPECT_EQ(filter->terms.at(0).field, field.field) << field.example;
        EXPECT_TRUE(field.example.starts_with(field.name)) << field.example;
    }
    for (const FieldAlias& alias : field_aliases()) {
        EXPECT_NE(find_field(alias.alias), nullptr) << alias.alias;
    }
}

TEST(ParseFilter, ReadsTheWholeLanguage) {
    const auto filter = parse_filter(
        "client:f4:6b:ef:6a:ad:c4 vendor:apple name:*.Example.com type:TXT rcode:NXDOMAIN "
        "ip:192.0.2.0/24 since:1h until:2026-11-21T10:00Z -name:*.local is:unanswered",
        kNow);
    ASSERT_TRUE(filter);
    ASSERT_EQ(filter->terms.size(), 10U);
    EXPECT_EQ(filter->terms[0].any_of[0], FilterValue(MacAddress::from_u64(0xf46bef6aadc4)));
    EXPECT_EQ(filter->terms[2].any_of[0], FilterValue(std::string("*.example.com.")));
    EXPECT_EQ(filter->terms[3].any_of[0], FilterValue(std::uint64_t{16}));
    EXPECT_EQ(filter->terms[4].any_of[0], FilterValue(std::uint64_t{3}));
    EXPECT_EQ(filter->terms[6].op, FilterOperator::GreaterEqual);
    EXPECT_EQ(filter->terms[7].op, FilterOperator::Less);
    EXPECT_TRUE(filter->terms[8].negated);
    EXPECT_EQ(filter->terms[9].any_of[0], FilterValue(FilterFlag::Unanswered));
}

TEST(ParseFilter, EmptyAcceptsEverything) {
    EXPECT_TRUE(parse_filter("", kNow)->terms.empty());
    EXPECT_TRUE(parse_filter(" \t\n", kNow)->terms.empty());
}

TEST(ParseFilter, CommasAreAlternatives) {
    const FilterTerm term = one("type:A,AAAA,TYPE65399");
    ASSERT_EQ(term.any_of.size(), 3U);
    EXPECT_EQ(term.any_of[2], FilterValue(std::uint64_t{65'399}));
    EXPECT_EQ(one("vendor:\"Apple, Inc.\",dell").any_of.size(), 2U);
}

TEST(ParseFilter, BareAddressesNeedNoField) {
    EXPECT_EQ(one("f4:6b:ef:6a:ad:c4").field, FilterField::Client);
    EXPECT_EQ(one("f4-6b-ef-6a-ad-c4").field, FilterField::Client);
    EXPECT_EQ(one("192.0.2.7").field, FilterField::Ip);
    EXPECT_EQ(one("2001:db8::/32").field, FilterField::Ip);
    EXPECT_TRUE(one("-2001:db8::1").negated);
    EXPECT_EQ(one("deadbeef0123").field, FilterField::Text);  // a word, not a MAC
    EXPECT_EQ(one("\"192.0.2.7\"").field, FilterField::Text);
}

TEST(ParseFilter, QuotesKeepTextAsItIs) {
    EXPECT_EQ(one("\"two words\"").any_of[0], FilterValue(std::string("two words")));
    EXPECT_EQ(one("\"a\\\"b\\\\c\\d\"").any_of[0], FilterValue(std::string("a\"b\\c\\d")));
    EXPECT_EQ(one("client:\"192.0.2.7\"").any_of[0], FilterValue(std::string("192.0.2.7")));
}

TEST(ParseFilter, NamesEndInTheRootUnlessInAWildcard) {
    EXPECT_EQ(one("name:a.b").any_of[0], FilterValue(std::string("a.b.")));
    EXPECT_EQ(one("name:a.b.").any_of[0], FilterValue(std::string("a.b.")));
    EXPECT_EQ(one("name:.").any_of[0], FilterValue(std::string(".")));
    EXPECT_EQ(one("name:a.*").any_of[0], FilterValue(std::string("a.*")));
    EXPECT_EQ(one("name:a\\*").any_of[0], FilterValue(std::string("a\\*.")));
    EXPECT_EQ(one("name:a\\.").any_of[0], FilterValue(std::string("a\\..")));
}

TEST(ParseFilter, DhcpMessagesMeanBothFamiliesWhereBothHaveThem) {
    EXPECT_EQ(one("message:discover").any_of.size(), 1U);
    EXPECT_EQ(one("message:request").any_of.size(), 2U);
    EXPECT_EQ(one("message:v6-request").any_of[0], FilterValue(kFilterDhcp6 + 3));
    EXPECT_EQ(one("message:v4-request").any_of[0], FilterValue(std::uint64_t{3}));
}

TEST(ParseFilter, AnomalyGlobsMeanEveryIdentifier) {
    EXPECT_GT(one("anomaly:ip.*").any_of.size(), 3U);
    EXPECT_EQ(one("anomaly:udp.truncated").any_of.size(), 1U);
}

TEST(ParseFilter, MistakesPointAtTheirColumn) {
    EXPECT_EQ(mistake("type:A clinet:x"),
              "filter: unknown field 'clinet'\n"
              "  type:A clinet:x\n"
              "         ^~~~~~\n"
              "  did you mean 'client:'?\n");
    EXPECT_EQ(mistake("type:A,AAAAA"),
              "filter: 'AAAAA' is not a known type\n"
              "  type:A,AAAAA\n"
              "         ^~~~~\n"
              "  did you mean 'AAAA'?\n");
    EXPECT_EQ(mistake("caf\xc3\xa9 is:broken"),
              "filter: 'broken' is not a state that 'is:' knows\n"
              "  caf\xc3\xa9 is:broken\n"
              "          ^~~~~~\n"
              "  for example is:unanswered\n");
    EXPECT_EQ(mistake("name:"),
              "filter: 'name:' needs a value\n"
              "  name:\n"
              "       ^\n"
              "  for example name:*.example.com\n");
}

TEST(ParseFilter, RefusesWhatItCannotMean) {
    for (const char* text : {"-",
                             "- name:x",
                             "name:a,",
                             "name:,a",
                             "\"open",
                             "name:\"a\"b",
                             "\"\"",
                             "name:\"\"",
                             "latency:200ms",
                             "latency:>fast",
                             "latency:>1s,<2s",
                             "-since:1h",
                             "since:1h,2h",
                             "since:soon",
                             "date:1h",
                             "type:NOPE",
                             "port:70000",
                             "port:-1",
                             "ip:300.0.0.1",
                             "ip:192.0.2.0/33",
                             "is:nothing",
                             "a AND b",
                             "a OR b",
                             "NOT a",
                             "rcode:4096",
                             "anomaly:nothing.*",
                             "message:v4-solicit",
                             "opcode:16",
                             "transport:pigeon"}) {
        EXPECT_FALSE(parse_filter(text, kNow)) << text;
    }
}

TEST(ParseFilter, HoldsItsLimits) {
    std::string text;
    for (std::size_t i = 0; i < kMaxFilterTerms; ++i)
        text += "is:v4 ";
    EXPECT_TRUE(parse_filter(text, kNow));
    EXPECT_FALSE(parse_filter(text + "is:v4", kNow));
    EXPECT_TRUE(parse_filter(std::string(kMaxFilterBytes, 'a'), kNow));
    EXPECT_FALSE(parse_filter(std::string(kMaxFilterBytes + 1, 'a'), kNow));
    std::string values = "port:1";
    for (std::size_t i = 1; i < 2'000; ++i)
        values += ",1";
    EXPECT_FALSE(parse_filter(values, kNow));
}

TEST(ExplainFilter, NeverPrintsControlCharacters) {
    const std::string text = mistake("\x1b]0;x\x07:y is:\x1b[31m");
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_EQ(text.find('\x07'), std::string::npos);
}

}  // namespace
}  // namespace vedette::query
