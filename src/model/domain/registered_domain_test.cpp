#include "model/domain/registered_domain.hpp"

#include <gtest/gtest.h>
#include <libpsl.h>

#include <random>
#include <string>
#include <vector>

namespace vedette {
namespace {

using Wire = std::vector<std::uint8_t>;

Wire to_wire(const std::string& text) {
    Wire wire;
    for (std::size_t start = 0; start < text.size();) {
        const std::size_t dot = std::min(text.find('.', start), text.size());
        wire.push_back(static_cast<std::uint8_t>(dot - start));
        wire.insert(wire.end(), text.begin() + static_cast<std::ptrdiff_t>(start),
                    text.begin() + static_cast<std::ptrdiff_t>(dot));
        start = dot + 1;
    }
    wire.push_back(0);
    return wire;
}

std::string to_text(ByteView wire) {
    std::string text;
    for (std::size_t at = 0; at < wire.size() && wire[at] != 0; at += std::size_t{1} + wire[at]) {
        if (!text.empty()) text += '.';
        text += as_text(wire.subspan(at + 1, wire[at]));
    }
    return text;
}

std::string domain_of(const std::string& name) {
    const Wire wire = to_wire(name);
    return to_text(find_registered_domain(wire).domain);
}

// The list's own published test cases (checkPublicSuffix), those of its standing rules.
TEST(RegisteredDomain, FollowsTheListsRules) {
    EXPECT_EQ(domain_of("com"), "");
    EXPECT_EQ(domain_of("www.louvre.fr"), "louvre.fr");
    EXPECT_EQ(domain_of("a.b.example.co.uk"), "example.co.uk");
    EXPECT_EQ(domain_of("co.uk"), "");
    EXPECT_EQ(domain_of("a.b.c.kobe.jp"), "b.c.kobe.jp");      // *.kobe.jp
    EXPECT_EQ(domain_of("www.city.kobe.jp"), "city.kobe.jp");  // !city.kobe.jp
    EXPECT_EQ(domain_of("test.ck"), "");
    EXPECT_EQ(domain_of("www.www.ck"), "www.ck");
    EXPECT_EQ(domain_of("b.example.example"), "example.example");  // unknown: the default rule
    EXPECT_EQ(domain_of("WWW.Example.COM"), "Example.COM");
}

TEST(RegisteredDomain, SaysWhetherTheSuffixIsListed) {
    EXPECT_TRUE(find_registered_domain(to_wire("www.louvre.fr")).listed);
    EXPECT_FALSE(find_registered_domain(to_wire("printer.lan")).listed);
}

TEST(RegisteredDomain, SplitsTheName) {
    const Wire wire = to_wire("x.y.example.co.uk");
    const RegisteredDomain split = find_registered_domain(wire);
    EXPECT_EQ(to_text(split.prefix), "x.y");
    EXPECT_EQ(split.prefix_labels, 2);
    EXPECT_EQ(to_text(split.suffix), "co.uk");
    EXPECT_EQ(split.prefix.size() + split.domain.size(), wire.size());
}

TEST(RegisteredDomain, RefusesWhatIsNotAName) {
    for (const Wire& wire : {Wire{}, Wire{0}, Wire{1}, Wire{5, 'a', 0}, Wire{1, 'a'},
                             Wire{1, 'a', 0, 0}, Wire{0xc0, 12}, Wire(256, 0)}) {
        EXPECT_TRUE(find_registered_domain(wire).domain.empty());
    }
    Wire deep;
    for (int i = 0; i < 127; ++i)
        deep.insert(deep.end(), {1, 'a'});
    deep.push_back(0);
    EXPECT_EQ(find_registered_domain(deep).prefix_labels, 125);
}

// libpsl reads the same list with its own code; names are built from the list's own labels.
TEST(RegisteredDomain, AgreesWithLibpsl) {
    psl_ctx_t* list = psl_load_file("/usr/share/publicsuffix/public_suffix_list.dat");
    if (list == nullptr) GTEST_SKIP() << "the public suffix list is not installed";
    const std::vector<std::string> labels{
        "com", "uk",        "co", "jp",      "kobe",     "city", "ck",  "www", "github", "io", "fr",
        "gov", "amazonaws", "s3", "compute", "xn--p1ai", "cn",   "k12", "us",  "ma",     "pvt"};
    std::mt19937 random(2026);
    int named = 0;
    for (int i = 0; i < 50'000; ++i) {
        std::string name = labels[random() % labels.size()];
        for (auto n = random() % 5; n > 0; --n)
            name = labels[random() % labels.size()] + "." + name;
        const char* expected = psl_registrable_domain(list, name.c_str());
        named += expected != nullptr ? 1 : 0;
        ASSERT_EQ(domain_of(name), expected == nullptr ? "" : expected) << name;
    }
    EXPECT_GT(named, 10'000);
    psl_free(list);
}

}  // namespace
}  // namespace vedette
