#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "app/analyze/analysis.hpp"
#include "decode/test_packets.hpp"
#include "sys/capture/capture_bytes.hpp"
#include "sys/capture/file_source.hpp"

namespace vedette::app {
namespace {

namespace test = decode::test;

class Counting final : public PacketConsumer {
  public:
    Result<void> add(const sys::PacketRecord& record, const decode::PacketFacts& facts) override {
        EXPECT_EQ(facts.captured, record.captured);
        numbers.push_back(facts.packet);
        if (facts.packet == fail_at) return fail(ErrorKind::NoSpace, "full");
        return {};
    }
    Result<void> finish() override {
        finished = true;
        return {};
    }
    std::vector<std::uint64_t> numbers;
    std::uint64_t fail_at = 0;
    bool finished = false;
};

TEST(PacketTap, NumbersPacketsOverBatches) {
    static constexpr std::uint16_t kDnsPorts[] = {53};
    test::PacketList list;
    list.add(test::query_frame(1, "a.example"));
    list.add(test::answer_frame(1, "a.example"));
    PacketTap tap({.dns_ports = kDnsPorts});
    Counting first;
    Counting second;
    tap.add(first);
    tap.add(second);
    EXPECT_TRUE(tap.consume(list.batch(), {}, nullptr));
    EXPECT_TRUE(tap.consume(list.batch(), {}, nullptr));
    EXPECT_EQ(first.numbers, (std::vector<std::uint64_t>{1, 2, 3, 4}));
    EXPECT_EQ(second.numbers, first.numbers);
    EXPECT_TRUE(tap.finish());
    EXPECT_TRUE(second.finished);
    second.fail_at = 5;
    EXPECT_FALSE(tap.consume(list.batch(), {}, nullptr));
}

TEST(CsvListing, RowsOfEachBatchOnceAndInOrder) {
    const std::string path = testing::TempDir() + "vedette-rows.csv";
    test::PacketList list;
    list.add(test::query_frame(1, "a.example"));
    list.add(test::answer_frame(1, "a.example"));
    sys::StopFlag stop;
    {
        CsvListing listing(std::move(*Output::open(path)), stop);
        PacketTap tap({});
        EXPECT_EQ(tap.make_work(), nullptr);
        tap.list(listing);
        const auto first = tap.make_work();
        const auto second = tap.make_work();
        EXPECT_TRUE(tap.consume(list.batch(), {}, first.get()));
        EXPECT_TRUE(tap.consume(list.batch(), {}, second.get()));
        second->run();
        first->run();
        EXPECT_TRUE(first->commit());
        EXPECT_TRUE(second->commit());
        EXPECT_TRUE(listing.finish());
    }
    std::ifstream file(path);
    std::string line;
    std::vector<std::string> begins;
    while (std::getline(file, line))
        begins.push_back(line.substr(0, line.find(',')));
    EXPECT_EQ(begins, (std::vector<std::string>{"index", "1", "2", "3", "4"}));
    EXPECT_FALSE(stop.stopping());
    std::filesystem::remove(path);
}

/// Reads the capture in a run and gives back the rows.
std::string rows_of(const std::string& capture, const std::string& path) {
    sys::StopFlag stop;
    CsvListing listing(std::move(*Output::open(path)), stop);
    PacketTap tap({});
    tap.list(listing);
    const auto source = sys::make_file_source({capture});
    CountingStage stage;
    const SystemClock clock;
    pipeline::Options options;
    options.packets = &tap;
    const auto report = pipeline::run({**source, stage, {}, stop, clock}, options);
    EXPECT_TRUE(report.outcome);
    EXPECT_EQ(report.ledger.imbalance(), "");
    EXPECT_TRUE(listing.finish());
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

// Batches of a file are taken by two threads in turns, each with a window of its own.
TEST(CsvListing, RowsOfAWholeFileAreThoseOfOneThread) {
    const std::string capture = testing::TempDir() + "vedette-turns.pcap";
    constexpr std::uint32_t kPackets = 20'000;
    std::string expected(captures::PacketCsv::titles());
    {
        sys::CaptureBytes file;
        file.pcap_header(0xa1b2c3d4);
        test::PacketList list;
        for (std::uint16_t i = 0; i < kPackets; ++i)
            list.add(test::query_frame(i, "host" + std::to_string(i) + ".example.com"));
        decode::PacketInspector inspector;
        captures::PacketCsv csv;
        std::uint32_t number = 0;
        for (sys::PacketRecord record : list.batch().packets) {
            record.time = Timestamp::from_seconds(++number);
            file.pcap_record(number, 0, as_text(record.bytes()));
            decode::PacketFacts facts;
            inspector.inspect(record, number, facts);
            csv.add(facts);
        }
        expected += '\n';
        expected += csv.text();
        std::ofstream(capture, std::ios::binary)
            .write(as_text(file.view()).data(), std::ssize(file.view()));
    }
    EXPECT_TRUE(rows_of(capture, capture + ".csv") == expected);
    std::filesystem::remove(capture);
    std::filesystem::remove(capture + ".csv");
}

TEST(CsvListing, AFullDiskAsksTheRunToStopOnce) {
    test::PacketList list;
    for (int i = 0; i < 2'000; ++i)
        list.add(test::query_frame(1, "a.example"));
    sys::StopFlag stop;
    CsvListing listing(std::move(*Output::open("/dev/full")), stop);
    PacketTap tap({});
    tap.list(listing);
    const auto work = tap.make_work();
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(tap.consume(list.batch(), {}, work.get()));
        work->run();
        EXPECT_TRUE(work->commit());
    }
    EXPECT_EQ(stop.level(), sys::StopFlag::Level::Finish);
    const auto outcome = listing.finish();
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind, ErrorKind::NoSpace);
}

TEST(CountingStage, ItsBooksBalance) {
    test::PacketList list;
    list.add(test::query_frame(1, "a.example"));
    CountingStage stage;
    EventBatch out;
    stage.decode(list.batch(), out);
    EXPECT_TRUE(stage.counts().balances());
    EXPECT_EQ(stage.counts().packets, 1U);
    EXPECT_TRUE(out.empty());
}

Alert alert(std::int64_t id, Severity severity, std::int64_t second) {
    Alert made;
    made.id = id;
    made.severity = severity;
    made.first = Timestamp::from_seconds(second);
    return made;
}

TEST(AlertCollector, KeepsTheLastWordMostSevereFirst) {
    AlertCollector collector;
    collector.on_alert(alert(1, Severity::Low, 10), AlertChange::New);
    collector.on_alert(alert(2, Severity::High, 30), AlertChange::New);
    collector.on_alert(alert(3, Severity::High, 20), AlertChange::New);
    Alert more = alert(1, Severity::Low, 10);
    more.count = 7;
    collector.on_alert(more, AlertChange::Continued);
    const auto rows = collector.rows();
    ASSERT_EQ(rows.size(), 3U);
    EXPECT_EQ(rows[0].first, Timestamp::from_seconds(20));
    EXPECT_EQ(rows[2].count, 7U);
}

TEST(IsMet, ByAFindingOrAnAnomaly) {
    captures::CaptureSummary summary;
    EXPECT_FALSE(is_met(summary, Severity::Info));
    summary.findings.emplace_back().severity = Severity::Medium;
    EXPECT_TRUE(is_met(summary, Severity::Low));
    EXPECT_TRUE(is_met(summary, Severity::Medium));
    EXPECT_FALSE(is_met(summary, Severity::High));
    summary.findings.clear();
    summary.anomalies.push_back({wire::AnomalyId::IpPayloadCut, 1});
    EXPECT_TRUE(is_met(summary, Severity::Info));
    EXPECT_FALSE(is_met(summary, Severity::Low));
}

}  // namespace
}  // namespace vedette::app
