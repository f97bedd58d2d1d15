#include "detect/tunnel/tunnel_detector.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

#include "render/name_text.hpp"

namespace vedette::detect {
namespace {

constexpr std::int64_t kStart = 1'795'262'400;
constexpr std::uint16_t kTxt = 16;
constexpr std::uint16_t kA = 1;

class TunnelDetectorTest : public testing::Test {
  protected:
    // One exchange `seconds` after the start; an empty `data` is an answer without records.
    void exchange(const std::string& name, std::uint16_t type, const std::string& data,
                  double seconds, std::uint32_t client = 0xc0000207) {
        const auto wire = render::parse_name(name);
        ASSERT_TRUE(wire) << name;
        DnsTransaction event;
        event.kind = TransactionKind::Matched;
        event.query_time = {kStart * kNanosPerSecond +
                            static_cast<std::int64_t>(seconds * kNanosPerSecond)};
        event.response_time = event.query_time + Duration::millis(5);
        event.client = IpAddress::from_v4(client);
        event.qtype = type;
        event.query_packet = ++packets_;
        event.qname = batch_.bytes.append(wire->view());
        event.response_message = batch_.bytes.append(answer(wire->view(), type, data));
        batch_.watermark = event.query_time;
        batch_.dns.push_back(event);
    }
    static std::string answer(ByteView name, std::uint16_t type, const std::string& data) {
        const auto type_byte = static_cast<char>(type);
        std::string message{0, 1, '\x81', '\x80', 0, 1, 0, static_cast<char>(!data.empty()),
                            0, 0, 0,      0};
        message += as_text(name);
        message += std::string{0, type_byte, 0, 1};
        if (data.empty()) return message;
        const std::size_t length = data.size() + (type == kTxt ? 1 : 0);
        message += std::string{'\xc0',
                               12,
                               0,
                               type_byte,
                               0,
                               1,
                               0,
                               0,
                               0,
                               60,
                               static_cast<char>(length >> 8U),
                               static_cast<char>(length)};
        if (type == kTxt) message += static_cast<char>(data.size());
        return message + data;
    }
    std::string random_text(std::size_t length, std::string_view alphabet) {
        std::string text;
        while (text.size() < length)
            text += alphabet[random_() % alphabet.size()];
        return text;
    }
    std::vector<Finding> observe() {
        std::vector<Finding> findings;
        detector_->observe(batch_, findings);
        batch_.clear();
        if (!findings.empty()) findings_name_ = findings[0].name;
        return findings;
    }

    EventBatch batch_;
    std::uint64_t packets_ = 0;
    std::string findings_name_;
    std::mt19937 random_{7};
    std::unique_ptr<Detector> detector_ = make_tunnel_detector(TunnelSettings::of(Preset::Normal));
};

constexpr std::string_view kBase32 = "abcdefghijklmnopqrstuvwxyz234567";
constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kMixed =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

TEST_F(TunnelDetectorTest, FindsAnUploadAfterTwentyLongNames) {
    for (int i = 0; i < 100; ++i) {
        exchange(random_text(60, kHex) + "." + random_text(40, kHex) + ".t.example.com.", kTxt,
                 "ok", i * 0.05);
    }
    const auto findings = observe();
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].kind, FindingKind::Tunnel);
    EXPECT_EQ(findings[0].name, "example.com.");
    EXPECT_EQ(findings[0].client.to_text(), "192.0.2.7");
    EXPECT_NE(findings[0].reason.find("resembles dnscat2"), std::string::npos);
    EXPECT_NE(findings[0].reason.find("asked 20 unique names"), std::string::npos);
    EXPECT_EQ(findings[0].packets, (std::vector<std::uint64_t>{1, 2, 3, 4}));
}

TEST_F(TunnelDetectorTest, FindsADownloadBehindShortNames) {
    for (int i = 0; i < 60; ++i) {
        exchange(random_text(10, kMixed) + ".d.example.com.", kTxt, random_text(200, kMixed), i);
    }
    ASSERT_EQ(observe().size(), 1U);
}

TEST_F(TunnelDetectorTest, FindsLowAndSlowOverHours) {
    std::vector<Finding> findings;
    for (int i = 0; i < 60 && findings.empty(); ++i) {
        exchange(random_text(40, kBase32) + ".example.com.", kA, "", i * 900.0);
        findings = observe();
    }
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_NE(findings[0].reason.find("asked 38 unique names"), std::string::npos)
        << findings[0].reason;
}

TEST_F(TunnelDetectorTest, OrdinaryNamesAreSilent) {
    for (int i = 0; i < 500; ++i) {
        // A content network: many unique but short names with addresses.
        exchange(fmt::format("e{}.dsca.example.net.", i * 37), kA, "\x01\x02\x03\x04", i);
        // The same few long names again and again.
        exchange(fmt::format("_ldap._tcp.default-first-site-name._sites.dc{}.example.org.", i % 9),
                 kA, "", i);
        // A random-name load test without data in its answers.
        exchange(random_text(16, kMixed) + ".test.example.", kA, "", i);
    }
    EXPECT_TRUE(observe().empty());
}

TEST_F(TunnelDetectorTest, AddressesInNamesAreSilent) {
    for (int i = 0; i < 300; ++i) {
        std::string nibbles;
        for (int n = 0; n < 32; ++n)
            nibbles += random_text(1, kHex) + ".";
        exchange(nibbles + "ip6.arpa.", 12, "", i);
        exchange(nibbles + "list.example.org.", kA, "", i);
    }
    EXPECT_TRUE(observe().empty());
}

TEST_F(TunnelDetectorTest, FindsADownloadWhoseNamesOnlyCount) {
    for (int i = 0; i < 80; ++i)
        exchange(fmt::format("{}.s.example.com.", i), kTxt, random_text(200, kMixed), i);
    const auto findings = observe();
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].phase, FindingPhase::Started);
    for (int i = 0; i < 200; ++i)
        exchange(fmt::format("{}.s.example.net.", i), kTxt, random_text(40, kMixed), i);
    EXPECT_TRUE(observe().empty());
}

TEST_F(TunnelDetectorTest, NamesOfHostsByTheirAddressAreSilent) {
    for (int i = 0; i < 200; ++i) {
        exchange(fmt::format("static-71-100-{}-{}.tampfl.fios.example.net.", i, 255 - i), kA, "",
                 i);
        exchange(fmt::format("ec2-54-{}-34-56.eu-west-1.compute.example.com.", i), kA, "", i);
        exchange(fmt::format("{}.7.2.192.dynamic.subscribers.example.org.", i), kA, "", i);
    }
    EXPECT_TRUE(observe().empty());
}

TEST_F(TunnelDetectorTest, AnAddressInFrontHidesNoData) {
    for (int i = 0; i < 60; ++i)
        exchange("192-0-2-7." + random_text(60, kHex) + ".example.com.", kTxt, "", i);
    EXPECT_EQ(observe().size(), 1U);
    for (int i = 0; i < 200; ++i)
        exchange("192-0-2-7." + random_text(26, kBase32) + ".example.net.", kTxt, "", i);
    EXPECT_GE(observe().size(), 1U);
}

TEST_F(TunnelDetectorTest, ServicesThatTakeDataInNamesAreSilent) {
    for (int i = 0; i < 200; ++i) {
        exchange(random_text(60, kHex) + ".i.00.s.SophosXL.net.", kTxt, "ok", i);
        exchange("192-0-2-7." + random_text(32, kHex) + ".plex.direct.", kA, "", i);
        exchange(random_text(40, kHex) + ".hash.cymru.com.", kA, "", i);
        exchange(random_text(63, kHex) + ".safeframe.googlesyndication.com.", kA, "", i);
        exchange(random_text(24, kBase32) + ".s3.eu-west-1.amazonaws.com.", kA, "", i);
    }
    EXPECT_TRUE(observe().empty());
    for (int i = 0; i < 60; ++i)
        exchange(random_text(60, kHex) + ".sophosxl.net.example.com.", kTxt, "ok", i);
    EXPECT_EQ(observe().size(), 1U);
}

TEST_F(TunnelDetectorTest, ListsOfProxiesInNamesAreSilent) {
    for (unsigned i = 0; i < 100; ++i) {
        exchange(fmt::format("192\\.0\\.2\\.{}, 198\\.51\\.100\\.{}, 203\\.0\\.113\\.{}.dm.local.",
                             i, i * 2, i + 7),
                 kA, "", i);
    }
    EXPECT_TRUE(observe().empty());
}

TEST_F(TunnelDetectorTest, FindsDataThatIsItsOwnTopLevelDomain) {
    for (int i = 0; i < 60; ++i) {
        exchange("dnscat." + random_text(60, kHex) + "." + random_text(40, kHex) + ".", kTxt, "",
                 i);
    }
    ASSERT_EQ(observe().size(), 1U);
    EXPECT_EQ(findings_name_, ".");
}

TEST_F(TunnelDetectorTest, RepeatedNamesCountOnce) {
    const std::string name = random_text(60, kHex) + ".example.com.";
    for (int i = 0; i < 1'000; ++i)
        exchange(name, kTxt, "ok", i);
    EXPECT_TRUE(observe().empty());
}

TEST_F(TunnelDetectorTest, ContinuesAndEnds) {
    for (int i = 0; i < 90; ++i)
        exchange(random_text(60, kHex) + ".example.com.", kTxt, "", i);
    auto findings = observe();
    ASSERT_EQ(findings.size(), 2U);
    EXPECT_EQ(findings[1].phase, FindingPhase::Continues);
    findings.clear();
    detector_->advance(Timestamp::from_seconds(kStart + 90 + 601), findings);
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].phase, FindingPhase::Ended);
}

TEST_F(TunnelDetectorTest, IgnoredDomainsStaySilent) {
    auto settings = TunnelSettings::of(Preset::Normal);
    settings.ignored_domains = {std::string("\7example\3com\0", 13)};
    detector_ = make_tunnel_detector(settings);
    for (int i = 0; i < 50; ++i)
        exchange(random_text(60, kHex) + ".Example.com.", kTxt, "", i);
    EXPECT_TRUE(observe().empty());
}

TEST_F(TunnelDetectorTest, AStormOfRandomDomainsNeitherGrowsNorHidesATunnel) {
    const std::size_t before = detector_->memory_bytes();
    std::size_t told = 0;
    for (int round = 0; round < 100; ++round) {
        for (int i = 0; i < 10'000; ++i) {
            exchange(random_text(12, kBase32) + ".com.", kA, "", round);
        }
        exchange(random_text(60, kHex) + ".example.com.", kTxt, "", round);
        told += observe().size();
    }
    EXPECT_EQ(told, 2U);  // started, and still there a minute later
    EXPECT_EQ(detector_->memory_bytes(), before);
    EXPECT_LT(before, 20U << 20U);
}

}  // namespace
}  // namespace vedette::detect
