#include "wire/dns/message.hpp"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "wire/dns/battery.hpp"

namespace vedette::wire::dns {
namespace {

using test::Bytes;
using test::put;
using test::put16;
using enum AnomalyId;

// www.example.com A, RD, answered with one compressed A record and an OPT record (DO, 1232 bytes).
const Bytes kAnswer{0x12, 0x34, 0x81, 0x80, 0,    1,   0,   1,    0,   0,   0,   1,    // header
                    3,    'w',  'w',  'w',  7,    'e', 'x', 'a',  'm', 'p', 'l', 'e',  // question
                    3,    'c',  'o',  'm',  0,    0,   1,   0,    1,                   //
                    0xc0, 12,   0,    1,    0,    1,   0,   0,    1,   44,  0,   4,    // A
                    192,  0,    2,    1,                                               //
                    0,    0,    41,   0x04, 0xd0, 0,   0,   0x80, 0,   0,   0};        // OPT
constexpr std::size_t kQuestionEnd = 33;

Bytes header(unsigned flags, unsigned qd, unsigned an = 0, unsigned ns = 0, unsigned ar = 0) {
    Bytes out;
    for (const unsigned value : {7U, flags, qd, an, ns, ar})
        put16(out, value);
    return out;
}

Bytes question(Bytes message, const Bytes& name, unsigned type = 1) {
    put(message, name);
    put16(message, type);
    put16(message, 1);
    return message;
}

Bytes record(Bytes message, const Bytes& owner, unsigned type, const Bytes& rdata) {
    put(message, owner);
    put16(message, type);
    put16(message, 1);
    put16(message, 0);
    put16(message, 60);
    put16(message, static_cast<unsigned>(rdata.size()));
    put(message, rdata);
    return message;
}

const Bytes kName{1, 'a', 0};
const Bytes kPointer{0xc0, 12};

Damage damage_of(const Bytes& message, Dialect dialect = Dialect::Unicast) {
    return MessageView::inspect(message, dialect).damage();
}
AnomalyId anomaly_of(const Bytes& message, Dialect dialect = Dialect::Unicast) {
    return damage_of(message, dialect).id;
}
/// A response to `a A` with one answer record.
AnomalyId rdata_anomaly(unsigned type, const Bytes& rdata) {
    return anomaly_of(record(question(header(0x8180, 1, 1), kName), kPointer, type, rdata));
}

TEST(Message, ReadsAnOrdinaryAnswer) {
    const MessageView message = MessageView::inspect(kAnswer);
    EXPECT_EQ(message.damage().id, None);
    EXPECT_TRUE(message.header().is_response());
    EXPECT_EQ(message.question_name().size(), 17U);
    EXPECT_EQ(message.question_type(), 1U);
    EXPECT_EQ(message.records_read(Section::Answer), 1U);
    EXPECT_TRUE(message.edns().dnssec_ok);
    EXPECT_EQ(message.edns().udp_size, 1232U);

    RecordCursor cursor = message.records();
    RecordView found;
    ASSERT_TRUE(cursor.next(found));
    EXPECT_EQ(found.ttl, 300U);
    EXPECT_EQ(found.rdata.size(), 4U);
    NameBuffer owner;
    ASSERT_TRUE(expand_name(kAnswer, found.owner_offset, owner));
    EXPECT_TRUE(equal_names(owner.view(), message.question_name()));
    ASSERT_TRUE(cursor.next(found));
    EXPECT_EQ(found.section, Section::Additional);
    EXPECT_FALSE(cursor.next(found));
}

TEST(Message, SeveralQuestionsAreAllReadable) {
    Bytes message = question(header(0x0100, 2), kName);
    message = question(message, {1, 'b', 0xc0, 12}, 28);
    const MessageView view = MessageView::inspect(message);
    EXPECT_EQ(view.damage().id, DnsManyQuestions);
    QuestionCursor cursor = view.questions();
    QuestionView found;
    ASSERT_TRUE(cursor.next(found));
    ASSERT_TRUE(cursor.next(found));
    EXPECT_EQ(found.type, 28U);
    NameBuffer name;
    ASSERT_TRUE(expand_name(message, found.name_offset, name));
    EXPECT_EQ(name.length, 5U);
    EXPECT_FALSE(cursor.next(found));
}

TEST(Message, EveryHeaderLength) {
    for (std::size_t size = 0; size < kHeaderBytes; ++size) {
        const Bytes part(kAnswer.begin(), kAnswer.begin() + static_cast<long>(size));
        const MessageView view = MessageView::inspect(part);
        EXPECT_FALSE(view.has_header());
        EXPECT_EQ(view.damage().id, DnsHeaderTruncated);
        EXPECT_EQ(view.damage().offset, size);
        EXPECT_EQ(view.header().flags, 0U);
    }
}

struct Case {
    AnomalyId expected;
    Bytes message;
};

TEST(Message, NamesEachDamage) {
    const Bytes asked = question(header(0x8180, 1, 1), kName);
    const Case cases[] = {
        {DnsCountBeyond, header(0x0100, 1)},
        {DnsCountBeyond, asked},
        {DnsCountBeyond, question(header(0x0100, 2), kName)},
        {DnsLabelOverrun,
         [] {
             auto m = header(0x0100, 1);
             put(m, Bytes{5, 'a'});
             return m;
         }()},
        {DnsNameTruncated,
         [] {
             auto m = header(0x0100, 1);
             put(m, Bytes{1, 'a'});
             return m;
         }()},
        {DnsNameTruncated,
         [] {
             auto m = header(0x0100, 1);
             put(m, Bytes{1, 'a', 0xc0});
             return m;
         }()},
        {DnsQuestionTruncated,
         [] {
             auto m = header(0x0100, 1);
             put(m, Bytes{0, 0, 1, 0});
             return m;
         }()},
        {DnsLabelType, question(header(0x0100, 1), {0x40, 0})},
        {DnsLabelType, question(header(0x0100, 1), {0x80, 0})},
        {DnsPointerHeader, question(header(0x0100, 1), {0xc0, 11})},
        {DnsPointerForward, question(header(0x0100, 1), {0xc0, 12})},
        {DnsPointerForward, question(header(0x0100, 1), {0xc0, 14})},
        {DnsPointerForward, question(header(0x0100, 1), {0xff, 0xff})},
        {DnsPointerLoop, question(header(0x0100, 1), {1, 'a', 0xc0, 12})},
        {DnsRecordTruncated,
         [&] {
             auto m = asked;
             put(m, Bytes{0, 0, 1, 0, 1, 0, 0});
             return m;
         }()},
        {DnsRdataOverrun,
         [&] {
             auto m = record(asked, kPointer, 1, {1, 2, 3, 4});
             m.pop_back();
             return m;
         }()},
        {DnsTrailingBytes,
         [&] {
             auto m = record(asked, kPointer, 1, {1, 2, 3, 4});
             m.push_back(0);
             return m;
         }()},
        {DnsOpcode, question(header(0x1900, 1), kName)},
        {DnsReservedBit, question(header(0x0140, 1), kName)},
        {DnsQueryFlags, question(header(0x0500, 1), kName)},
        {DnsQueryFlags, question(header(0x0103, 1), kName)},
        {DnsQueryRecords, record(question(header(0x0100, 1, 1), kName), kPointer, 1, {1, 2, 3, 4})},
        {DnsQueryRecords,
         record(question(header(0x0100, 1, 0, 1), kName), kPointer, 1, {1, 2, 3, 4})},
        {None, record(question(header(0x0100, 1, 0, 1), kName, 251), kPointer, 1, {1, 2, 3, 4})},
        {DnsNoQuestion, header(0x0100, 0)},
    };
    for (const Case& row : cases) {
        EXPECT_EQ(info(anomaly_of(row.message)).id, info(row.expected).id);
    }
}

TEST(Message, DamageOutranksOddities) {
    const Bytes message = question(header(0x0140, 1), {0xc0, 12});
    EXPECT_EQ(anomaly_of(message), DnsPointerForward);
    EXPECT_EQ(damage_of(message).offset, 12U);
}

TEST(Message, NameLengthLimits) {
    for (const unsigned last : {60U, 61U, 62U}) {  // 254, 255, 256 bytes with the root
        Bytes name;
        for (int i = 0; i < 3; ++i) {
            name.push_back(63);
            put(name, Bytes(63, 'x'));
        }
        name.push_back(static_cast<std::uint8_t>(last));
        put(name, Bytes(last, 'y'));
        name.push_back(0);
        const Bytes message = question(header(0x0100, 1), name);
        EXPECT_EQ(anomaly_of(message), last == 62 ? DnsNameTooLong : None) << last;
        NameBuffer out;
        EXPECT_EQ(expand_name(message, 12, out), last != 62);
        EXPECT_EQ(out.length, last == 62 ? 0U : name.size());
    }
}

TEST(Message, NameLengthLimitThroughPointers) {
    // A 240-byte name, and an owner of n bytes in front of a pointer to it: twice, so that the
    // second is measured by the remembered length.
    Bytes name;
    for (const unsigned size : {63U, 63U, 63U, 46U}) {
        name.push_back(static_cast<std::uint8_t>(size));
        put(name, Bytes(size, 'x'));
    }
    name.push_back(0);
    ASSERT_EQ(name.size(), 240U);
    for (const unsigned extra : {13U, 14U, 15U}) {
        Bytes owner{static_cast<std::uint8_t>(extra)};
        put(owner, Bytes(extra, 'z'));
        put(owner, kPointer);
        Bytes message = question(header(0x8180, 1, 2), name);
        message = record(message, kPointer, 1, {1, 2, 3, 4});
        message = record(message, owner, 1, {1, 2, 3, 4});
        EXPECT_EQ(anomaly_of(message), extra == 15 ? DnsNameTooLong : None) << extra;
    }
}

/// Two chains of 126 pointers in an opaque record, and owners that point all over them.
Bytes pointer_maze(unsigned records) {
    Bytes message = question(header(0x8180, 1), kName);
    const auto base = static_cast<unsigned>(message.size()) + 11;
    Bytes chains;
    unsigned end = 0;
    for (unsigned previous = 12, i = 0; i < 252; ++i) {
        if (i == 126) previous = 12;
        end = base + static_cast<unsigned>(chains.size());
        put16(chains, 0xc000U + previous);
        previous = end;
    }
    message = record(message, {0}, 65399, chains);
    for (unsigned n = 1; n < records; ++n) {
        const unsigned target = end - 2 * (n % 61);
        message = record(
            message,
            {static_cast<std::uint8_t>(0xc0U | target >> 8U), static_cast<std::uint8_t>(target)}, 1,
            {1, 2, 3, 4});
    }
    message[6] = static_cast<std::uint8_t>(records >> 8U);
    message[7] = static_cast<std::uint8_t>(records);
    return message;
}

TEST(Message, AMazeOfPointersIsLeftEarly) {
    const Bytes maze = pointer_maze(3000);
    const MessageView view = MessageView::inspect(maze);
    EXPECT_EQ(view.damage().id, DnsPointerExcess);
    EXPECT_LT(view.records_read(Section::Answer), 1000U);
    EXPECT_EQ(anomaly_of(pointer_maze(3)), None);
}

// A zone of addresses: owners of 34 labels, compressed against each other as name servers do.
TEST(Message, DeepHonestCompressionIsNotAMaze) {
    Bytes zone;
    for (int i = 0; i < 29; ++i)
        put(zone, Bytes{1, static_cast<std::uint8_t>('0' + i % 10)});
    put(zone, Bytes{3, 'i', 'p', '6', 4, 'a', 'r', 'p', 'a', 0});
    Bytes message = question(header(0x8180, 1), zone, 252);
    unsigned owner = 12;
    for (unsigned n = 0; n < 2000; ++n) {
        const auto at = static_cast<unsigned>(message.size());
        const auto digit = [](unsigned value) {
            return static_cast<std::uint8_t>("0123456789abcdef"[value & 15U]);
        };
        Bytes name{1, digit(n), 1, digit(n >> 4U), 1, digit(n >> 8U)};
        put16(name, 0xc000U + (n % 16 == 0 || owner > 0x3fff ? 12U : owner + 2));
        if (n % 16 == 0) owner = at;
        message = record(message, name, 12, {3, 'h', 's', 't', 0xc0, 12 + 58});
    }
    message[6] = 2000 >> 8;
    message[7] = 2000 & 255;
    const MessageView view = MessageView::inspect(message);
    EXPECT_EQ(info(view.damage().id).id, info(None).id);
    EXPECT_EQ(view.records_read(Section::Answer), 2000U);
}

TEST(Message, RdataShapes) {
    EXPECT_EQ(rdata_anomaly(1, {1, 2, 3, 4}), None);
    EXPECT_EQ(rdata_anomaly(1, {1, 2, 3}), DnsRdataShort);
    EXPECT_EQ(rdata_anomaly(1, {1, 2, 3, 4, 5}), DnsRdataLeftover);
    EXPECT_EQ(rdata_anomaly(28, Bytes(15)), DnsRdataShort);
    EXPECT_EQ(rdata_anomaly(28, Bytes(16)), None);
    EXPECT_EQ(rdata_anomaly(5, {}), DnsRdataShort);
    EXPECT_EQ(rdata_anomaly(5, {0xc0, 12}), None);
    EXPECT_EQ(rdata_anomaly(5, {0xc0, 0xff}), DnsRdataName);
    EXPECT_EQ(rdata_anomaly(5, {1, 'a', 0, 0}), DnsRdataLeftover);
    EXPECT_EQ(rdata_anomaly(5, {5, 'a', 0}), DnsRdataName);  // must not read the next record
    EXPECT_EQ(rdata_anomaly(15, {0, 10}), DnsRdataShort);
    EXPECT_EQ(rdata_anomaly(16, {}), None);
    EXPECT_EQ(rdata_anomaly(16, {1, 'a', 2, 'b'}), DnsRdataShort);
    EXPECT_EQ(rdata_anomaly(33, {0, 1, 0, 2, 0, 3, 0}), None);
    EXPECT_EQ(rdata_anomaly(65, {0, 1, 0, 0, 3, 0, 2, 1, 187}), None);
    EXPECT_EQ(rdata_anomaly(65, {0, 1, 0, 0, 3, 0, 1, 187}), DnsSvcParam);
    EXPECT_EQ(rdata_anomaly(65, {0, 1, 0, 0, 3, 0, 2, 1, 187, 0, 1, 0, 2, 1, 'h'}), DnsSvcParam);
    EXPECT_EQ(rdata_anomaly(65399, {}), None);
}

TEST(Message, DamagedRdataDoesNotEndTheWalk) {
    Bytes message = question(header(0x8180, 1, 2), kName);
    message = record(message, kPointer, 1, {1, 2});
    message = record(message, kPointer, 1, {1, 2, 3, 4});
    const MessageView view = MessageView::inspect(message);
    EXPECT_EQ(view.damage().id, DnsRdataShort);
    EXPECT_EQ(view.records_read(Section::Answer), 2U);
}

TEST(Message, EmptyRdataInUpdatesAndInverseQueries) {
    for (const unsigned opcode : {1U, 5U}) {
        const Bytes message = record(question(header(opcode << 11U, 1, 1), kName), kPointer, 1, {});
        EXPECT_TRUE(test::is_sound(MessageView::inspect(message))) << opcode;
    }
}

TEST(Message, OptRecords) {
    const Bytes opt{0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, 0, 0};
    const auto with = [&](Bytes message, const Bytes& bytes) {
        put(message, bytes);
        return message;
    };
    const Bytes one = with(question(header(0x0100, 1, 0, 0, 1), kName), opt);
    EXPECT_EQ(anomaly_of(one), None);
    EXPECT_EQ(anomaly_of(with(with(question(header(0x0100, 1, 0, 0, 2), kName), opt), opt)),
              DnsOptDuplicate);
    EXPECT_EQ(anomaly_of(with(question(header(0x8100, 1, 1), kName), opt)), DnsOptMisplaced);
    Bytes named = question(header(0x0100, 1, 0, 0, 1), kName);
    put(named, kPointer);
    EXPECT_EQ(anomaly_of(with(named, Bytes(opt.begin() + 1, opt.end()))), DnsOptOwner);
    Bytes version = one;
    version[version.size() - 5] = 1;
    EXPECT_EQ(anomaly_of(version), DnsEdnsVersion);
    Bytes flags = one;
    flags[flags.size() - 3] = 1;
    EXPECT_EQ(anomaly_of(flags), DnsEdnsFlags);

    const auto with_options = [&](const Bytes& options) {
        Bytes message = one;
        message.back() = static_cast<std::uint8_t>(options.size());
        return with(message, options);
    };
    EXPECT_EQ(anomaly_of(with_options({0, 10, 0, 5, 1, 2, 3, 4, 5})), DnsCookieLength);
    EXPECT_EQ(anomaly_of(with_options({0, 10, 0, 5, 1})), DnsOptOverrun);
    EXPECT_EQ(anomaly_of(with_options({0, 10, 0})), DnsOptOverrun);
    const Bytes mac = with_options({0xfd, 0xe9, 0, 6, 2, 1, 2, 3, 4, 5, 0, 8, 0, 4, 0, 1, 0, 0});
    const MessageView view = MessageView::inspect(mac);
    EXPECT_EQ(view.damage().id, None);
    EXPECT_EQ(view.edns().client_mac.size(), 6U);
    EXPECT_TRUE(view.edns().has_client_subnet);
    EXPECT_FALSE(view.edns().has_cookie);
}

TEST(Message, ExtendedRcode) {
    Bytes message = kAnswer;
    message[3] = 0x80;
    message[message.size() - 6] = 1;
    EXPECT_EQ(MessageView::inspect(message).full_rcode(), 16U);
}

TEST(Message, DialectsHaveTheirOwnRules) {
    const Bytes known_answer = record(question(header(0, 1, 1), kName), kPointer, 1, {1, 2, 3, 4});
    EXPECT_EQ(anomaly_of(known_answer), DnsQueryRecords);
    EXPECT_EQ(anomaly_of(known_answer, Dialect::Multicast), None);
    const Bytes status = record(question(header(0x8400, 1, 1), kName, 33), kPointer, 33, {1, 'X'});
    EXPECT_EQ(anomaly_of(status), DnsRdataShort);
    EXPECT_EQ(anomaly_of(status, Dialect::NetBios), None);
}

TEST(Message, RdataExpandsItsNames) {
    Bytes message = question(header(0x8180, 1, 1), {3, 'c', 'o', 'm', 0});
    message = record(message, kPointer, 6, {1, 'n', 0xc0, 12, 1, 'h', 0xc0, 12, 0, 0, 0, 1, 0, 0,
                                            0, 2,   0,    0,  0, 3,   0,    0,  0, 4, 0, 0, 0, 5});
    const MessageView view = MessageView::inspect(message);
    ASSERT_EQ(view.damage().id, None);
    RecordCursor cursor = view.records();
    RecordView found;
    ASSERT_TRUE(cursor.next(found));
    Bytes out(kMaxExpandedRdata);
    const ByteView rdata = expand_rdata(message, found, out);
    EXPECT_EQ(rdata.size(), 7U + 7U + 20U);
    EXPECT_EQ(as_text(rdata.first(14)), std::string_view("\1n\3com\0\1h\3com\0", 14));
}

// Messages that together use every field of every layout.
std::vector<Bytes> battery_vectors() {
    std::vector<Bytes> vectors{kAnswer};
    Bytes many = question(header(0x8580, 1, 10, 1, 1), {3, 'w', 'w', 'w', 2, 'e', 'x', 0});
    many = record(many, kPointer, 5, {1, 'c', 0xc0, 16});
    many = record(many, {1, 'c', 0xc0, 16}, 28, Bytes(16, 1));
    many = record(many, kPointer, 15, {0, 10, 2, 'm', 'x', 0xc0, 16});
    many = record(many, kPointer, 16, {3, 'a', 'b', 'c', 0});
    many = record(many, kPointer, 35, {0, 1, 0, 2, 1, 'S', 1, 'x', 0, 0xc0, 12});
    many = record(many, kPointer, 46,
                  {0, 1, 8, 2, 0, 0, 0, 60, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 0xc0, 16, 1, 2});
    many = record(many, kPointer, 65, {0, 1, 0, 0, 1, 0, 3, 2, 'h', '2', 0, 4, 0, 4, 1, 2, 3, 4});
    many = record(many, kPointer, 257, {0, 2, 'c', 'a', 'x'});
    many = record(many, kPointer, 50, {1, 0, 0, 1, 1, 9, 2, 8, 8, 0, 1, 64});
    many = record(many, kPointer, 65399, {1, 2, 3});
    many = record(many, {0xc0, 16}, 6,
                  {0xc0, 12, 0xc0, 16, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5});
    many =
        record(many, {0}, 250, {1, 'h', 0, 0, 0, 1, 2, 3, 4, 1, 44, 0, 2, 1, 2, 0, 7, 0, 0, 0, 0});
    vectors.push_back(many);
    Bytes edns = question(header(0x0120, 1, 0, 0, 1), kName);
    put(edns, Bytes{0, 0, 41, 4, 0xd0, 0, 0,    0x80, 0, 0, 22, 0, 10, 0, 8, 1, 2,
                    3, 4, 5,  6, 7,    8, 0xfd, 0xe9, 0, 6, 2,  1, 2,  3, 4, 5});
    vectors.push_back(edns);
    return vectors;
}

/// In a heap copy of exact size, so that the sanitizer sees one byte too many.
void check_exact(const Bytes& message) {
    const auto exact = std::make_unique<std::uint8_t[]>(message.size());
    std::ranges::copy(message, exact.get());
    for (const Dialect dialect : {Dialect::Unicast, Dialect::Multicast, Dialect::NetBios}) {
        test::check_invariants({exact.get(), message.size()}, dialect);
    }
}

TEST(MessageBattery, VectorsAreSound) {
    for (const Bytes& vector : battery_vectors()) {
        EXPECT_EQ(info(anomaly_of(vector)).id, info(None).id);
    }
}

TEST(MessageBattery, EveryPrefix) {
    for (const Bytes& vector : battery_vectors()) {
        for (std::size_t size = 0; size < vector.size(); ++size) {
            const Bytes part(vector.begin(), vector.begin() + static_cast<long>(size));
            check_exact(part);
            EXPECT_NE(anomaly_of(part), None) << size;
        }
    }
}

TEST(MessageBattery, EverySingleByteChange) {
    for (const Bytes& vector : battery_vectors()) {
        for (std::size_t at = 0; at < vector.size(); ++at) {
            Bytes changed = vector;
            for (unsigned value = 0; value < 256; ++value) {
                changed[at] = static_cast<std::uint8_t>(value);
                check_exact(changed);
            }
        }
    }
}

// Names without a pointer take a short cut, which must not be seen.
TEST(MessageView, QuestionNamesAreThoseOfTheWholeWalk) {
    std::mt19937 random(11);
    constexpr std::array<std::uint8_t, 8> kHeads{0, 1, 3, 62, 63, 64, 0x80, 0xc0};
    unsigned sound = 0;
    for (unsigned round = 0; round < 20'000; ++round) {
        Bytes message = header(0x0100, 1);
        for (std::size_t labels = random() % 8; labels != 0; --labels) {
            const std::uint8_t head = kHeads[random() % (round % 2 == 0 ? 5 : kHeads.size())];
            message.push_back(head);
            message.resize(message.size() + head % 64, 0x61);
        }
        put(message, Bytes{0, 0, 1, 0, 1});
        message.resize(message.size() - random() % (round % 3 == 0 ? 12 : 1));
        const Bytes exact{message};
        const MessageView view = MessageView::inspect(exact);
        const NameExtent whole = measure_name(exact, kHeaderBytes);
        const bool fits = !whole.damage && whole.end + 4 <= exact.size();
        EXPECT_EQ(view.question_name().size(), fits ? whole.length : 0U);
        if (whole.damage && exact.size() > kHeaderBytes) {
            EXPECT_EQ(view.damage().id, whole.damage.id);
            EXPECT_EQ(view.damage().offset, whole.damage.offset);
        }
        sound += fits;
    }
    EXPECT_GT(sound, 5'000U);
}

}  // namespace
}  // namespace vedette::wire::dns
