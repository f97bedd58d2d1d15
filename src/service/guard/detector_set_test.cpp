#include "service/guard/detector_set.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <malloc.h>

#include <array>

namespace vedette::service {
namespace {

EventBatch flood_batch() {
    EventBatch batch;
    for (int i = 0; i < 2'000; ++i) {
        DnsSighting& seen = batch.sightings.emplace_back();
        seen.time = Timestamp::from_seconds(1'795'262'400);
        seen.source = IpAddress::from_v4(0xc0000207);
        seen.destination = IpAddress::from_v4(0xc0000235);
        batch.watermark = seen.time;
    }
    return batch;
}

TEST(DetectorSet, HandsFindingsOver) {
    std::vector<Finding> found;
    DetectorSet set(Preset::Normal, [&](const Finding& finding) {
        found.push_back(finding);
        return Result<void>{};
    });
    EXPECT_TRUE(set.consume(flood_batch()));
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].kind, FindingKind::FloodQueries);
    EXPECT_TRUE(set.advance(Timestamp::from_seconds(1'795'262'400 + 3'600)));
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[1].phase, FindingPhase::Ended);
}

TEST(DetectorSet, AHandlersFailureEndsTheRun) {
    DetectorSet set(Preset::Normal, [](const Finding&) -> Result<void> {
        return fail(ErrorKind::NoSpace, "full");
    });
    const auto outcome = set.consume(flood_batch());
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().text, "full");
}

TEST(DetectorSet, ItsMemoryIsKnownAndBounded) {
    const DetectorSet set(Preset::Strict, [](const Finding&) { return Result<void>{}; });
    EXPECT_GT(set.memory_bytes(), 1U << 20U);
    EXPECT_LT(set.memory_bytes(), 64U << 20U);
}

constexpr std::uint32_t kOfABatch = 1'000;
constexpr std::uint32_t kBatches = 1'000;

constexpr std::uint32_t kTold = 16;  // one of so many is told of, which costs

/// Names, machines and servers that nobody has seen before.
void fill_with_strangers(EventBatch& batch, std::uint32_t round) {
    batch.clear();
    const Timestamp time = Timestamp::from_seconds(1'795'262'400) + Duration::millis(round * 20);
    for (std::uint32_t i = 0; i < kOfABatch; ++i) {
        const std::uint32_t number = round * kOfABatch + i;
        const std::uint32_t mixed = number * 2'654'435'761U;
        const IpAddress client = IpAddress::from_v4(0x0a000000U + number);
        const IpAddress server = IpAddress::from_v4(mixed);
        const std::array<std::uint8_t, 6> octets{2,
                                                 0,
                                                 static_cast<std::uint8_t>(number >> 24U),
                                                 static_cast<std::uint8_t>(number >> 16U),
                                                 static_cast<std::uint8_t>(number >> 8U),
                                                 static_cast<std::uint8_t>(number)};
        const MacAddress mac = MacAddress::from_bytes(octets);
        const std::string name =
            fmt::format("\x18{0:08x}{0:08x}{1:08x}\x08{1:08x}\3com", mixed, number) + '\0';

        DnsTransaction& dns = batch.dns.emplace_back();
        dns.kind = TransactionKind::Unanswered;
        dns.qname = batch.bytes.append(name);
        dns.qtype = 16;
        dns.query_time = time;
        dns.query_packet = number + 1;
        dns.client = client;
        dns.server = server;
        dns.client_mac = mac;
        dns.mac_source = MacSource::Link;

        DnsSighting& seen = batch.sightings.emplace_back();
        seen.time = time;
        seen.source = client;
        seen.destination = server;
        if (i % kTold != 0) continue;
        dns.marks = DnsMarks::kPolicyBanned | DnsMarks::kClientBanned;
        EncryptedSighting& encrypted = batch.encrypted.emplace_back();
        encrypted.time = time;
        encrypted.client = client;
        encrypted.server = server;
        encrypted.port = 853;
        encrypted.server_name = batch.bytes.append(name);

        for (const DhcpType type : {DhcpType{1}, DhcpType{2}, DhcpType{4}}) {
            DhcpMessage& dhcp = batch.dhcp.emplace_back();
            dhcp.time = time;
            dhcp.type = type;
            dhcp.client_mac = dhcp.link_source = mac;
            dhcp.source = dhcp.server_ip = server;
            dhcp.requested_ip = client;
            dhcp.host_name = batch.bytes.append(name);
        }
        for (const bool back : {false, true}) {
            NeighbourEvent& neighbour = batch.neighbours.emplace_back();
            neighbour.time = time;
            neighbour.address = client;
            neighbour.mac = mac;
            if (back) neighbour.mac.octets[0] = 6;
        }
    }
    batch.watermark = time;
}

/// By what the allocator has handed out, not by what the detectors say of themselves.
TEST(DetectorSet, AMillionStrangersTakeNoMoreThanItSays) {
    EventBatch batch;
    fill_with_strangers(batch, 0);
    std::uint64_t told = 0;
    const std::size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
    DetectorSet set(Preset::Strict, [&](const Finding&) {
        ++told;
        return Result<void>{};
    });
    for (std::uint32_t round = 0; round < kBatches; ++round) {
        fill_with_strangers(batch, round);
        ASSERT_TRUE(set.consume(batch));
    }
    const std::size_t after = mallinfo2().uordblks + mallinfo2().hblkhd;
    EXPECT_GT(told, 200'000U);
    EXPECT_LE(after, before + set.memory_bytes() + (4U << 20U));  // findings of the last batch
    EXPECT_LT(set.memory_bytes(), 96U << 20U);
}

TEST(Preset, RoundTripsAndRefuses) {
    for (const Preset preset : {Preset::Quiet, Preset::Normal, Preset::Strict}) {
        EXPECT_EQ(parse_preset(to_text(preset)), preset);
    }
    EXPECT_EQ(parse_preset("loud").error().kind, ErrorKind::Usage);
}

}  // namespace
}  // namespace vedette::service
