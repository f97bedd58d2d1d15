// The detectors on real captures: every tunnel found, ordinary traffic silent, every labelled
// malformed query that servers refuse seen by the checks.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "detection_run.hpp"
#include "wire/dns/query_check.hpp"

namespace vedette::test {
namespace {

constexpr const char* kData = "../shared/data";

// Tunnel captures in which there is no DNS to see.
const std::map<std::string, std::string> kNoCleartext{
    {"ntop-nDPI/dns2tcp_tunnel.pcap", "TLS on port 443; no DNS message is readable"}};

TEST(Detection, EveryTunnelIsFoundAndOrdinaryTrafficIsSilent) {
    const auto captures = list_captures(kData);
    if (captures.empty()) GTEST_SKIP() << "no reference captures in " << kData;
    int tunnels = 0;
    int benign = 0;
    for (const Capture& capture : captures) {
        const auto run = detect_in(capture.path, detect::Preset::Normal);
        if (!run) continue;  // files that are no captures are the capture reader's business
        if (capture.is_tunnel() && kNoCleartext.count(capture.name) == 0) {
            ++tunnels;
            // Two where the capture shows the client and the resolver that forwards for it.
            EXPECT_GE(run->count(FindingKind::Tunnel), 1U) << capture.name;
        }
        if (capture.is_benign()) {
            ++benign;
            for (const FindingKind kind : {FindingKind::Tunnel, FindingKind::HeaderInvalid}) {
                const Told* told = run->first(kind);
                EXPECT_EQ(told, nullptr) << capture.name << ": " << told->finding.reason;
            }
        }
    }
    EXPECT_GE(tunnels, 31);
    EXPECT_GE(benign, 300);
}

TEST(Detection, TheSameCaptureGivesTheSameFindings) {
    const auto captures = list_captures(kData);
    if (captures.empty()) GTEST_SKIP() << "no reference captures in " << kData;
    for (const Capture& capture : captures) {
        if (capture.kind != "dns-tunnel") continue;
        const auto first = detect_in(capture.path, detect::Preset::Strict);
        const auto second = detect_in(capture.path, detect::Preset::Strict);
        ASSERT_TRUE(first && second);
        ASSERT_EQ(first->told.size(), second->told.size()) << capture.name;
        for (std::size_t i = 0; i < first->told.size(); ++i) {
            EXPECT_EQ(first->told[i].finding.reason, second->told[i].finding.reason);
        }
    }
}

TEST(Detection, EncryptedDnsIsSeenInRealTraffic) {
    if (list_captures(kData).empty()) GTEST_SKIP() << "no reference captures in " << kData;
    const std::map<std::string, std::string> expected{
        {"ntop-nDPI/dns_dot.pcap", "8.8.8.8 port 853 for DNS over TLS"},
        {"ntop-nDPI/no_sni.pcap", "mozilla.cloudflare-dns.com port 443 for DNS over HTTPS"},
    };
    for (const auto& [name, words] : expected) {
        const auto run = detect_in(std::string(kData) + "/" + name, detect::Preset::Normal);
        ASSERT_TRUE(run) << name;
        const Told* told = run->first(FindingKind::ResolverEncrypted);
        ASSERT_NE(told, nullptr) << name;
        EXPECT_NE(told->finding.reason.find(words), std::string::npos) << told->finding.reason;
        EXPECT_EQ(run->count(FindingKind::ResolverEncrypted), 1U) << name;
    }
}

// Numbers of dns_malformed_labelled.txt whose every measured full server refuses, ignores or
// answers FORMERR or NOTIMP, and that are a query's own fault.
TEST(Detection, LabelledQueriesThatServersRefuseAreSeen) {
    const std::string path = std::string(kData) + "/tunnels-own/dns_malformed_labelled.pcap";
    const auto messages = queries_of(path);
    if (messages.empty()) GTEST_SKIP() << "no reference captures in " << kData;
    ASSERT_EQ(messages.size(), 66U);
    const std::set<std::size_t> refused{2,  3,  4,  5,  6,  7,  8,  9,  11, 12, 13,
                                        14, 22, 23, 24, 25, 29, 30, 34, 35, 36, 37,
                                        38, 39, 40, 44, 45, 46, 50, 52, 66};
    const std::set<std::size_t> honest{1, 16, 17, 42, 56, 58, 61, 63, 64, 65};
    for (std::size_t i = 0; i < messages.size(); ++i) {
        const auto view = wire::dns::MessageView::inspect(messages[i]);
        const auto failed = wire::dns::check_query(view);
        EXPECT_FALSE(refused.count(i + 1) != 0 && failed.empty()) << "case " << i + 1;
        EXPECT_FALSE(honest.count(i + 1) != 0 && !failed.empty()) << "case " << i + 1;
    }
}

}  // namespace
}  // namespace vedette::test
