#include "wire/dns/message.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace vedette::wire::dns {
namespace {

// example.com A, RD, answered with one compressed A record and an OPT record (DO, 1232 bytes).
const std::vector<std::uint8_t> kAnswer{
    0x12, 0x34, 0x81, 0x80, 0,    1,   0,   1,    0, 0,    0,   1,                     // header
    7,    'e',  'x',  'a',  'm',  'p', 'l', 'e',  3, 'c',  'o', 'm', 0,   0, 1, 0, 1,  // question
    0xc0, 12,   0,    1,    0,    1,   0,   0,    1, 0x2c, 0,   4,   192, 0, 2, 1,     // A
    0,    0,    41,   0x04, 0xd0, 0,   0,   0x80, 0, 0,    0};                         // OPT

TEST(Message, ReadsAnOrdinaryAnswer) {
    const MessageView message = MessageView::inspect(kAnswer);
    EXPECT_FALSE(message.damage()) << info(message.damage().id).id;
    EXPECT_TRUE(message.header().is_response());
    EXPECT_EQ(message.question_name().size(), 13U);
    EXPECT_EQ(message.question_type(), 1U);
    EXPECT_EQ(message.records_read(Section::Answer), 1U);
    EXPECT_TRUE(message.edns().dnssec_ok);
    EXPECT_EQ(message.edns().udp_size, 1232U);

    RecordCursor cursor = message.records();
    RecordView record;
    ASSERT_TRUE(cursor.next(record));
    EXPECT_EQ(record.ttl, 300U);
    EXPECT_EQ(record.rdata.size(), 4U);
    NameBuffer owner;
    ASSERT_TRUE(expand_name(kAnswer, record.owner_offset, owner));
    EXPECT_TRUE(equal_names(owner.view(), message.question_name()));
    ASSERT_TRUE(cursor.next(record));
    EXPECT_EQ(record.section, Section::Additional);
    EXPECT_FALSE(cursor.next(record));
}

}  // namespace
}  // namespace vedette::wire::dns
