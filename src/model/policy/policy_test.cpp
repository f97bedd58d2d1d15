#include "model/policy/policy.hpp"

#include <gtest/gtest.h>

#include <random>

namespace vedette {
namespace {

constexpr Timestamp kNow = Timestamp::from_seconds(1'795'262'400);

PolicyEntry entry(PolicyList list, PolicyVerdict verdict, std::string_view text) {
    PolicyEntry entry;
    entry.list = list;
    entry.verdict = verdict;
    auto subject = parse_policy_subject(list, text);
    EXPECT_TRUE(subject) << text;
    if (subject) entry.subject = std::move(*subject);
    return entry;
}
PolicyEntry resolver(PolicyVerdict verdict, std::string_view text) {
    return entry(PolicyList::Resolvers, verdict, text);
}
PolicyEntry client(PolicyVerdict verdict, std::string_view text) {
    return entry(PolicyList::Clients, verdict, text);
}
std::string verdict_of(const PolicyEntry* found) {
    return found == nullptr ? "none" : std::string(to_text(found->verdict));
}
IpAddress ip(const char* text) {
    return *IpAddress::parse(text);
}

TEST(Policy, TheLongestPrefixDecides) {
    const Policy policy({resolver(PolicyVerdict::Ban, "192.0.2.0/24"),
                         resolver(PolicyVerdict::Authorize, "192.0.2.53"),
                         resolver(PolicyVerdict::Ignore, "192.0.2.48/28"),
                         resolver(PolicyVerdict::Ban, "2001:db8::/32")},
                        {}, kNow);
    EXPECT_EQ(verdict_of(policy.resolver(ip("192.0.2.53"))), "authorize");
    EXPECT_EQ(verdict_of(policy.resolver(ip("192.0.2.54"))), "ignore");
    EXPECT_EQ(verdict_of(policy.resolver(ip("192.0.2.48"))), "ignore");
    EXPECT_EQ(verdict_of(policy.resolver(ip("192.0.2.47"))), "ban");
    EXPECT_EQ(verdict_of(policy.resolver(ip("192.0.2.64"))), "ban");
    EXPECT_EQ(verdict_of(policy.resolver(ip("192.0.3.0"))), "none");
    EXPECT_EQ(verdict_of(policy.resolver(ip("192.0.1.255"))), "none");
    EXPECT_EQ(verdict_of(policy.resolver(ip("2001:db8:ffff::1"))), "ban");
    EXPECT_EQ(verdict_of(policy.resolver(ip("2001:db9::"))), "none");
}

TEST(Policy, TheEndsOfTheAddressSpaceAreNoSpecialCase) {
    const Policy policy(
        {resolver(PolicyVerdict::Ban, "::/0"),
         resolver(PolicyVerdict::Authorize, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")},
        {}, kNow);
    EXPECT_EQ(verdict_of(policy.resolver(ip("::"))), "ban");
    EXPECT_EQ(verdict_of(policy.resolver(ip("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe"))), "ban");
    EXPECT_EQ(verdict_of(policy.resolver(ip("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"))),
              "authorize");
}

/// What the table must answer, by looking at every entry.
const PolicyEntry* by_scan(const std::vector<PolicyEntry>& entries, const IpAddress& address) {
    const PolicyEntry* best = nullptr;
    for (const PolicyEntry& one : entries) {
        if (!one.subject.prefix.contains(address)) continue;
        if (best == nullptr || one.subject.prefix.length() > best->subject.prefix.length()) {
            best = &one;
        }
    }
    return best;
}

std::uint32_t random_address(std::mt19937& random, std::uint32_t mask) {
    return 0x0a000000U | (static_cast<std::uint32_t>(random()) & mask);
}

TEST(Policy, RandomNestedPrefixesAgreeWithAScan) {
    std::mt19937 random(7);  // NOLINT: the same numbers each time
    for (int round = 0; round < 50; ++round) {
        std::vector<PolicyEntry> entries;
        for (int i = 0; i < 60; ++i) {
            const auto length = static_cast<unsigned>(16 + random() % 17);
            const Prefix prefix(IpAddress::from_v4(random_address(random, 0x3ff0)), length);
            const bool twice = std::ranges::any_of(
                entries, [&](const PolicyEntry& other) { return other.subject.prefix == prefix; });
            if (!twice) entries.push_back(resolver(PolicyVerdict::Ban, prefix.to_text()));
        }
        const Policy policy(entries, {}, kNow);
        for (int i = 0; i < 2'000; ++i) {
            const IpAddress address = IpAddress::from_v4(random_address(random, 0x7fff));
            const PolicyEntry* const expected = by_scan(entries, address);
            const PolicyEntry* const found = policy.resolver(address);
            ASSERT_EQ(found == nullptr, expected == nullptr) << address.to_text();
            if (found != nullptr) {
                ASSERT_EQ(found->subject.text, expected->subject.text);
            }
        }
    }
}

TEST(Policy, NamesCoverWhatIsBelowThem) {
    const Policy policy({resolver(PolicyVerdict::Ban, "Dns.Example."),
                         resolver(PolicyVerdict::Authorize, "good.dns.example")},
                        {}, kNow);
    EXPECT_EQ(verdict_of(policy.resolver_name("dns.example")), "ban");
    EXPECT_EQ(verdict_of(policy.resolver_name("a.b.dns.example")), "ban");
    EXPECT_EQ(verdict_of(policy.resolver_name("x.good.dns.example")), "authorize");
    EXPECT_EQ(verdict_of(policy.resolver_name("mydns.example")), "none");
    EXPECT_EQ(verdict_of(policy.resolver_name("")), "none");
}

TEST(Policy, AnAddressBeatsItsOuiAndThatItsManufacturer) {
    const MacAddress apple = *MacAddress::parse("f4:d4:88:00:00:01");
    const MacAddress other = *MacAddress::parse("f4:d4:88:00:00:02");
    const Policy vendor({client(PolicyVerdict::Ban, "apple")}, {}, kNow);
    EXPECT_EQ(verdict_of(vendor.client(apple)), "ban");
    EXPECT_EQ(verdict_of(vendor.client(*MacAddress::parse("02:00:00:00:00:01"))), "none");
    const Policy oui(
        {client(PolicyVerdict::Ban, "vendor:Apple"), client(PolicyVerdict::Ignore, "F4-D4-88"),
         client(PolicyVerdict::Authorize, "f4:d4:88:00:00:01")},
        {}, kNow);
    EXPECT_EQ(verdict_of(oui.client(apple)), "authorize");
    EXPECT_EQ(verdict_of(oui.client(other)), "ignore");
}

TEST(Policy, EntriesRunOutAndProposalsCountForNothing) {
    PolicyEntry brief = resolver(PolicyVerdict::Ban, "192.0.2.1");
    brief.expires = kNow + Duration::seconds(10);
    const std::vector<PolicyEntry> entries{brief, resolver(PolicyVerdict::Proposed, "192.0.2.2")};
    const Policy now(entries, {}, kNow);
    EXPECT_EQ(verdict_of(now.resolver(ip("192.0.2.1"))), "ban");
    EXPECT_EQ(verdict_of(now.resolver(ip("192.0.2.2"))), "none");
    EXPECT_EQ(now.changes_at(), brief.expires);
    const Policy later(entries, {}, brief.expires);
    EXPECT_EQ(verdict_of(later.resolver(ip("192.0.2.1"))), "none");
    EXPECT_FALSE(later.changes_at().known());
    EXPECT_TRUE(later.idle());
}

TEST(Policy, SubjectsHaveOneSpelling) {
    const auto text = [](PolicyList list, std::string_view typed) {
        const auto subject = parse_policy_subject(list, typed);
        return subject ? subject->text : "error";
    };
    EXPECT_EQ(text(PolicyList::Resolvers, "192.0.2.77/24"), "192.0.2.0/24");
    EXPECT_EQ(text(PolicyList::Resolvers, "2001:DB8:0::1"), "2001:db8::1");
    EXPECT_EQ(text(PolicyList::Resolvers, "DNS.Google."), "dns.google");
    EXPECT_EQ(text(PolicyList::Resolvers, "not a name"), "error");
    EXPECT_EQ(text(PolicyList::Resolvers, "300.1.2.3"), "error");
    EXPECT_EQ(text(PolicyList::Resolvers, ""), "error");
    EXPECT_EQ(text(PolicyList::Clients, "F46B.EF6A.ADC4"), "f4:6b:ef:6a:ad:c4");
    EXPECT_EQ(text(PolicyList::Clients, "F4-6B-EF"), "f4:6b:ef");
    EXPECT_EQ(text(PolicyList::Clients, "Espressif*"), "vendor:espressif*");
    EXPECT_EQ(text(PolicyList::Clients, "f4:6b:ef:6a"), "error");
    EXPECT_EQ(text(PolicyList::Clients, "12"), "error");
}

TEST(PolicyHolder, ReadersSeeWhatWasPublishedLast) {
    PolicyHolder holder;
    const auto before = holder.get();
    holder.set(std::make_shared<const Policy>(
        std::vector{resolver(PolicyVerdict::Ban, "192.0.2.1")}, PolicyModes{}, kNow));
    EXPECT_TRUE(before->idle());
    EXPECT_FALSE(holder.get()->idle());
}

}  // namespace
}  // namespace vedette
