#include "service/dnsd/answer/zone_transfer.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "service/dnsd/answer/test_zone.hpp"

namespace vedette::dnsd {
namespace {

constexpr std::uint64_t kNow = 1'700'000'000;

TsigKey key(const char* text) {
    auto parsed = TsigKey::parse(text);
    EXPECT_TRUE(parsed);
    return *parsed;
}

struct Collected {
    std::vector<std::uint16_t> types;
    std::size_t messages = 0;
};

Collected collect(ZoneTransfer& transfer) {
    Collected all;
    std::vector<std::uint8_t> message;
    while (transfer.next(message, kNow)) {
        ++all.messages;
        const auto view = wire::dns::MessageView::inspect(message);
        EXPECT_TRUE(test::is_sound(view));
        auto records = view.records();
        wire::dns::RecordView record;
        while (records.next(record))
            all.types.push_back(record.type);
    }
    return all;
}

TEST(ZoneTransfer, StartsAndEndsWithTheSoaAndHoldsEveryRecord) {
    const Snapshot snapshot = test::snapshot(test::zone_text());
    const ZonePointer zone = snapshot.zones.zones()[0]->zone;
    const auto packet = test::Ask{"fromage.fr.", "AXFR"}.message();
    Query query;
    read_query(packet, query);
    ZoneTransfer transfer(zone, query, std::nullopt);
    const Collected all = collect(transfer);
    ASSERT_GT(all.types.size(), 2U);
    EXPECT_EQ(all.types.front(), rr::kSoa);
    EXPECT_EQ(all.types.back(), rr::kSoa);
    EXPECT_EQ(std::ranges::count(all.types, rr::kSoa), 2);
    EXPECT_EQ(all.types.size(), zone->counts().records + 1);
}

TEST(ZoneTransfer, LargeZonesTakeSeveralMessages) {
    std::string text(test::kZoneText);
    for (int i = 0; i < 5'000; ++i)
        text += "host" + std::to_string(i) + " A 192.0.2.1\n";
    const Snapshot snapshot = test::snapshot(text);
    const ZonePointer zone = snapshot.zones.zones()[0]->zone;
    const auto packet = test::Ask{"fromage.fr.", "AXFR"}.message();
    Query query;
    read_query(packet, query);
    ZoneTransfer transfer(zone, query, std::nullopt);
    const Collected all = collect(transfer);
    EXPECT_GT(all.messages, 3U);
    EXPECT_EQ(all.types.size(), zone->counts().records + 1);
}

TEST(Tsig, AcceptsWhatItSignedAndNothingElse) {
    const std::vector<TsigKey> keys{key("k.example:hmac-sha256:c2VjcmV0LXNlY3JldC1zZWNyZXQ=")};
    auto signed_request = test::Ask{"fromage.fr.", "SOA"}.message();
    TsigSession::sign_request(signed_request, keys[0], kNow);
    Query query;
    read_query(signed_request, query);
    ASSERT_NE(query.tsig_offset, 0U);
    const auto status = [&](const std::vector<std::uint8_t>& bytes, std::uint64_t now) {
        return TsigSession::verify(bytes, query.tsig_offset, keys, now).status();
    };
    EXPECT_EQ(status(signed_request, kNow), TsigStatus::Good);
    EXPECT_EQ(status(signed_request, kNow + 300), TsigStatus::Good);
    EXPECT_EQ(status(signed_request, kNow + 301), TsigStatus::BadTime);
    for (std::size_t i = 12; i < signed_request.size(); ++i) {
        auto changed = signed_request;
        changed[i] ^= 1U;
        EXPECT_NE(status(changed, kNow), TsigStatus::Good) << i;
    }
    const std::vector<TsigKey> others{key("other.example:c2VjcmV0")};
    EXPECT_EQ(TsigSession::verify(signed_request, query.tsig_offset, others, kNow).status(),
              TsigStatus::BadKey);
}

TEST(Tsig, KeysOfText) {
    EXPECT_TRUE(TsigKey::parse("k:hmac-sha512:AAAA"));
    EXPECT_TRUE(TsigKey::parse("k:AAAA"));
    EXPECT_FALSE(TsigKey::parse("k"));
    EXPECT_FALSE(TsigKey::parse("k:hmac-md5:AAAA"));
    EXPECT_FALSE(TsigKey::parse("k:***"));
    EXPECT_EQ(key("k:c2VjcmV0").secret.size(), 6U);
}

}  // namespace
}  // namespace vedette::dnsd
