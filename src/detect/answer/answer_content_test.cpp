#include "detect/answer/answer_content.hpp"

#include <gtest/gtest.h>

#include "detect/answer/test_answer.hpp"
#include "wire/reader/battery.hpp"

namespace vedette::detect {
namespace {

AnswerContent content(const TestAnswer& answer) {
    return read_answer(test_message(answer), answer.qtype);
}
AnswerContent addresses(std::vector<const char*> list) {
    return content({.addresses = std::move(list)});
}
bool agree(const AnswerContent& a, const AnswerContent& b, const OriginTable* origins = nullptr) {
    EXPECT_EQ(agrees(a, b, origins), agrees(b, a, origins));
    return agrees(a, b, origins);
}

TEST(AnswerContent, SaysWhatAMessageSays) {
    EXPECT_EQ(addresses({"192.0.2.1", "198.51.100.2"}).to_text(), "192.0.2.1, 198.51.100.2");
    EXPECT_EQ(addresses({"192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"}).to_text(),
              "192.0.2.1, 192.0.2.2, 192.0.2.3 and 1 more");
    EXPECT_EQ(content({.rcode = 3}).to_text(), "no such name");
    EXPECT_EQ(content({}).to_text(), "no address");
    EXPECT_EQ(content({.rcode = 2}).outcome, AnswerOutcome::Unusable);
    const auto six = content({.qtype = kTypeAaaa, .addresses = {"2001:db8::1"}});
    EXPECT_EQ(six.to_text(), "2001:db8::1");
    // Another type than the one asked for is no answer to the question.
    EXPECT_EQ(read_answer(test_message({.addresses = {"192.0.2.1"}}), kTypeAaaa).outcome,
              AnswerOutcome::NoAddress);
    auto cut = test_message({.addresses = {"192.0.2.1"}});
    cut[2] |= 0x02;
    EXPECT_EQ(read_answer(cut, kTypeA).outcome, AnswerOutcome::Unusable);
    auto query = test_message({.addresses = {"192.0.2.1"}});
    query[2] &= 0x7f;
    EXPECT_EQ(read_answer(query, kTypeA).outcome, AnswerOutcome::Unusable);
}

TEST(AnswerContent, KeepsNoMoreThanItHasRoomFor) {
    for (const std::size_t many : {15U, 16U, 17U, 40U}) {
        const AnswerContent full = addresses(std::vector<const char*>(many, "192.0.2.1"));
        EXPECT_EQ(full.total, many);
        EXPECT_EQ(full.count, std::min<std::size_t>(many, AnswerContent::kMostAddresses));
    }
}

TEST(AnswerContent, AddressesOfOneNetworkAgree) {
    EXPECT_TRUE(agree(addresses({"198.51.1.1"}), addresses({"198.51.255.9"})));
    EXPECT_FALSE(agree(addresses({"198.51.1.1"}), addresses({"198.52.1.1"})));
    EXPECT_TRUE(agree(addresses({"198.51.1.1", "203.0.113.1"}), addresses({"203.0.1.1"})));
    const auto six = [](const char* text) {
        return content({.qtype = kTypeAaaa, .addresses = {text}});
    };
    EXPECT_TRUE(agree(six("2001:db8:1::1"), six("2001:db8:2::1")));
    EXPECT_FALSE(agree(six("2001:db8::1"), six("2001:db9::1")));
}

TEST(AnswerContent, PrivateAddressesAgreeOnlyWhenEqual) {
    EXPECT_TRUE(agree(addresses({"10.0.0.1"}), addresses({"10.0.0.1"})));
    EXPECT_FALSE(agree(addresses({"10.0.0.1"}), addresses({"10.0.0.2"})));
    EXPECT_FALSE(agree(addresses({"0.0.0.0"}), addresses({"0.0.0.1"})));
}

TEST(AnswerContent, AnOriginTableOverridesPrefixes) {
    const auto table = OriginTable::parse("198.51.0.0/17 1\n198.51.128.0/17 2\n203.0.113.0/24 1\n");
    ASSERT_TRUE(table);
    EXPECT_FALSE(agree(addresses({"198.51.1.1"}), addresses({"198.51.200.1"}), &*table));
    EXPECT_TRUE(agree(addresses({"198.51.1.1"}), addresses({"203.0.113.1"}), &*table));
    // One of them is not in the table: the prefix decides.
    EXPECT_TRUE(agree(addresses({"203.0.112.1"}), addresses({"203.0.113.1"}), &*table));
}

TEST(AnswerContent, AliasesOfOneProviderAgree) {
    const auto by = [](const char* alias, const char* address) {
        return content({.alias = alias, .addresses = {address}});
    };
    const auto here = by("e1.edge.example.net", "198.51.100.1");
    EXPECT_TRUE(agree(here, by("e9.edge.example.net", "203.0.113.1")));
    EXPECT_FALSE(agree(here, by("e9.edge.example.org", "203.0.113.1")));
    EXPECT_FALSE(agree(here, addresses({"203.0.113.1"})));
    EXPECT_FALSE(agree(here, by("e9.edge.example.net", "10.0.0.1")));  // anybody can copy an alias
}

TEST(AnswerContent, NothingAgreesWithNothing) {
    EXPECT_TRUE(agree(content({.rcode = 3}), content({.rcode = 3})));
    EXPECT_TRUE(agree(content({.rcode = 3}), content({})));
    EXPECT_FALSE(agree(content({.rcode = 3}), addresses({"192.0.2.1"})));
    EXPECT_FALSE(agree(content({.rcode = 2}), content({.rcode = 2})));  // no opinion
}

TEST(AnswerContent, NoDamageBreaksIt) {
    const auto good = test_message({.alias = "a.example.net", .addresses = {"192.0.2.1"}});
    wire::for_each_damage(good, [](ByteView bytes) {
        const AnswerContent read = read_answer(bytes, kTypeA);
        EXPECT_LE(read.count, read.total);
        EXPECT_FALSE(read.to_text().empty());
    });
}

}  // namespace
}  // namespace vedette::detect
