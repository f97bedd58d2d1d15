#include "detect/flood/flood_detector.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

#include "detect/flood/host_rates.hpp"
#include "render/name_text.hpp"

namespace vedette::detect {
namespace {

constexpr std::int64_t kStart = 1'795'262'400;
constexpr std::uint32_t kServer = 0xc0000235;  // 192.0.2.53
constexpr std::uint32_t kClient = 0xc0000207;

TEST(DistinctCounter, EstimatesWithinAFewPercent) {
    for (const std::uint64_t values : {0U, 1U, 8U, 100U, 300U, 700U}) {
        DistinctCounter<4> counter;
        for (std::uint64_t i = 0; i < values * 3; ++i)
            counter.add(mix64(i % values + 1));
        const auto exact = static_cast<double>(values);
        EXPECT_NEAR(counter.estimate(), exact, exact * 0.15 + 1);
    }
}

class FloodDetectorTest : public testing::Test {
  protected:
    struct Message {
        double seconds = 0;
        std::uint32_t from = kClient;
        std::uint32_t to = kServer;
        std::uint32_t bytes = 40;
        bool solicited = true;
    };
    void query(const Message& message, const std::string& name = "www.example.com.") {
        DnsSighting& seen = add(message);
        seen.qname = batch_.bytes.append(render::parse_name(name)->view());
    }
    void response(const Message& message) { add(message).flags = 0x8000; }

    std::set<std::string_view> observe() {
        std::set<std::string_view> kinds;
        detector_->observe(batch_, findings_);
        for (const Finding& finding : findings_)
            kinds.insert(info(finding.kind).id);
        batch_.clear();
        return kinds;
    }

    EventBatch batch_;
    std::vector<Finding> findings_;
    std::unique_ptr<Detector> detector_ = make_flood_detector(FloodSettings::of(Preset::Normal));

  private:
    DnsSighting& add(const Message& message) {
        DnsSighting& seen = batch_.sightings.emplace_back();
        seen.time = {kStart * kNanosPerSecond +
                     static_cast<std::int64_t>(message.seconds * kNanosPerSecond)};
        seen.source = IpAddress::from_v4(message.from);
        seen.destination = IpAddress::from_v4(message.to);
        seen.bytes = message.bytes;
        seen.solicited = message.solicited;
        batch_.watermark = seen.time;
        return seen;
    }
};

TEST_F(FloodDetectorTest, AQueryFloodIsToldWithinItsFirstSecond) {
    for (std::uint32_t i = 0; i < 100'000; ++i)
        query({.seconds = i * 1e-5, .from = 0x0a000000 + i});
    EXPECT_EQ(observe(), (std::set<std::string_view>{"flood.queries"}));
    ASSERT_EQ(findings_.size(), 1U);
    EXPECT_EQ(findings_[0].subject, "to 192.0.2.53");
    EXPECT_LT(findings_[0].last - findings_[0].first, Duration::seconds(2));
}

TEST_F(FloodDetectorTest, ABusyServerIsNotAFlood) {
    for (int second = 0; second < 300; ++second) {
        const int rate = second < 100 ? 5 * second : 500;  // it grows as the day begins
        for (int i = 0; i < rate; ++i) {
            query({.seconds = second + i * 0.001, .from = kClient + static_cast<unsigned>(i % 50)});
        }
    }
    EXPECT_TRUE(observe().empty());
}

TEST_F(FloodDetectorTest, ABusyServerCanStillBeFlooded) {
    for (int second = 0; second < 200; ++second) {
        for (int i = 0; i < 500; ++i)
            query({.seconds = second + i * 0.001});
    }
    EXPECT_TRUE(observe().empty());
    for (unsigned i = 0; i < 8'000; ++i)
        query({.seconds = 200 + i * 1e-4, .from = 0x0a000000 + i});
    EXPECT_EQ(observe(), (std::set<std::string_view>{"flood.queries"}));
}

TEST_F(FloodDetectorTest, OneClientAskingManyServersIsASource) {
    for (unsigned i = 0; i < 2'000; ++i)
        query({.seconds = i * 1e-4, .to = 0x0a000000 + i});
    EXPECT_EQ(observe(), (std::set<std::string_view>{"flood.queries"}));
    EXPECT_EQ(findings_[0].subject, "from 192.0.2.7");
}

TEST_F(FloodDetectorTest, AnswersNobodyAskedFor) {
    for (unsigned i = 0; i < 500; ++i) {
        response({.seconds = i * 1e-3,
                  .from = 0x0a000000 + i,
                  .to = kClient,
                  .bytes = 3'000,
                  .solicited = false});
    }
    EXPECT_EQ(observe(), (std::set<std::string_view>{"flood.responses"}));
    EXPECT_EQ(findings_[0].subject, "to 192.0.2.7");
    EXPECT_NE(findings_[0].reason.find("answers it had not asked for"), std::string::npos);
}

TEST_F(FloodDetectorTest, AmplificationIsFewNamesAndManyBytes) {
    for (int i = 0; i < 100; ++i) {
        query({.seconds = i * 1e-3});
        response({.seconds = i * 1e-3, .from = kServer, .to = kClient, .bytes = 3'000});
    }
    EXPECT_EQ(observe(), (std::set<std::string_view>{"flood.amplification"}));
    EXPECT_EQ(findings_[0].server.to_text(), "192.0.2.53");
}

TEST_F(FloodDetectorTest, LargeAnswersForManyNamesAreNotAmplification) {
    for (int i = 0; i < 100; ++i) {
        query({.seconds = i * 1e-3}, fmt::format("host{}.example.com.", i));
        response({.seconds = i * 1e-3, .from = kServer, .to = kClient, .bytes = 3'000});
    }
    EXPECT_TRUE(observe().empty());
}

TEST_F(FloodDetectorTest, RandomNamesOfOneDomain) {
    for (int i = 0; i < 900; ++i)
        query({.seconds = i * 0.005}, fmt::format("x{}.example.com.", i));
    EXPECT_EQ(observe(), (std::set<std::string_view>{"flood.random-names"}));
    EXPECT_EQ(findings_[0].name, "example.com.");
}

TEST_F(FloodDetectorTest, NamesThatDoNotExist) {
    for (int i = 0; i < 150; ++i) {
        DnsTransaction event;
        event.kind = TransactionKind::Matched;
        event.client = IpAddress::from_v4(kClient);
        event.query_time = event.response_time = Timestamp::from_seconds(kStart + i / 30);
        event.rcode = i % 5 == 0 ? 0 : 3;
        batch_.dns.push_back(event);
    }
    EXPECT_EQ(observe(), (std::set<std::string_view>{"flood.nxdomain"}));
}

TEST_F(FloodDetectorTest, StrictHasTheSimpleRule) {
    detector_ = make_flood_detector(FloodSettings::of(Preset::Strict));
    for (int i = 0; i < 49; ++i)
        query({.seconds = i * 0.01});
    EXPECT_TRUE(observe().empty());
    query({.seconds = 0.5});
    EXPECT_EQ(observe(), (std::set<std::string_view>{"flood.queries"}));
}

TEST_F(FloodDetectorTest, AMillionSourcesAndNamesStayWithinTheTables) {
    const std::size_t before = detector_->memory_bytes();
    for (unsigned round = 0; round < 100; ++round) {
        for (unsigned i = 0; i < 10'000; ++i) {
            query({.seconds = round * 0.1 + i * 1e-5, .from = round * 10'000 + i},
                  fmt::format("{:x}.d{:x}.com.", i * 7919, round * 10'000 + i));
        }
        observe();
    }
    EXPECT_EQ(detector_->memory_bytes(), before);
    EXPECT_LT(before, 16U << 20U);
    EXPECT_LT(findings_.size(), 10U);
}

}  // namespace
}  // namespace vedette::detect
