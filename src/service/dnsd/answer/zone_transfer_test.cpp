#include "service/dnsd/answer/zone_transfer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

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

TEST(ZoneTransfer, KeepsTheCaseOfEveryName) {
    const Snapshot snapshot = test::snapshot(
        "@ 300 SOA ns h 1 2 3 4 5\nwww A 192.0.2.1\nx MX 1 WWW\nY.X CNAME Www.Fromage.FR.\n");
    const auto packet = test::Ask{"fromage.fr.", "AXFR"}.message();
    Query query;
    read_query(packet, query);
    ZoneTransfer transfer(snapshot.zones.zones()[0]->zone, query, std::nullopt);
    std::vector<std::uint8_t> message;
    ASSERT_TRUE(transfer.next(message, kNow));
    const std::string_view text = as_text(message);
    for (const std::string_view name :
         {std::string_view("\3www\xc0\x0c"), std::string_view("\3WWW\xc0\x0c"),
          std::string_view("\1Y\1X"), std::string_view("\3Www\7Fromage\2FR\0", 16)})
        EXPECT_TRUE(text.contains(name)) << name;
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

/// An IXFR question with the SOA that a secondary has; `serial` is where it differs.
std::vector<std::uint8_t> ixfr(std::uint32_t serial) {
    auto message = test::Ask{"fromage.fr.", "IXFR"}.message();
    message[9] = 1;
    message.insert(message.end(),
                   {0xc0, 12, 0, rr::kSoa, 0, 1, 0, 0, 0, 0, 0, 24, 0xc0, 12, 0xc0, 12});
    for (unsigned shift = 32; shift > 0; shift -= 8)
        message.push_back(static_cast<std::uint8_t>(serial >> (shift - 8)));
    message.resize(message.size() + 16);
    return message;
}

TEST(ZoneTransfer, WhoIsNotBehindGetsTheSoaAlone) {  // RFC 1995 2
    const Snapshot snapshot = test::snapshot(test::zone_text());
    const ZonePointer zone = snapshot.zones.zones()[0]->zone;
    ASSERT_EQ(zone->serial(), 1U);
    const auto records = [&](std::uint32_t serial) {
        const auto packet = ixfr(serial);
        Query query;
        read_query(packet, query);
        EXPECT_EQ(query.kind, QueryKind::Question);
        EXPECT_EQ(query.known_serial, serial);
        ZoneTransfer transfer(zone, query, std::nullopt);
        return collect(transfer).types.size();
    };
    EXPECT_EQ(records(1), 1U);
    EXPECT_EQ(records(2), 1U);
    EXPECT_EQ(records(0x7fff'ffff), 1U);
    EXPECT_EQ(records(0), zone->counts().records + 1);
    EXPECT_EQ(records(0xffff'ffff), zone->counts().records + 1);
    EXPECT_EQ(records(0x8000'0001), zone->counts().records + 1) << "neither before nor behind";
}

TEST(ZoneTransfer, IxfrQuestionsAreReadToTheirEnd) {
    const auto whole = ixfr(7);
    Query query;
    for (std::size_t length = kHeaderBytes; length < whole.size(); ++length) {
        const std::vector<std::uint8_t> cut(whole.begin(),
                                            whole.begin() + static_cast<std::ptrdiff_t>(length));
        read_query(cut, query);
        EXPECT_EQ(query.kind, QueryKind::FormErr) << length;
    }
    auto no_numbers = whole;
    no_numbers[whole.size() - 25] = 19;
    read_query(no_numbers, query);
    EXPECT_EQ(query.kind, QueryKind::FormErr);
}

TEST(ZoneTransfer, OutlivesTheSettingsThatItsKeyCameWith) {
    const Snapshot snapshot = test::snapshot(test::zone_text());
    auto keys = std::make_unique<std::vector<TsigKey>>();
    keys->push_back(key("k.example:hmac-sha256:c2VjcmV0LXNlY3JldC1zZWNyZXQ="));
    auto packet = test::Ask{"fromage.fr.", "AXFR"}.message();
    TsigSession::sign_request(packet, keys->front(), kNow);
    Query query;
    read_query(packet, query);
    ZoneTransfer transfer(snapshot.zones.zones()[0]->zone, query,
                          TsigSession::verify(packet, query.tsig_offset, *keys, kNow));
    keys.reset();
    EXPECT_EQ(std::ranges::count(collect(transfer).types, rr::kTsig), 1);
}

TEST(Tsig, AWrongClockIsToldOurs) {  // RFC 8945 5.2.3
    const std::vector<TsigKey> keys{key("k.example:hmac-sha256:c2VjcmV0LXNlY3JldC1zZWNyZXQ=")};
    auto request = test::Ask{"fromage.fr.", "SOA"}.message();
    TsigSession::sign_request(request, keys[0], kNow);
    Query query;
    read_query(request, query);
    auto session = TsigSession::verify(request, query.tsig_offset, keys, kNow + 1'000);
    ASSERT_EQ(session.status(), TsigStatus::BadTime);
    auto answer = test::Ask{"fromage.fr.", "SOA"}.message();
    session.sign(answer, kNow + 1'000);
    const auto number = [&](std::size_t from_end, unsigned octets) {
        std::uint64_t value = 0;
        for (unsigned i = 0; i < octets; ++i)
            value = value << 8U | answer[answer.size() - from_end + i];
        return value;
    };
    EXPECT_EQ(number(6, 6), kNow + 1'000);
    EXPECT_EQ(number(8, 2), 6U);
    EXPECT_EQ(number(10, 2), 18U);
    EXPECT_EQ(number(10 + 2 + 32 + 2 + 2 + 6, 6), kNow) << "the request's own time";
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
