#include "detect/newcomer/newcomer_detector.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vedette::detect {
namespace {

constexpr std::int64_t kStart = 1'795'262'400;
const MacAddress kPhone = *MacAddress::parse("a8:7c:f8:00:00:01");
const MacAddress kOther = *MacAddress::parse("64:e8:33:00:00:02");
const MacAddress kMadeUp = *MacAddress::parse("02:00:00:00:00:03");

class NewcomerDetectorTest : public testing::Test {
  protected:
    static ClientRow known(const MacAddress& mac, std::vector<std::string> hosts = {}) {
        ClientRow row;
        row.mac = mac;
        row.hosts = std::move(hosts);
        row.last_seen = Timestamp::from_seconds(kStart - 100);
        return row;
    }
    void query(const MacAddress& mac, std::int64_t second) {
        EventBatch batch;
        DnsTransaction& event = batch.dns.emplace_back();
        event.query_time = Timestamp::from_seconds(kStart + second);
        event.client = *IpAddress::parse("192.0.2.7");
        event.client_mac = mac;
        event.mac_source = MacSource::Link;
        detector_->observe(batch, found_);
    }
    void discover(const MacAddress& mac, std::int64_t second, std::string_view host) {
        EventBatch batch;
        DhcpMessage& event = batch.dhcp.emplace_back();
        event.time = Timestamp::from_seconds(kStart + second);
        event.op = 1;
        event.type = 1;
        event.client_mac = mac;
        event.host_name = batch.bytes.append(host);
        event.packet = 9;
        detector_->observe(batch, found_);
    }

    std::unique_ptr<Detector> detector_;
    std::vector<Finding> found_;
};

TEST_F(NewcomerDetectorTest, WhoIsKnownIsNotNewAndWhoIsNewIsToldOnce) {
    detector_ = make_newcomer_detector(NewcomerSettings::of(Preset::Normal), {known(kPhone)});
    query(kPhone, 0);
    EXPECT_TRUE(found_.empty());
    query(kOther, 1);
    query(kOther, 2);
    ASSERT_EQ(found_.size(), 1U);
    EXPECT_EQ(found_[0].kind, FindingKind::NewClient);
    EXPECT_EQ(found_[0].subject, kOther.to_text());
    EXPECT_EQ(found_[0].client.to_text(), "192.0.2.7");
}

TEST_F(NewcomerDetectorTest, ARandomizedAddressSaysSo) {
    detector_ = make_newcomer_detector({}, {known(kPhone)});
    discover(kMadeUp, 0, "pixel");
    ASSERT_EQ(found_.size(), 1U);
    EXPECT_NE(found_[0].reason.find("randomized"), std::string::npos);
    EXPECT_NE(found_[0].reason.find("calls itself pixel"), std::string::npos);
}

TEST_F(NewcomerDetectorTest, WhereNobodyIsKnownTheFirstDayIsForLearning) {
    detector_ = make_newcomer_detector(NewcomerSettings::of(Preset::Normal), {});
    query(kPhone, 0);
    query(kOther, 86'400);
    EXPECT_TRUE(found_.empty());
    query(kMadeUp, 86'402);
    EXPECT_EQ(found_.size(), 1U);
}

TEST_F(NewcomerDetectorTest, AKnownHostOnANewAddressIsToldOnce) {
    detector_ =
        make_newcomer_detector(NewcomerSettings::of(Preset::Quiet), {known(kPhone, {"laptop"})});
    discover(kPhone, 0, "laptop");
    EXPECT_TRUE(found_.empty());
    discover(kOther, 1, "LAPTOP");
    ASSERT_EQ(found_.size(), 1U);
    EXPECT_EQ(found_[0].kind, FindingKind::ClientMoved);
    EXPECT_NE(found_[0].reason.find(kPhone.to_text()), std::string::npos);
    discover(kPhone, 2, "laptop");
    EXPECT_EQ(found_.size(), 1U);
}

TEST_F(NewcomerDetectorTest, ANameThatManyShareSaysNothing) {
    detector_ = make_newcomer_detector(
        {}, {known(kPhone, {"iPhone"}), known(kOther, {"iPhone"}), known(kMadeUp)});
    discover(kMadeUp, 0, "iPhone");
    EXPECT_TRUE(found_.empty());
}

TEST_F(NewcomerDetectorTest, MemoryHoldsUnderAMillionAddresses) {
    detector_ = make_newcomer_detector({}, {known(kPhone)});
    const std::size_t before = detector_->memory_bytes();
    for (std::uint64_t i = 0; i < 1'000'000; ++i) {
        discover(MacAddress::from_u64(mix64(i) >> 16U & ~(1ULL << 40U)), 1, std::to_string(i));
        found_.clear();
    }
    EXPECT_EQ(detector_->memory_bytes(), before);
    EXPECT_LT(before, 16U << 20U);
}

}  // namespace
}  // namespace vedette::detect
