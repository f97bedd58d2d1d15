// What the writer's memory makes of names and answers.
#include <gtest/gtest.h>

#include "store/sqlite/event_encoder.hpp"
#include "store/sqlite/testing/traffic.hpp"

namespace vedette::store {
namespace {

using Bytes = std::vector<std::uint8_t>;

/// An answer for cdn.example with A records 192.0.2.<last octet> and their TTLs.
Bytes answer(const std::vector<std::pair<std::uint8_t, std::uint8_t>>& records,
             bool upper = false) {
    Bytes out{0, 1,   0x81, 0x80, 0,   1,   0,   static_cast<std::uint8_t>(records.size()),
              0, 0,   0,    0,    3,   'c', 'd', 'n',
              7, 'e', 'x',  'a',  'm', 'p', 'l', 'e',
              0, 0,   1,    0,    1};
    if (upper) out[13] = 'C';
    for (const auto& [octet, ttl] : records) {
        for (const int byte :
             {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, int{ttl}, 0, 4, 192, 0, 2, int{octet}}) {
            out.push_back(static_cast<std::uint8_t>(byte));
        }
    }
    return out;
}

DnsRow encode(EventEncoder& encoder, WriteJob& job, const Bytes& message) {
    EventBatch batch;
    DnsTransaction event;
    event.query_time = Timestamp::from_seconds(1);
    event.response_time = Timestamp::from_seconds(2);
    event.kind = TransactionKind::Matched;
    event.qtype = event.qclass = 1;
    event.qname = batch.bytes.append(ByteView(message).subspan(12, 13));
    event.response_message = batch.bytes.append(ByteView(message));
    batch.dns.push_back(event);
    encoder.encode(batch, job);
    return job.rows.back();
}

TEST(EventEncoder, RotatedAnswersAreOneSetWithTheirOwnTtls) {
    EventEncoder encoder(1, {});
    WriteJob job;
    const DnsRow first = encode(encoder, job, answer({{1, 60}, {2, 50}, {3, 40}}));
    EXPECT_EQ(job.bytes.text(first.ttls), "60 50 40");
    const DnsRow rotated = encode(encoder, job, answer({{3, 40}, {1, 60}, {2, 50}}));
    const DnsRow later = encode(encoder, job, answer({{3, 30}, {1, 59}, {2, 50}}));
    EXPECT_EQ(rotated.answers, first.answers);
    EXPECT_EQ(later.answers, first.answers);
    EXPECT_EQ(job.bytes.text(rotated.ttls), "60 50 40");
    EXPECT_EQ(job.bytes.text(later.ttls), "59 50 30");  // in the order of the set
    EXPECT_EQ(job.answers.size(), 1U);
    EXPECT_EQ(job.rdata.size(), 3U);
    EXPECT_EQ(job.records.size(), 3U);
}

TEST(EventEncoder, EqualTtlsAreANumberAndRunsAreShort) {
    EventEncoder encoder(1, {});
    WriteJob job;
    const DnsRow equal = encode(encoder, job, answer({{1, 60}, {2, 60}}));
    EXPECT_EQ(equal.ttl, 60U);
    EXPECT_TRUE(equal.ttls.empty());
    const DnsRow runs = encode(encoder, job, answer({{1, 60}, {2, 9}, {3, 9}, {4, 9}}));
    EXPECT_EQ(job.bytes.text(runs.ttls), "60 9x3");
    EXPECT_NE(runs.answers, equal.answers);
}

TEST(EventEncoder, CapitalsAreTheSameNameAndAreKept) {
    EventEncoder encoder(1, {});
    WriteJob job;
    const DnsRow lower = encode(encoder, job, answer({{1, 60}}));
    const DnsRow upper = encode(encoder, job, answer({{1, 60}}, true));
    EXPECT_EQ(upper.name, lower.name);
    EXPECT_EQ(upper.answers, lower.answers);
    EXPECT_EQ(job.keys[0].name, job.keys[1].name);
    ASSERT_EQ(job.extras.size(), 1U);
    EXPECT_EQ(job.bytes.view(job.extras[0].name_case)[0], 1);  // the first character
    EXPECT_EQ(job.names.size(), 1U);
}

TEST(EventEncoder, DamagedAnswersKeepWhatIsReadable) {
    const Bytes whole = answer({{1, 60}, {2, 50}});
    for (std::size_t length = 0; length <= whole.size(); ++length) {
        EventEncoder encoder(1, {});
        WriteJob job;
        EventBatch batch;
        DnsTransaction event;
        event.response_time = Timestamp::from_seconds(2);
        event.kind = TransactionKind::Orphan;
        event.response_message = batch.bytes.append(ByteView(whole).first(length));
        batch.dns.push_back(event);
        encoder.encode(batch, job);
        const std::size_t records = length < 45 ? 0 : length < 61 ? 1 : 2;
        EXPECT_EQ(job.records.size(), records) << length;
        EXPECT_EQ(job.rows[0].answers != 0, records != 0) << length;
    }
}

TEST(EventEncoder, AFloodOfNamesStaysWithinItsMemory) {
    testing::TrafficOptions options;
    options.random_names = true;
    testing::Traffic traffic(options);
    EventEncoder encoder(1, {});
    WriteJob job;
    EventBatch batch;
    std::size_t names = 0;
    for (int i = 0; i < 40; ++i) {
        batch.clear();
        traffic.fill(batch, 5'000);
        encoder.encode(batch, job);
        names += job.names.size();
        job.clear();
    }
    EXPECT_GT(names, 190'000U);
    EXPECT_LT(encoder.memory_bytes(), 40U << 20U);
}

TEST(InternTable, ForgetsTheOldAndKeepsTheLively) {
    const Fingerprinter print(3);
    InternTable<std::uint32_t> table(1'024);
    const auto key = [&](std::uint32_t number) {
        return print({reinterpret_cast<const std::uint8_t*>(&number), sizeof number}, 1);
    };
    table.insert(key(1), 1);
    for (std::uint32_t i = 2; i < 10'000; ++i) {
        ASSERT_NE(table.find(key(1)), nullptr) << i;  // used all the time
        EXPECT_EQ(*table.find(key(1)), 1U);
        table.insert(key(i), i);
        ASSERT_EQ(*table.find(key(i)), i);
    }
    EXPECT_EQ(table.find(key(2)), nullptr);
    EXPECT_NE(table.find(key(9'500)), nullptr);
    EXPECT_LT(table.memory_bytes(), 100'000U);
    table.forget_if([](std::uint32_t value) { return value % 2 == 0; });
    EXPECT_EQ(table.find(key(9'998)), nullptr);
    EXPECT_NE(table.find(key(9'999)), nullptr);
}

}  // namespace
}  // namespace vedette::store
