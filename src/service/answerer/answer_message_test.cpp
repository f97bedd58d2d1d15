#include "service/answerer/answer_message.hpp"

#include <gtest/gtest.h>

#include "decode/dns_test_messages.hpp"
#include "wire/reader/battery.hpp"

namespace vedette::answerer {
namespace {

using decode::test::Bytes;
using decode::test::header;
using decode::test::put16;
using decode::test::put_name;
using wire::dns::MessageView;
using wire::dns::Section;

constexpr unsigned kA = 1;
constexpr unsigned kSrv = 33;
constexpr unsigned kAaaa = 28;

Bytes ask(const std::vector<std::pair<std::string_view, unsigned>>& questions,
          unsigned qclass = 1) {
    Bytes out = header(0x1234, 0x0100, static_cast<unsigned>(questions.size()), 0);
    for (const auto& [name, type] : questions) {
        put_name(out, name);
        put16(out, type);
        put16(out, qclass);
    }
    return out;
}

void add_opt(Bytes& message, unsigned size, std::uint8_t version = 0) {
    message[11] = 1;
    const Bytes opt{0,
                    0,
                    41,
                    static_cast<std::uint8_t>(size >> 8U),
                    static_cast<std::uint8_t>(size),
                    0,
                    version,
                    0,
                    0,
                    0,
                    0};
    message.insert(message.end(), opt.begin(), opt.end());
}

class AnswerMessageTest : public testing::Test {
  protected:
    MessageView answer(const Bytes& query, const AskedWhere& where = {}) {
        buffer_.resize(65'535);
        buffer_.resize(answerer_.answer(query, where, buffer_));
        return MessageView::inspect(ByteView(buffer_), where.protocol == DnsProtocol::Mdns
                                                           ? wire::dns::Dialect::Multicast
                                                           : wire::dns::Dialect::Unicast);
    }
    /// "name type data" of every answer record: types and addresses only.
    std::string records(const MessageView& view) {
        std::string all;
        auto cursor = view.records();
        wire::dns::RecordView record;
        while (cursor.next(record)) {
            if (record.section != Section::Answer) continue;
            wire::dns::NameBuffer owner;
            EXPECT_TRUE(wire::dns::expand_name(view.bytes(), record.owner_offset, owner));
            all += std::to_string(owner.length) + '/' + std::to_string(record.type) + '=' +
                   IpAddress::from_bytes(record.rdata).to_text() + ' ';
        }
        return all;
    }

    AddressRule rule_ = *AddressRule::make({{"192.0.2.11-15", "2001:db8::1"}, "round-robin", {}});
    MessageAnswerer answerer_{rule_, 60};

  private:
    Bytes buffer_;
};

TEST_F(AnswerMessageTest, AddressesForAddressesNothingElseForTheRest) {
    const MessageView a = answer(ask({{"www.example", kA}}));
    EXPECT_FALSE(a.damage());
    EXPECT_EQ(a.header().id, 0x1234);
    EXPECT_EQ(a.header().flags, 0x8500);
    EXPECT_EQ(records(a), "13/1=192.0.2.11 ");
    EXPECT_EQ(records(answer(ask({{"www.example", kAaaa}}))), "13/28=2001:db8::1 ");
    for (const unsigned type : {kSrv, 16U, 12U, 255U, 65U, 5U}) {
        const MessageView other = answer(ask({{"_http._tcp.example", type}}));
        EXPECT_EQ(other.header().counts[1], 0) << type;
        EXPECT_EQ(other.header().rcode(), 0);
        EXPECT_EQ(other.question_type(), type);
    }
    EXPECT_EQ(answerer_.counts().nodata, 6U);
    EXPECT_EQ(answerer_.counts().addresses, 2U);
}

TEST_F(AnswerMessageTest, OtherClassesGetNothing) {
    EXPECT_EQ(answer(ask({{"version.bind", kA}}, 3)).header().counts[1], 0);
    EXPECT_EQ(answer(ask({{"any.example", kA}}, 255)).header().counts[1], 1);
    // The top bit of the class asks for a unicast reply in mDNS, and is a class elsewhere.
    EXPECT_EQ(answer(ask({{"host.local", kA}}, 0x8001)).header().counts[1], 0);
    AskedWhere mdns;
    mdns.protocol = DnsProtocol::Mdns;
    EXPECT_EQ(answer(ask({{"host.local", kA}}, 0x8001), mdns).header().counts[1], 1);
}

TEST_F(AnswerMessageTest, FourteenQuestionsGetFourteenAnswers) {
    std::vector<std::pair<std::string_view, unsigned>> questions;
    for (int i = 0; i < 7; ++i) {
        questions.emplace_back("host.local", kA);
        questions.emplace_back("_ipp._tcp.local", kSrv);
    }
    AskedWhere mdns;
    mdns.protocol = DnsProtocol::Mdns;
    const MessageView view = answer(ask(questions), mdns);
    EXPECT_FALSE(view.damage());
    EXPECT_EQ(view.questions_read(), 14);
    EXPECT_EQ(view.header().counts[1], 7);
    EXPECT_EQ(answerer_.counts().questions, 14U);
}

TEST_F(AnswerMessageTest, CompressedQuestionsStayReadable) {
    Bytes query = header(1, 0, 2, 0);
    put_name(query, "a.local");
    put16(query, kA);
    put16(query, 1);
    put16(query, 0x0162);  // label "b", then the pointer to "local"
    put16(query, 0xc00e);
    put16(query, kA);
    put16(query, 1);
    const MessageView view = answer(query);
    EXPECT_FALSE(view.damage());
    EXPECT_EQ(records(view), "9/1=192.0.2.11 9/1=192.0.2.12 ");
}

TEST_F(AnswerMessageTest, WhatItDoesNotUnderstandItSays) {
    Bytes notify = ask({{"example", 6}});
    notify[2] = 0x20;
    EXPECT_EQ(answer(notify).header().rcode(), 4);
    Bytes damaged = ask({{"example", kA}});
    damaged.resize(16);
    const MessageView formerr = answer(damaged);
    EXPECT_EQ(formerr.header().rcode(), 1);
    EXPECT_EQ(formerr.header().counts[0], 0);
    EXPECT_EQ(answer(header(1, 0, 0, 0)).header().rcode(), 1);
    Bytes future = ask({{"example", kA}});
    add_opt(future, 1'232, 1);
    EXPECT_EQ(answer(future).full_rcode(), 16);
    Bytes response = ask({{"example", kA}});
    response[2] |= 0x80;
    EXPECT_EQ(answer(response).bytes().size(), 0U);
    EXPECT_EQ(answer(Bytes(11)).bytes().size(), 0U);
    EXPECT_EQ(answerer_.counts().silent, 2U);
}

TEST_F(AnswerMessageTest, DatagramsObeyTheirLimit) {
    std::vector<std::pair<std::string_view, unsigned>> questions(40, {"a.example", kA});
    AskedWhere where;
    where.datagram = true;
    Bytes query = ask(questions);  // 12 + 40 * 15: more than 512
    const MessageView plain = answer(query, where);
    EXPECT_EQ(plain.header().flags & wire::dns::kFlagTc, wire::dns::kFlagTc);
    EXPECT_EQ(plain.bytes().size(), 12U);
    add_opt(query, 1'232);
    const MessageView edns = answer(query, where);
    EXPECT_EQ(edns.header().flags & wire::dns::kFlagTc, wire::dns::kFlagTc);
    EXPECT_LE(edns.bytes().size(), 1'232U);
    EXPECT_TRUE(edns.edns().present);
    EXPECT_GT(edns.header().counts[1], 30);
    EXPECT_FALSE(edns.damage());
    where.datagram = false;
    EXPECT_EQ(answer(query, where).header().counts[1], 40);
}

TEST_F(AnswerMessageTest, AnswersToDamageAreSound) {
    Bytes query = ask({{"www.example", kA}, {"x.example", kAaaa}});
    add_opt(query, 4'096);
    wire::for_each_damage(query, [this](ByteView bytes) {
        std::array<std::uint8_t, 512> out;
        AskedWhere where;
        where.datagram = true;
        const std::size_t length = answerer_.answer(bytes, where, out);
        ASSERT_LE(length, out.size());
        if (length == 0) return;
        const MessageView view = MessageView::inspect(ByteView(out).first(length));
        ASSERT_TRUE(view.has_header());
        ASSERT_TRUE(view.header().is_response());
        ASSERT_EQ(view.questions_read(), view.header().counts[0]);
        ASSERT_EQ(view.records_read(Section::Answer), view.header().counts[1]);
        ASSERT_EQ(view.records_read(Section::Additional), view.header().counts[3]);
    });
}

}  // namespace
}  // namespace vedette::answerer
