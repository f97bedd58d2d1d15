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

constexpr std::string_view kEveryType[] = {
    "A 192.0.2.1",
    "NS ns",
    "MD a",
    "MF a",
    "CNAME c",
    "SOA a b 1 2 3 4 5",
    "MB a",
    "MG a",
    "MR a",
    "PTR p",
    "HINFO \"PC AT\" Linux",
    "MINFO a b",
    "MX 1 m",
    "TXT a \"b c\" \"\\255\\\"\"",
    "TXT \"\"",
    "RP a b",
    "AFSDB 1 a",
    "X25 311061700956",
    "ISDN 150862028003217 004",
    "RT 10 a",
    "NSAP 0x47000580005a0000000001e133ffffff00016100",
    "KEY 256 3 13 AAAA",
    "PX 10 a b",
    "AAAA 2001:db8::1",
    "LOC 52 22 23.000 N 4 53 32.000 E -2.00m 1.00m 10000m 10m",
    "SRV 1 2 3 s",
    "NAPTR 1 2 \"S\" \"SIP+D2U\" \"!^.*$!sip:a@b!\" .",
    "KX 1 k",
    "CERT 1 2 3 AAAA",
    "DNAME d",
    "APL 1:192.0.2.0/24 !2:2001:db8::/32",
    "DS 1 13 2 00",
    "SSHFP 1 1 00ff",
    "IPSECKEY 10 1 2 192.0.2.38 AAAA",
    "RRSIG A 13 2 300 20300101000000 20200101000000 1 a AAAA",
    "NSEC b A MX RRSIG NSEC TYPE1234",
    "DNSKEY 257 3 13 AAAA",
    "DHCID AAAA",
    "NSEC3 1 1 12 aabb 2t7b4g4vsa5smi47k61mv5bv1a22bojr A",
    "NSEC3PARAM 1 0 12 aabb",
    "TLSA 3 1 1 00ff",
    "SMIMEA 3 1 1 00ff",
    "HIP 2 200100107B1A74DF365639CC39F1D578 AwEA rvs",
    "TALINK a b",
    "CDS 0 0 0 00",
    "CDNSKEY 0 3 0 AA==",
    "OPENPGPKEY AAAA",
    "CSYNC 66 3 A NS",
    "ZONEMD 1 1 1 "
    "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
    "00"
    "000000",
    "SVCB 0 a",
    "SVCB 1 . port=8002 alpn=\"a,b,c\"",
    "HTTPS 1 . alpn=\"h2,h3\"",
    "HTTPS 1 h no-default-alpn alpn=h2 ipv4hint=192.0.2.1 key667=\"a b\"",
    "SPF \"v=spf1 -all\"",
    "NID 10 0014:4fff:ff20:ee64",
    "L32 10 10.1.2.0",
    "L64 10 2001:0DB8:1140:1000",
    "LP 10 l",
    "EUI48 00-00-5e-00-53-2a",
    "EUI64 00-00-5e-ef-10-00-00-2a",
    "URI 1 2 \"https://a/b\"",
    "CAA 0 issue \"ca.example; a=b\"",
    "DLV 1 13 2 00",
    "TYPE65280 \\# 0",
    "TYPE65280 \\# 3 010203"};

// What export writes, import reads: the same record, whatever the type.
TEST(MasterFile, EveryTypeComesBackFromItsText) {
    for (const std::string_view data : kEveryType) {
        const auto once = read("x 300 " + std::string(data) + "\n");
        ASSERT_EQ(once.size(), 1U) << data;
        EXPECT_EQ(read(once[0] + "\n"), once) << data;
    }
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
