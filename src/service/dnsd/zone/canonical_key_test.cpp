#include "service/dnsd/zone/canonical_key.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "render/name_text.hpp"
#include "service/dnsd/zone/master_file.hpp"

namespace vedette::dnsd {
namespace {

LookupName lookup(std::string_view text) {
    OwnedName wire;
    const std::string_view root("\0", 1);
    EXPECT_EQ(parse_relative_name(text, as_bytes(root), wire), nullptr) << text;
    LookupName name;
    name.assign(wire.view());
    return name;
}

/// Names below "example." that share beginnings and have the octets that a key writes in two.
std::vector<std::string> awkward_names(std::mt19937& random, std::size_t count) {
    const std::vector<std::string> pieces{"a",        "b",         "\\000",      "\\001",
                                          "\\002",    "\\255",     "A",          "aaaaaaa",
                                          "aaaaaaaa", "aaaaaaaaa", "\\001\\001", "-"};
    const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random()) % n; };
    std::vector<std::string> names;
    for (std::size_t i = 0; i < count; ++i) {
        std::string name;
        for (std::size_t labels = 1 + below(4); labels != 0; --labels) {
            for (std::size_t parts = 1 + below(3); parts != 0; --parts)
                name += pieces[below(pieces.size())];
            name += '.';
        }
        names.push_back(name + "example.");
    }
    return names;
}

TEST(CanonicalKey, NeverContradictsTheOrderOfNames) {
    std::mt19937 random(1);
    std::vector<std::string> names = awkward_names(random, 400);
    names.emplace_back("example.");
    unsigned told = 0;
    for (const std::string& a : names) {
        for (const std::string& b : names) {
            const LookupName x = lookup(a);
            const LookupName y = lookup(b);
            const auto keys = canonical_key(x, 1) <=> canonical_key(y, 1);
            if (keys == 0) continue;
            EXPECT_EQ(keys < 0, compare_canonical(x.wire(), y.wire()) < 0) << a << " " << b;
            ++told;
        }
    }
    EXPECT_GT(told, names.size() * names.size() / 2) << "keys that tell nothing";
}

TEST(CanonicalKey, OfTheApexAndOfWhatIsNotBelow) {
    EXPECT_EQ(canonical_key(lookup("example."), 1), CanonicalKey());
    EXPECT_EQ(canonical_key(LookupName(), 1), CanonicalKey());
    EXPECT_EQ(canonical_key(lookup("ab.example."), 1).high, 0x6162000000000000U);
}

/// The NSEC before each question, against the one that a walk over all of them finds.
void expect_nsec_of_a_walk(std::vector<std::string> owners, unsigned seed) {
    std::mt19937 random(seed);
    std::string text = "@ 300 IN SOA ns hostmaster 7 2 3 4 60\n@ 300 NS ns\n";
    for (const std::string& owner : owners)
        text += owner + " 300 NSEC @ NSEC\n";
    const auto zone = load_zone_text(text, *render::parse_name("example."));
    ASSERT_TRUE(zone) << zone.error().text;
    std::vector<std::string> questions = awkward_names(random, 300);
    questions.insert(questions.end(), owners.begin(), owners.end());
    questions.emplace_back("example.");
    for (const std::string& question : questions) {
        const LookupName asked = lookup(question);
        const LookupName* before = nullptr;
        const LookupName* last = nullptr;
        std::vector<LookupName> known;
        for (const std::string& owner : owners)
            known.push_back(lookup(owner));
        for (const LookupName& name : known) {
            if (last == nullptr || compare_canonical(name.wire(), last->wire()) > 0) last = &name;
            if (compare_canonical(name.wire(), asked.wire()) > 0) continue;
            if (before == nullptr || compare_canonical(name.wire(), before->wire()) > 0)
                before = &name;
        }
        const LookupName& expected = before != nullptr ? *before : *last;
        EXPECT_TRUE(equals_lower((*zone)->nsec_at_or_before(asked).name(), expected.wire()))
            << question;
    }
}

TEST(CanonicalKey, FindsTheNsecThatCovers) {
    std::mt19937 random(2);
    for (const std::size_t count : {1U, 2U, 3U, 7U, 150U})
        expect_nsec_of_a_walk(awkward_names(random, count), static_cast<unsigned>(count));
}

TEST(CanonicalKey, FindsAmongNamesOfOneKey) {
    std::vector<std::string> owners{"example."};
    for (char last = 'a'; last <= 'p'; ++last)
        owners.push_back("aaaaaaaaaaaaaaaaaaaaaaa" + std::string(1, last) + ".example.");
    expect_nsec_of_a_walk(owners, 3);
}

}  // namespace
}  // namespace vedette::dnsd
