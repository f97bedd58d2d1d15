#include "detect/split_cache.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "wire/dns/name.hpp"

namespace vedette::detect {
namespace {

std::string wire_name(std::string_view text) {
    std::string name;
    while (!text.empty()) {
        const std::string_view label = text.substr(0, text.find('.'));
        name += static_cast<char>(label.size());
        name += label;
        text = label.size() == text.size() ? "" : text.substr(label.size() + 1);
    }
    return name + '\0';
}

void expect_same(SplitCache& cache, const std::string& name, std::uint64_t hash) {
    const RegisteredDomain right = find_registered_domain(as_bytes(name));
    for (int again = 0; again < 2; ++again) {
        const RegisteredDomain split = cache.find(as_bytes(name), hash);
        EXPECT_EQ(as_text(split.domain), as_text(right.domain)) << name;
        EXPECT_EQ(as_text(split.suffix), as_text(right.suffix)) << name;
        EXPECT_EQ(as_text(split.prefix), as_text(right.prefix)) << name;
        EXPECT_EQ(split.prefix_labels, right.prefix_labels) << name;
        EXPECT_EQ(split.listed, right.listed) << name;
    }
}

TEST(SplitCache, GivesWhatTheListGives) {
    SplitCache cache;
    for (const char* text :
         {"www.louvre.fr", "WWW.Louvre.FR", "a.b.c.example.co.uk", "co.uk", "fr", "", "host.lan",
          "lan", "x.github.io", "github.io", "1.0.0.127.in-addr.arpa"}) {
        const std::string name = wire_name(text);
        expect_same(cache, name, wire::dns::hash_name(as_bytes(name)));
    }
}

TEST(SplitCache, NamesThatShareAHashStayWithinTheirLabels) {
    SplitCache cache;
    // The same length and, as an attacker could arrange, the same hash.
    for (const char* text : {"www.louvre.fr", "w.w.louvre.fr", "wwwwwww.ab.fr", "wwwwwlouvrefr"}) {
        const std::string name = wire_name(text);
        const RegisteredDomain split = cache.find(as_bytes(name), 7);
        EXPECT_EQ(split.prefix.size() + split.domain.size(),
                  split.domain.empty() ? split.prefix.size() : name.size());
        if (!split.domain.empty()) {
            EXPECT_TRUE(wire::dns::is_wire_name(split.domain)) << text;
            EXPECT_TRUE(wire::dns::is_wire_name(split.suffix)) << text;
        }
    }
}

}  // namespace
}  // namespace vedette::detect
