#include "service/dnsd/zone/master_file.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "render/dns_words.hpp"
#include "render/name_text.hpp"
#include "render/rdata_text.hpp"

namespace vedette::dnsd {
namespace {

std::vector<std::string> read(std::string_view text, std::string* error = nullptr) {
    std::vector<std::string> lines;
    MasterOptions options;
    options.origin = *render::parse_name("example.");
    const auto done = read_master_text(text, "z", options, [&](const ParsedRecord& record) {
        lines.push_back(render::name_text(record.owner) + " " + std::to_string(record.ttl) + " " +
                        render::type_text(record.type) + " " +
                        render::rdata_text(record.type, record.rdata));
        return Result<void>{};
    });
    if (!done && error != nullptr) *error = done.error().text;
    EXPECT_EQ(done.has_value(), error == nullptr || error->empty()) << text;
    return lines;
}

std::string error_of(std::string_view text) {
    std::string error;
    (void)read(text, &error);
    return error;
}

TEST(MasterFile, OwnersTtlsClassesAndDirectives) {
    EXPECT_EQ(read("$TTL 1h\n"
                   "@ IN A 192.0.2.1 ; comment\n"
                   "  60 IN AAAA 2001:db8::1\n"
                   "a IN 2w NS b\n"
                   "$ORIGIN sub\n"
                   "a MX 10 b.example.org.\n"
                   "\n"
                   "b.other. CNAME @\n"),
              (std::vector<std::string>{"example. 3600 A 192.0.2.1", "example. 60 AAAA 2001:db8::1",
                                        "a.example. 1209600 NS b.example.",
                                        "a.sub.example. 3600 MX 10 b.example.org.",
                                        "b.other. 3600 CNAME sub.example."}));
}

TEST(MasterFile, ParenthesesQuotesAndEscapes) {
    EXPECT_EQ(read("@ 5 SOA ns ( host ; ( not a parenthesis\n  1 2 3\n 4 5 )\n"
                   "t 5 TXT \"a ; b\" \"c\\\"d\" (\n \"e\" )\n"
                   "t\\.u 5 A 192.0.2.1\n"),
              (std::vector<std::string>{"example. 5 SOA ns.example. host.example. 1 2 3 4 5",
                                        "t.example. 5 TXT \"a ; b\" \"c\\\"d\" \"e\"",
                                        "t\\.u.example. 5 A 192.0.2.1"}));
}

TEST(MasterFile, UnknownTypesOfRfc3597) {
    EXPECT_EQ(read("a 1 TYPE65280 \\# 3 010203\nb 1 A \\# 4 c0000201\nc 1 TYPE1 192.0.2.1\n"),
              (std::vector<std::string>{"a.example. 1 TYPE65280 \\# 3 010203",
                                        "b.example. 1 A 192.0.2.1", "c.example. 1 A 192.0.2.1"}));
}

TEST(MasterFile, ErrorsSayWhere) {
    EXPECT_EQ(error_of("@ A 192.0.2.1\n@ A 192.0.2\n"), "z:2: '192.0.2' is no IPv4 address");
    EXPECT_EQ(error_of("@ (\nA\n"), "z:1: unbalanced parentheses");
    EXPECT_EQ(error_of("@ A 192.0.2.1 )\n"), "z:1: unbalanced parentheses");
    EXPECT_EQ(error_of("\n@ TXT \"a\nb\"\n"), "z:2: a quoted string has no end");
    EXPECT_EQ(error_of("@ FOO x\n"), "z:1: unknown record type 'FOO'");
    EXPECT_EQ(error_of("@ ANY x\n"), "z:1: unknown record type 'ANY'");
    EXPECT_EQ(error_of("@ CH A 192.0.2.1\n"), "z:1: only class IN is served");
    EXPECT_EQ(error_of("  A 192.0.2.1\n"), "z:1: the first record has no owner");
    EXPECT_EQ(error_of("a..b A 192.0.2.1\n"), "z:1: 'a..b': empty label in a name");
    EXPECT_EQ(error_of("$FOO x\n"), "z:1: unknown directive $FOO");
    EXPECT_EQ(error_of("@ 1 300\n"), "z:1: unknown record type '300'");
    EXPECT_TRUE(error_of("@ CAA 0 issue\n").starts_with("z:1: CAA data '0 issue': "));
}

TEST(MasterFile, IncludesAndCircles) {
    const std::string directory = ::testing::TempDir() + "vedette-include";
    std::filesystem::create_directories(directory);
    std::ofstream(directory + "/main") << "a 1 A 192.0.2.1\n$INCLUDE more sub\nb 1 A 192.0.2.3\n";
    std::ofstream(directory + "/more") << "a 1 A 192.0.2.2\n";
    std::ofstream(directory + "/circle") << "$INCLUDE circle\n";
    MasterOptions options;
    options.origin = *render::parse_name("example.");
    std::string owners;
    const auto note = [&](const ParsedRecord& record) {
        owners += render::name_text(record.owner) + " ";
        return Result<void>{};
    };
    EXPECT_TRUE(read_master_file(directory + "/main", options, note));
    EXPECT_EQ(owners, "a.example. a.sub.example. b.example. ");
    const auto circle = read_master_file(directory + "/circle", options, note);
    ASSERT_FALSE(circle);
    EXPECT_TRUE(circle.error().text.ends_with("$INCLUDE is nested too deep"));
    EXPECT_FALSE(read_master_file(directory + "/absent", options, note));
    std::filesystem::remove_all(directory);
}

TEST(MasterFile, EveryPrefixAndEveryChangedByteIsReadOrRefused) {
    const std::string text =
        "$TTL 5\n@ SOA ns h ( 1 2 3 4 5 ) ; x\na TXT \"q\\\"\" b\n*.w MX 1 @\n";
    MasterOptions options;
    options.origin = *render::parse_name("example.");
    std::size_t records = 0;
    const auto count = [&](const ParsedRecord& record) {
        EXPECT_LE(record.owner.size(), 255U);
        ++records;
        return Result<void>{};
    };
    for (std::size_t length = 0; length <= text.size(); ++length) {
        const std::vector<char> exact(text.begin(),
                                      text.begin() + static_cast<std::ptrdiff_t>(length));
        (void)read_master_text({exact.data(), exact.size()}, "z", options, count);
    }
    for (std::size_t i = 0; i < text.size(); ++i) {
        for (int change = 0; change < 256; change += 5) {
            std::vector<char> exact(text.begin(), text.end());
            exact[i] = static_cast<char>(change);
            (void)read_master_text({exact.data(), exact.size()}, "z", options, count);
        }
    }
    EXPECT_GT(records, 1'000U);
}

TEST(Ttl, UnitsAndLimits) {
    EXPECT_EQ(ttl_from_text("300"), 300U);
    EXPECT_EQ(ttl_from_text("1h30m"), 5'400U);
    EXPECT_EQ(ttl_from_text("2W"), 1'209'600U);
    EXPECT_EQ(ttl_from_text("2147483647"), 2'147'483'647U);
    EXPECT_FALSE(ttl_from_text("2147483648"));
    EXPECT_FALSE(ttl_from_text("h"));
    EXPECT_FALSE(ttl_from_text(""));
    EXPECT_FALSE(ttl_from_text("5x"));
}

}  // namespace
}  // namespace vedette::dnsd
