#include "wire/dns/query_check.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vedette::wire::dns {
namespace {

using Message = std::vector<std::uint8_t>;

// A query for "a." type A, with the given flags and counts, and `tail` after the question.
Message query(std::uint16_t flags, std::array<std::uint16_t, 4> counts, const Message& tail = {},
              std::uint16_t type = 1) {
    Message message{0x12, 0x34, static_cast<std::uint8_t>(flags >> 8U),
                    static_cast<std::uint8_t>(flags)};
    for (const std::uint16_t count : counts) {
        message.push_back(static_cast<std::uint8_t>(count >> 8U));
        message.push_back(static_cast<std::uint8_t>(count));
    }
    if (counts[0] != 0) {
        const Message question{
            1, 'a', 0, static_cast<std::uint8_t>(type >> 8U), static_cast<std::uint8_t>(type),
            0, 1};
        message.insert(message.end(), question.begin(), question.end());
    }
    message.insert(message.end(), tail.begin(), tail.end());
    return message;
}

QueryChecks check(const Message& message) {
    return check_query(MessageView::inspect(message));
}

const Message kOpt{0, 0, 41, 0x04, 0xd0, 0, 0, 0x80, 0, 0, 0};
const Message kRecordA{0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1};
const Message kSoa{0xc0, 12, 0, 6, 0, 1, 0, 0, 0, 0, 0, 22, 0, 0, 0, 0, 0,
                   1,    0,  0, 0, 1, 0, 0, 0, 1, 0, 0, 0,  1, 0, 0, 0, 1};

TEST(QueryCheck, OrdinaryQueriesPass) {
    EXPECT_TRUE(check(query(0x0100, {1, 0, 0, 0})).empty());
    EXPECT_TRUE(check(query(0x0130, {1, 0, 0, 0})).empty());  // AD and CD are a client's right
    EXPECT_TRUE(check(query(0x0100, {1, 0, 0, 1}, kOpt)).empty());
}

struct Case {
    const char* what;
    Message message;
    QueryCheck expected;
};

TEST(QueryCheck, EachDishonestFieldIsNamed) {
    const Message two_opts = [] {
        Message both = kOpt;
        both.insert(both.end(), kOpt.begin(), kOpt.end());
        return both;
    }();
    const std::vector<Case> cases{
        {"short", {1, 2, 3}, QueryCheck::ShortHeader},
        {"QR", query(0x8100, {1, 0, 0, 0}), QueryCheck::AnswerBit},
        {"IQUERY", query(0x0900, {1, 0, 0, 0}), QueryCheck::Opcode},
        {"opcode 15", query(0x7900, {1, 0, 0, 0}), QueryCheck::Opcode},
        {"ANCOUNT, no record", query(0x0100, {1, 1, 0, 0}), QueryCheck::AnswerCount},
        {"ANCOUNT 65535", query(0x0100, {1, 65535, 0, 0}), QueryCheck::AnswerCount},
        {"ANCOUNT, record", query(0x0100, {1, 1, 0, 0}, kRecordA), QueryCheck::AnswerCount},
        {"NSCOUNT, record", query(0x0100, {1, 0, 1, 0}, kRecordA), QueryCheck::AuthorityCount},
        {"ARCOUNT, no record", query(0x0100, {1, 0, 0, 7}), QueryCheck::CountBeyond},
        {"ARCOUNT, A record", query(0x0100, {1, 0, 0, 1}, kRecordA), QueryCheck::AdditionalCount},
        {"two questions", query(0x0100, {2, 0, 0, 0}, {1, 'b', 0, 0, 1, 0, 1}),
         QueryCheck::Questions},
        {"no question", query(0x0100, {0, 0, 0, 0}), QueryCheck::NoQuestion},
        {"Z", query(0x0140, {1, 0, 0, 0}), QueryCheck::ReservedBit},
        {"AA", query(0x0500, {1, 0, 0, 0}), QueryCheck::AnswerFlags},
        {"TC", query(0x0300, {1, 0, 0, 0}), QueryCheck::TruncatedBit},
        {"rcode", query(0x0105, {1, 0, 0, 0}), QueryCheck::ReturnCode},
        {"trailing", query(0x0100, {1, 0, 0, 0}, {1, 2, 3, 4}), QueryCheck::TrailingBytes},
        {"two OPT", query(0x0100, {1, 0, 0, 2}, two_opts), QueryCheck::OptDuplicate},
        {"OPT as answer", query(0x0100, {1, 1, 0, 0}, kOpt), QueryCheck::OptMisplaced},
    };
    for (const Case& one : cases) {
        EXPECT_TRUE(check(one.message).has(one.expected)) << one.what;
    }
}

TEST(QueryCheck, KnowsTheProtocolsExceptions) {
    EXPECT_TRUE(check(query(0x2400, {1, 1, 0, 0}, kSoa, 6)).empty()) << "NOTIFY with its SOA";
    EXPECT_TRUE(check(query(0x2800, {1, 0, 1, 0}, kRecordA, 6)).empty()) << "UPDATE";
    EXPECT_TRUE(check(query(0x0000, {1, 0, 1, 0}, kSoa, 251)).empty()) << "IXFR";
    const Message cookie{0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 12, 0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8};
    EXPECT_TRUE(check(query(0x0100, {0, 0, 0, 1}, cookie)).empty()) << "cookie alone (RFC 7873)";
}

TEST(QueryCheck, WorstIsTheHighestSeverity) {
    const QueryChecks failed = check(query(0x0145, {1, 1, 0, 0}));
    EXPECT_EQ(failed.worst(), QueryCheck::AnswerCount);
    EXPECT_TRUE(failed.refused_by_servers());
    EXPECT_FALSE(check(query(0x0140, {1, 0, 0, 0})).refused_by_servers());
}

TEST(QueryCheck, EveryAnswerCountAndNameLengthIsSeen) {
    for (unsigned count = 1; count <= 65'535; count += 97) {
        const auto flags = static_cast<std::uint16_t>(0x0100);
        EXPECT_TRUE(check(query(flags, {1, static_cast<std::uint16_t>(count), 0, 0}))
                        .has(QueryCheck::AnswerCount))
            << count;
    }
}

}  // namespace
}  // namespace vedette::wire::dns
