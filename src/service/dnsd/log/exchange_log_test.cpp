#include "service/dnsd/log/exchange_log.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "pipeline/sink_thread.hpp"
#include "service/dnsd/answer/test_zone.hpp"

namespace vedette::dnsd {
namespace {

class ExchangeLogTest : public ::testing::Test {
  protected:
    Exchange answered(const test::Ask& ask) {
        query_ = ask.message();
        response_.resize(4'096);
        exchange_.received = Timestamp::from_seconds(100);
        exchange_.answered = exchange_.received + Duration{1'500};
        exchange_.client = *Endpoint::parse("192.0.2.9:4321", 0);
        exchange_.server = *Endpoint::parse("192.0.2.1:53", 0);
        exchange_.outcome = responder_.answer(query_, {}, snapshot_, response_);
        exchange_.query = query_;
        exchange_.response = {response_.data(), exchange_.outcome.bytes};
        exchange_.parsed = &responder_.query();
        return exchange_;
    }
    Snapshot snapshot_ = test::snapshot(test::kZoneText);
    Responder responder_;
    std::vector<std::uint8_t> query_, response_;
    Exchange exchange_;
    LogCounters counters_;
};

TEST_F(ExchangeLogTest, TellsWhatTheTraceWouldTell) {
    pipeline::BatchQueue queue({});
    ExchangeLog log(queue, counters_);
    log.observe(answered(test::Ask{"WWW.fromage.fr."}));
    log.batch_end(Timestamp::from_seconds(101));
    const auto batch = queue.pop(Duration::millis(10));
    ASSERT_TRUE(batch);
    ASSERT_EQ(batch->dns.size(), 1U);
    const DnsTransaction& event = batch->dns[0];
    EXPECT_EQ(event.kind, TransactionKind::Matched);
    EXPECT_EQ(event.latency().nanos, 1'500);
    EXPECT_EQ(event.client.to_text(), "192.0.2.9");
    EXPECT_EQ(event.client_port, 4321);
    EXPECT_EQ(event.id, 0x1234);
    EXPECT_EQ(event.qtype, 1);
    EXPECT_EQ(batch->bytes.text(event.qname), std::string_view("\3WWW\7fromage\2fr\0", 16));
    EXPECT_EQ(event.response_flags, 0x8500);
    EXPECT_EQ(batch->bytes.view(event.response_message).size(), event.response_bytes);
    EXPECT_EQ(counters_.logged.load(), 1U);
}

TEST_F(ExchangeLogTest, AQueryWithoutAnswerIsAnEventToo) {
    pipeline::BatchQueue queue({});
    ExchangeLog log(queue, counters_);
    Exchange exchange = answered(test::Ask{"www.fromage.fr."});
    exchange.response = {};
    exchange.answered = kNever;
    log.observe(exchange);
    log.batch_end(Timestamp::from_seconds(101));
    const auto batch = queue.pop(Duration::millis(10));
    ASSERT_TRUE(batch);
    EXPECT_EQ(batch->dns[0].kind, TransactionKind::Unanswered);
}

TEST_F(ExchangeLogTest, AFullQueueDropsAndCounts) {
    pipeline::QueueLimits limits;
    limits.batches = 2;
    pipeline::BatchQueue queue(limits);
    {
        ExchangeLog log(queue, counters_);
        const Exchange exchange = answered(test::Ask{"www.fromage.fr."});
        for (int i = 0; i < 128 * 5 + 7; ++i)
            log.observe(exchange);
        EXPECT_EQ(counters_.logged.load(), 128U * 2);
        EXPECT_EQ(counters_.dropped.load(), 128U * 3);
    }
    EXPECT_EQ(counters_.logged + counters_.dropped, 128U * 5 + 7) << "every event is accounted for";
}

class SlowSink final : public pipeline::EventSink {
  public:
    std::string_view name() const noexcept override { return "slow"; }
    Result<void> consume(const EventBatch& batch) override {
        events += batch.dns.size();
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        return {};
    }
    Result<void> flush() override { return {}; }
    std::uint64_t events = 0;
};

TEST_F(ExchangeLogTest, SeveralAnsweringThreadsLoseNothingUncounted) {
    constexpr int kThreads = 3;
    constexpr int kEach = 20'000;
    pipeline::QueueLimits limits;
    limits.batches = 4;
    pipeline::BatchQueue queue(limits);
    SlowSink sink;
    pipeline::SinkThread storing(queue, {&sink}, Duration::millis(10));
    const Exchange exchange = answered(test::Ask{"www.fromage.fr."});
    std::vector<std::thread> answering;
    for (int i = 0; i < kThreads; ++i) {
        answering.emplace_back([&] {
            ExchangeLog log(queue, counters_);
            for (int k = 0; k < kEach; ++k)
                log.observe(exchange);
        });
    }
    for (std::thread& thread : answering)
        thread.join();
    queue.finish();
    storing.join();
    EXPECT_GT(counters_.dropped.load(), 0U) << "the sink was fast enough";
    EXPECT_EQ(counters_.logged.load(), sink.events);
    EXPECT_EQ(counters_.logged + counters_.dropped, std::uint64_t{kThreads} * kEach);
}

TEST_F(ExchangeLogTest, ReadsTheNeighbourTable) {
    Neighbours neighbours;
    EXPECT_TRUE(neighbours.refresh());
    EXPECT_EQ(neighbours.find(*IpAddress::parse("192.0.2.77")), nullptr);
}

}  // namespace
}  // namespace vedette::dnsd
