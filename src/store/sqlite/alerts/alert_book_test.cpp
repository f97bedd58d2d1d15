#include "store/sqlite/alerts/alert_book.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

namespace vedette::store {
namespace {

namespace fs = std::filesystem;
constexpr std::int64_t kStart = 1'795'262'400;

class AlertBookTest : public testing::Test {
  protected:
    void SetUp() override {
        folder_ = fs::temp_directory_path() / ("vedette-alerts-" + std::to_string(::getpid()));
        fs::create_directories(folder_);
    }
    void TearDown() override { fs::remove_all(folder_); }

    AlertBook open() {
        auto book = AlertBook::open(folder_ / "alerts.db");
        EXPECT_TRUE(book) << book.error().text;
        return std::move(*book);
    }
    static Finding finding(std::int64_t seconds, FindingPhase phase = FindingPhase::Started,
                           const std::string& subject = "192.0.2.7 example.com.") {
        Finding finding;
        finding.kind = FindingKind::Tunnel;
        finding.phase = phase;
        finding.severity = Severity::High;
        finding.first = Timestamp::from_seconds(kStart);
        finding.last = Timestamp::from_seconds(kStart + seconds);
        finding.count = 20;
        finding.subject = subject;
        finding.reason = "because of " + std::to_string(seconds);
        finding.client = *IpAddress::parse("192.0.2.7");
        finding.packets = {3, 5, 8};
        return finding;
    }

    fs::path folder_;
};

TEST_F(AlertBookTest, OneSubjectIsOneAlert) {
    AlertBook book = open();
    EXPECT_EQ(book.record(finding(1))->second, AlertChange::New);
    EXPECT_EQ(book.record(finding(61, FindingPhase::Continues))->second, AlertChange::Continued);
    EXPECT_EQ(book.record(finding(1, FindingPhase::Started, "other"))->second, AlertChange::New);
    const auto alerts = book.list({});
    ASSERT_EQ(alerts->size(), 2U);
    const Alert& alert = (*alerts)[0];
    EXPECT_EQ(alert.count, 40U);
    EXPECT_EQ(alert.reason, "because of 61");
    EXPECT_EQ(alert.packets, (std::vector<std::uint64_t>{3, 5, 8}));
    EXPECT_EQ(alert.client, "192.0.2.7");
    EXPECT_EQ(alert.server, "");
}

TEST_F(AlertBookTest, AnAlertEndsAndReturnsWithinTheCoolDown) {
    AlertBook book = open();
    const std::int64_t id = book.record(finding(1))->first;
    EXPECT_EQ(book.record(finding(2, FindingPhase::Ended))->second, AlertChange::Ended);
    EXPECT_EQ(book.get(id)->state, AlertState::Ended);
    Finding back = finding(1'800);
    back.first = back.last;
    EXPECT_EQ(book.record(back)->first, id);
    EXPECT_EQ(book.get(id)->state, AlertState::Open);
    Finding later = finding(100'000);
    later.first = later.last;
    EXPECT_NE(book.record(later)->first, id);
}

TEST_F(AlertBookTest, AcknowledgedStaysSoWhileItGoesOn) {
    AlertBook book = open();
    const std::int64_t id = book.record(finding(1))->first;
    EXPECT_TRUE(book.acknowledge(id, "ada"));
    EXPECT_TRUE(book.record(finding(61, FindingPhase::Continues)));
    EXPECT_EQ(book.get(id)->state, AlertState::Acknowledged);
    EXPECT_EQ(book.get(id)->acknowledged_by, "ada");
    EXPECT_TRUE(book.list({.open_only = true, .kind = {}, .since = {}})->empty());
    EXPECT_EQ(book.acknowledge(id + 1, "ada").error().kind, ErrorKind::NotFound);
}

TEST_F(AlertBookTest, MutesHaveAReasonAndAnEnd) {
    AlertBook book = open();
    Mute mute;
    mute.kind = FindingKind::Tunnel;
    mute.reason = "our own test";
    mute.created = Timestamp::from_seconds(kStart);
    mute.expires = Timestamp::from_seconds(kStart + 100);
    const auto id = book.add_mute(mute);
    ASSERT_TRUE(id);
    EXPECT_EQ(book.record(finding(50))->second, AlertChange::Muted);
    EXPECT_EQ(book.record(finding(150))->second, AlertChange::Continued);
    EXPECT_EQ(book.mutes(Timestamp::from_seconds(kStart + 50))->size(), 1U);
    EXPECT_TRUE(book.mutes(Timestamp::from_seconds(kStart + 150))->empty());
    EXPECT_TRUE(book.remove_mute(*id));
    EXPECT_FALSE(book.remove_mute(*id));
}

TEST_F(AlertBookTest, AlertsOutliveTheProcessAndServeTwo) {
    AlertBook writer = open();
    const std::int64_t id = writer.record(finding(1))->first;
    AlertBook other = open();
    EXPECT_EQ(other.get(id)->reason, "because of 1");
    EXPECT_TRUE(other.acknowledge(id, "bob"));
    EXPECT_TRUE(writer.record(finding(2, FindingPhase::Continues)));
    EXPECT_EQ(other.get(id)->count, 40U);
}

TEST_F(AlertBookTest, ReturningAndStaleAlertsSaySo) {
    AlertBook book = open();
    const std::int64_t id = book.record(finding(1))->first;
    EXPECT_EQ(book.record(finding(2, FindingPhase::Ended))->second, AlertChange::Ended);
    EXPECT_EQ(book.record(finding(3))->second, AlertChange::Returned);
    EXPECT_EQ(*book.end_stale(Timestamp::from_seconds(kStart + 3)), 0);
    EXPECT_EQ(*book.end_stale(Timestamp::from_seconds(kStart + 4)), 1);
    EXPECT_EQ(book.get(id)->state, AlertState::Ended);
}

TEST_F(AlertBookTest, EvidenceIsKeptOnceAndGoesWithItsAlert) {
    AlertBook book = open();
    const std::int64_t id = book.record(finding(1))->first;
    EXPECT_TRUE(book.evidence(id)->empty());
    EvidencePacket packet;
    packet.number = 7;
    packet.time = Timestamp::from_seconds(kStart);
    packet.original = 90;
    packet.link_type = 1;
    packet.bytes = {1, 0, 255};
    ASSERT_TRUE(book.keep_evidence(id, {packet}));
    packet.number = 8;
    ASSERT_TRUE(book.keep_evidence(id, {packet}));
    const auto kept = book.evidence(id);
    ASSERT_EQ(kept->size(), 1U);
    EXPECT_EQ((*kept)[0].number, 7U);
    EXPECT_EQ((*kept)[0].bytes, packet.bytes);
    EXPECT_EQ((*kept)[0].original, 90U);
    ASSERT_TRUE(book.prune(Timestamp::from_seconds(kStart + 1)));
    EXPECT_EQ(book.evidence(id)->size(), 1U);
    ASSERT_TRUE(book.prune(Timestamp::from_seconds(kStart + 2)));
    EXPECT_TRUE(book.evidence(id)->empty());
    EXPECT_FALSE(book.get(id));
}

TEST_F(AlertBookTest, ABookOfANewerVedetteIsRefused) {
    {
        auto connection = Connection::open(folder_ / "alerts.db", OpenMode::ReadWrite);
        ASSERT_TRUE(connection->execute("PRAGMA user_version=99"));
    }
    const auto book = AlertBook::open(folder_ / "alerts.db");
    ASSERT_FALSE(book);
    EXPECT_NE(book.error().text.find("newer Vedette"), std::string::npos);
}

}  // namespace
}  // namespace vedette::store
