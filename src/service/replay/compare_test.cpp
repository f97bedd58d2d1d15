#include "service/replay/compare.hpp"

#include <gtest/gtest.h>

#include "decode/dns_test_messages.hpp"
#include "wire/reader/battery.hpp"

namespace vedette::replay {
namespace {

using decode::test::Bytes;

struct Record {
    unsigned type = 1;
    Bytes data;
    std::uint8_t ttl = 60;
};

Bytes answer(const std::vector<Record>& records, std::uint8_t rcode = 0) {
    Bytes out = decode::test::query(7, "www.example.com");
    out[2] = 0x81;
    out[3] = rcode;
    for (const Record& record : records) {
        ++out[7];
        decode::test::put_record(out, record.type, record.data);
        out[out.size() - record.data.size() - 3] = record.ttl;
    }
    return out;
}

Verdict compare(const Bytes& a, const Bytes& b) {
    return AnswerComparer().compare(a, b);
}

const Record kFirst{1, {192, 0, 2, 1}};
const Record kSecond{1, {192, 0, 2, 2}};
const Record kFar{1, {203, 0, 113, 9}};

TEST(Compare, OrderAndTtlDoNotMatter) {
    Record other = kFirst;
    other.ttl = 9;
    Bytes a = answer({kFirst, kSecond});
    Bytes b = answer({kSecond, other});
    b[0] = 99;  // another id
    b[2] |= 0x04;
    EXPECT_EQ(compare(a, b), Verdict::Same);
    EXPECT_EQ(compare(answer({}), answer({})), Verdict::Same);
}

TEST(Compare, WhatMattersDiffers) {
    EXPECT_EQ(compare(answer({}), answer({}, 3)), Verdict::Differs);
    EXPECT_EQ(compare(answer({kFirst}), answer({})), Verdict::Differs);
    EXPECT_EQ(compare(answer({kFirst}), answer({kFar})), Verdict::Differs);
    EXPECT_EQ(compare(answer({{16, {1, 'a'}}}), answer({{16, {1, 'b'}}})), Verdict::Differs);
    EXPECT_EQ(compare(answer({{16, {1, 'a'}}}), answer({{16, {1, 'A'}}})), Verdict::Differs);
}

TEST(Compare, RotationIsOfOneService) {
    EXPECT_EQ(compare(answer({kFirst}), answer({kSecond})), Verdict::Rotated);  // one /24
    EXPECT_EQ(compare(answer({kFirst, kFar}), answer({kFar})), Verdict::Rotated);
    const Record alias{5, {1, 'a', 0}};
    const Record other{5, {1, 'b', 0}};
    EXPECT_EQ(compare(answer({alias, kFirst}), answer({alias, kSecond})), Verdict::Rotated);
    EXPECT_EQ(compare(answer({alias, kFirst}), answer({other, kSecond})), Verdict::Differs);
    const Record v6{28, {0x20, 1, 0xd, 0xb8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
    Record near = v6;
    near.data[7] = 9;
    Record far = v6;
    far.data[5] = 2;
    EXPECT_EQ(compare(answer({v6}), answer({near})), Verdict::Rotated);
    EXPECT_EQ(compare(answer({v6}), answer({far})), Verdict::Differs);
}

TEST(Compare, NamesInDataCompareInAnyCaseAndHoweverCompressed) {
    const Record whole{
        5, {3, 'w', 'w', 'w', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 3, 'c', 'o', 'm', 0}};
    Record upper = whole;
    upper.data[5] = 'E';
    const Record pointer{5, {0xc0, 12}};
    EXPECT_EQ(compare(answer({whole}), answer({upper})), Verdict::Same);
    EXPECT_EQ(compare(answer({whole}), answer({pointer})), Verdict::Same);
}

TEST(Compare, SignaturesAreMadeAnew) {
    Bytes data(18, 0);
    data.push_back(0);
    data.push_back(1);
    Record sign{46, data};
    EXPECT_EQ(compare(answer({kFirst, sign}), answer({kFirst})), Verdict::Same);
}

TEST(Compare, DamageIsSurvived) {
    const Bytes good = answer({kFirst, {5, {0xc0, 12}}});
    AnswerComparer comparer;
    wire::for_each_damage(good, [&](ByteView bytes) {
        const Verdict verdict = comparer.compare(good, bytes);
        ASSERT_TRUE(verdict == Verdict::Same || verdict == Verdict::Rotated ||
                    verdict == Verdict::Differs);
    });
    EXPECT_EQ(compare(good, good), Verdict::Same);
}

}  // namespace
}  // namespace vedette::replay
