#include "decode/dns_tracker.hpp"

#include <gtest/gtest.h>

#include "decode/dns_test_messages.hpp"

namespace vedette::decode {
namespace {

using test::Bytes;

constexpr std::uint16_t kClientPort = 40'000;
const MacAddress kClientMac = MacAddress::from_u64(0x021122334455);

class DnsTrackerTest : public testing::Test {
  protected:
    void use(const DnsTrackerLimits& limits) {
        tracker_ = std::make_unique<DnsTracker>(identity_, counts_, limits);
    }
    PacketContext packet(double seconds, bool to_server) {
        PacketContext context;
        context.time = {static_cast<std::int64_t>(seconds * 1e9) + 1'000'000'000'000'000'000};
        context.packet = ++packets_;
        const IpAddress client = *IpAddress::parse("192.0.2.10");
        const IpAddress server = *IpAddress::parse("198.51.100.53");
        context.source = to_server ? client : server;
        context.destination = to_server ? server : client;
        context.source_port = to_server ? kClientPort : 53;
        context.destination_port = to_server ? 53 : kClientPort;
        context.link_source = to_server ? kClientMac : MacAddress::from_u64(0x02aa);
        context.has_link = true;
        context.transport = transport_;
        return context;
    }
    void ask(double seconds, const Bytes& message) {
        tracker_->on_message(packet(seconds, true), DnsProtocol::Dns, message, out_);
    }
    void reply(double seconds, const Bytes& message) {
        tracker_->on_message(packet(seconds, false), DnsProtocol::Dns, message, out_);
    }
    std::vector<TransactionKind> kinds() const {
        std::vector<TransactionKind> kinds;
        for (const DnsTransaction& event : out_.dns)
            kinds.push_back(event.kind);
        return kinds;
    }

    Identity identity_;
    TraceCounts counts_;
    EventBatch out_;
    Transport transport_ = Transport::Udp;
    std::uint64_t packets_ = 0;
    std::unique_ptr<DnsTracker> tracker_ = std::make_unique<DnsTracker>(identity_, counts_);
};

using enum TransactionKind;
using Kinds = std::vector<TransactionKind>;

TEST_F(DnsTrackerTest, PairsAQueryWithItsAnswer) {
    const Bytes question = test::query(7, "www.Example.com");
    const Bytes answer = test::answer(7, "www.Example.com");
    ask(1, question);
    EXPECT_TRUE(out_.dns.empty());
    reply(1.5, answer);
    ASSERT_EQ(kinds(), Kinds{Matched});
    const DnsTransaction& event = out_.dns[0];
    EXPECT_EQ(event.latency(), Duration::millis(500));
    EXPECT_EQ(event.client.to_text(), "192.0.2.10");
    EXPECT_EQ(event.server_port, 53U);
    EXPECT_EQ(event.id, 7U);
    EXPECT_EQ(event.qtype, 1U);
    EXPECT_EQ(event.query_packet, 1U);
    EXPECT_EQ(event.response_packet, 2U);
    EXPECT_EQ(event.client_mac, kClientMac);
    EXPECT_EQ(event.mac_source, MacSource::Link);
    const auto bytes = [&](ByteSlice slice) {
        const ByteView view = out_.bytes.view(slice);
        return Bytes(view.begin(), view.end());
    };
    EXPECT_EQ(bytes(event.query_message), question);
    EXPECT_EQ(bytes(event.response_message), answer);
    EXPECT_EQ(bytes(event.qname), Bytes(question.begin() + 12, question.end() - 4));
    EXPECT_EQ(counts_.dns_udp_query, 1U);
    EXPECT_EQ(counts_.dns_udp_response, 1U);
    EXPECT_EQ(counts_.matched, 1U);
}

TEST_F(DnsTrackerTest, CaseOfTheNameDoesNotMatter) {
    ask(1, test::query(7, "wWw.eXample.com"));
    reply(1, test::answer(7, "www.example.COM"));
    EXPECT_EQ(kinds(), Kinds{Matched});
}

TEST_F(DnsTrackerTest, AnotherQuestionTypeIdOrPortIsAnOrphan) {
    ask(1, test::query(7, "example.com"));
    reply(1, test::answer(7, "example.org"));
    reply(1, test::answer(7, "example.com", 28));
    reply(1, test::answer(8, "example.com"));
    PacketContext elsewhere = packet(1, false);
    elsewhere.destination_port = 1234;
    tracker_->on_message(elsewhere, DnsProtocol::Dns, test::answer(7, "example.com"), out_);
    EXPECT_EQ(kinds(), (Kinds{Orphan, Orphan, Orphan, Orphan}));
    EXPECT_EQ(out_.dns[0].client.to_text(), "192.0.2.10");
    EXPECT_EQ(out_.dns[0].server.to_text(), "198.51.100.53");
    EXPECT_FALSE(out_.dns[0].has_query());
    tracker_->flush(out_);
    EXPECT_EQ(out_.dns.back().kind, Unanswered);
}

TEST_F(DnsTrackerTest, ASecondAnswerIsAnOrphan) {
    ask(1, test::query(7, "example.com"));
    reply(1, test::answer(7, "example.com"));
    reply(1, test::answer(7, "example.com"));
    EXPECT_EQ(kinds(), (Kinds{Matched, Orphan}));
}

TEST_F(DnsTrackerTest, ARetransmissionIsAQueryOfItsOwn) {
    ask(1, test::query(7, "example.com"));
    ask(3, test::query(7, "example.com"));
    reply(4, test::answer(7, "example.com"));
    reply(4.5, test::answer(7, "example.com"));
    ASSERT_EQ(kinds(), (Kinds{Matched, Matched}));
    EXPECT_EQ(out_.dns[0].latency(), Duration::seconds(3));
    EXPECT_EQ(out_.dns[1].latency(), Duration::millis(1500));
}

TEST_F(DnsTrackerTest, ABareHeaderAnswersTheOldestQuery) {
    ask(1, test::query(7, "first.example"));
    ask(1, test::query(7, "second.example"));
    reply(1, test::header(7, 0x8181, 0, 0));
    ASSERT_EQ(kinds(), Kinds{Matched});
    EXPECT_EQ(out_.dns[0].query_packet, 1U);
    EXPECT_EQ(out_.dns[0].rcode, 1U);
}

TEST_F(DnsTrackerTest, UnansweredAfterTheTimeoutAndOrphanAfterThat) {
    ask(1, test::query(7, "example.com"));
    ask(11, test::query(8, "example.com"));
    EXPECT_TRUE(out_.dns.empty());
    ask(11.001, test::query(9, "example.com"));
    ASSERT_EQ(kinds(), Kinds{Unanswered});
    EXPECT_EQ(out_.dns[0].id, 7U);
    reply(11.002, test::answer(7, "example.com"));
    EXPECT_EQ(kinds(), (Kinds{Unanswered, Orphan}));
    EXPECT_EQ(counts_.unanswered, 1U);
    EXPECT_EQ(counts_.orphans, 1U);
}

TEST_F(DnsTrackerTest, TimeThatJumpsBackDoesNotKeepQueriesForEver) {
    ask(1'000'000, test::query(7, "future.example"));
    ask(1, test::query(8, "example.com"));
    EXPECT_EQ(kinds(), Kinds{Unanswered});
    reply(2, test::answer(8, "example.com"));
    EXPECT_EQ(kinds(), (Kinds{Unanswered, Matched}));
}

TEST_F(DnsTrackerTest, AnswersALittleBeforeTheirQueryInTimeStillPair) {
    ask(1.0, test::query(7, "example.com"));
    reply(0.9, test::answer(7, "example.com"));
    EXPECT_EQ(kinds(), Kinds{Matched});
}

TEST_F(DnsTrackerTest, ImpossibleTimestampsAreHarmless) {
    for (const std::int64_t nanos : {INT64_MIN, INT64_MAX, std::int64_t{0}, INT64_MIN + 1}) {
        PacketContext context = packet(0, true);
        context.time = {nanos};
        tracker_->on_message(context, DnsProtocol::Dns, test::query(7, "example.com"), out_);
    }
    tracker_->flush(out_);
    EXPECT_EQ(counts_.unanswered, 4U);
}

TEST_F(DnsTrackerTest, MulticastIsNeverPaired) {
    PacketContext context = packet(1, true);
    context.destination = *IpAddress::parse("224.0.0.251");
    context.destination_port = 5353;
    Bytes question = test::query(0, "printer.local", 255);
    question[question.size() - 2] = 0x80;  // unicast response wanted
    tracker_->on_message(context, DnsProtocol::Mdns, question, out_);
    ASSERT_EQ(kinds(), Kinds{OneWay});
    EXPECT_EQ(out_.dns[0].qclass, 1U);
    EXPECT_NE(out_.dns[0].marks & DnsMarks::kUnicastReply, 0);
    EXPECT_TRUE(out_.dns[0].has_query());
    EXPECT_EQ(out_.dns[0].client_mac, kClientMac);
    tracker_->on_message(packet(1, false), DnsProtocol::Mdns, test::answer(0, "printer.local"),
                         out_);
    tracker_->on_message(packet(1, false), DnsProtocol::Llmnr, test::answer(0, "printer"), out_);
    EXPECT_EQ(kinds(), (Kinds{OneWay, OneWay, OneWay}));
    EXPECT_TRUE(out_.dns[2].has_response());
    EXPECT_EQ(counts_.dns_query() + counts_.dns_response(), 0U);
    EXPECT_EQ(counts_.one_way, 3U);
}

TEST_F(DnsTrackerTest, ATableThatIsFullTellsTheOldestFirst) {
    DnsTrackerLimits limits;
    limits.max_pending = 4;
    use(limits);
    for (unsigned id = 0; id < 10; ++id)
        ask(1, test::query(id, "example.com"));
    EXPECT_EQ(counts_.pairing_evicted, 6U);
    ASSERT_EQ(out_.dns.size(), 6U);
    for (unsigned id = 0; id < 6; ++id)
        EXPECT_EQ(out_.dns[id].id, id);
    for (unsigned id = 6; id < 10; ++id)
        reply(1, test::answer(id, "example.com"));
    EXPECT_EQ(counts_.matched, 4U);
}

TEST_F(DnsTrackerTest, AByteBudgetThatIsFullTellsTheOldestFirst) {
    DnsTrackerLimits limits;
    limits.max_pending_bytes = 64 * 10;
    use(limits);
    const Bytes big = test::query(1, std::string(60, 'a') + "." + std::string(60, 'b'));
    for (int i = 0; i < 20; ++i)
        ask(1, big);
    tracker_->flush(out_);
    EXPECT_EQ(counts_.unanswered, 20U);
    EXPECT_GT(counts_.pairing_evicted, 0U);
    for (const DnsTransaction& event : out_.dns) {
        EXPECT_TRUE(std::ranges::equal(out_.bytes.view(event.query_message), big));
    }
    ask(2, Bytes(2000, 1));  // larger than the whole budget: told at once
    EXPECT_EQ(counts_.one_way, 1U);
}

TEST_F(DnsTrackerTest, AFloodWithOneKeyIsBounded) {
    for (unsigned i = 0; i < 100; ++i)
        ask(1, test::query(7, "n" + std::to_string(i) + ".example"));
    EXPECT_EQ(counts_.pairing_evicted, 68U);
    reply(1, test::answer(7, "n99.example"));
    EXPECT_EQ(counts_.matched, 1U);
}

TEST_F(DnsTrackerTest, AZoneTransferIsOneTransaction) {
    transport_ = Transport::Tcp;
    const Bytes soa{0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5};
    ask(1, test::query(7, "example.com", 252));
    Bytes first = test::query(7, "example.com", 252);
    first[2] = 0x84;
    first[7] = 2;
    test::put_record(first, 6, soa);
    test::put_record(first, 1, {192, 0, 2, 1});
    reply(2, first);
    Bytes middle = test::query(7, "example.com", 252);
    middle[2] = 0x84;
    middle[7] = 1;
    test::put_record(middle, 1, {192, 0, 2, 2});
    reply(9, middle);
    reply(18, middle);
    EXPECT_TRUE(out_.dns.empty());
    Bytes last = test::query(7, "example.com", 252);
    last[2] = 0x84;
    last[7] = 1;
    test::put_record(last, 6, soa);
    reply(19, last);
    ASSERT_EQ(kinds(), Kinds{Matched});
    const DnsTransaction& event = out_.dns[0];
    EXPECT_EQ(event.answer_messages, 4U);
    EXPECT_EQ(event.latency(), Duration::seconds(1));
    EXPECT_NE(event.marks & DnsMarks::kTransfer, 0);
    EXPECT_EQ(event.response_bytes, first.size() + 2 * middle.size() + last.size());
    EXPECT_TRUE(std::ranges::equal(out_.bytes.view(event.response_message), first));
    EXPECT_EQ(counts_.dns_tcp_response, 4U);
}

TEST_F(DnsTrackerTest, ARefusedTransferAndASilentOneEndToo) {
    transport_ = Transport::Tcp;
    ask(1, test::query(7, "example.com", 252));
    reply(1, test::header(7, 0x8185, 0, 0));
    EXPECT_EQ(kinds(), Kinds{Matched});
    ask(1, test::query(8, "example.com", 251));
    reply(1, test::answer(8, "example.com", 251));
    EXPECT_EQ(counts_.matched, 1U);
    tracker_->expire(packet(12, true).time, out_);
    EXPECT_EQ(kinds(), (Kinds{Matched, Matched}));
}

TEST_F(DnsTrackerTest, MoreTransfersThanPlacesAreOrdinaryAnswers) {
    transport_ = Transport::Tcp;
    for (unsigned id = 0; id < 80; ++id) {
        ask(1, test::query(id, "example.com", 252));
        reply(1, test::answer(id, "example.com", 252));
    }
    EXPECT_EQ(counts_.matched, 16U);
    tracker_->flush(out_);
    EXPECT_EQ(counts_.matched, 80U);
}

TEST_F(DnsTrackerTest, DamageIsCountedOncePerPacketAndCutsAreNotDamage) {
    Bytes cut = test::answer(7, "example.com");
    cut.resize(cut.size() - 2);
    const PacketContext both = packet(1, false);
    EXPECT_EQ(tracker_->on_message(both, DnsProtocol::Dns, cut, out_).id,
              wire::AnomalyId::DnsRdataOverrun);
    tracker_->on_message(both, DnsProtocol::Dns, cut, out_);
    EXPECT_EQ(counts_.malformed_dns, 1U);
    PacketContext snapped = packet(1, false);
    snapped.snapped = true;
    snapped.original_bytes = 500;
    EXPECT_EQ(tracker_->on_message(snapped, DnsProtocol::Dns, cut, out_).id,
              wire::AnomalyId::DnsCaptureCut);
    EXPECT_EQ(counts_.malformed_dns, 1U);
    EXPECT_EQ(out_.dns.back().response_bytes, 500U);
}

TEST_F(DnsTrackerTest, MessagesWithoutAWholeHeaderAreKeptAsEvidence) {
    for (std::size_t size = 0; size < 12; ++size) {
        Bytes part = test::query(7, "a");
        part.resize(size);
        ask(1, part);
    }
    EXPECT_EQ(counts_.one_way, 12U);
    EXPECT_EQ(counts_.dns_udp_query, 8U);  // those that have flags
    EXPECT_EQ(out_.dns.back().query_damage.id, wire::AnomalyId::DnsHeaderTruncated);
}

TEST_F(DnsTrackerTest, EdnsMarksAndTheForwardersMac) {
    Bytes question = test::query(7, "example.com");
    question[11] = 1;
    for (const unsigned byte :
         {0U,    0U,    41U, 4U, 208U, 0U, 0U, 0x80U, 0U, 0U, 26U,      // OPT, DO
          0xfdU, 0xe9U, 0U,  6U, 2U,   1U, 2U, 3U,    4U, 5U,           // 65001
          0U,    10U,   0U,  8U, 1U,   2U, 3U, 4U,    5U, 6U, 7U,  8U,  // cookie
          0U,    8U,    0U,  0U}) {                                     // subnet, empty
        question.push_back(static_cast<std::uint8_t>(byte));
    }
    ask(1, question);
    reply(1, test::answer(7, "example.com"));
    ASSERT_EQ(kinds(), Kinds{Matched});
    EXPECT_EQ(out_.dns[0].marks,
              DnsMarks::kQueryEdns | DnsMarks::kQueryDo | DnsMarks::kCookie | DnsMarks::kEcs);
    EXPECT_EQ(out_.dns[0].client_mac, MacAddress::from_u64(0x020102030405));
    EXPECT_EQ(out_.dns[0].mac_source, MacSource::Edns);
}

TEST_F(DnsTrackerTest, SightingsTellEachMessageAtOnce) {
    DnsTrackerLimits limits;
    limits.sightings = true;
    use(limits);
    ask(1, test::query(7, "example.com"));
    ASSERT_EQ(out_.sightings.size(), 1U);
    EXPECT_EQ(out_.sightings[0].qname.length, 13U);
    reply(1, test::answer(7, "example.com"));
    reply(1, test::answer(7, "example.com"));
    ASSERT_EQ(out_.sightings.size(), 3U);
    EXPECT_TRUE(out_.sightings[1].solicited);
    EXPECT_FALSE(out_.sightings[2].solicited);
}

TEST_F(DnsTrackerTest, NetbiosPairsUnicastOnly) {
    Bytes unicast = test::query(9, "CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 33);
    tracker_->on_message(packet(1, true), DnsProtocol::Nbns, unicast, out_);
    EXPECT_TRUE(out_.dns.empty());
    tracker_->on_message(packet(1, false), DnsProtocol::Nbns,
                         test::answer(9, "CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 33), out_);
    unicast[3] = 0x10;  // broadcast
    tracker_->on_message(packet(1, true), DnsProtocol::Nbns, unicast, out_);
    tracker_->on_message(packet(1, false), DnsProtocol::Nbns, test::answer(5, "X", 32), out_);
    EXPECT_EQ(kinds(), (Kinds{Matched, OneWay, OneWay}));
}

TEST(LooksLikeDns, TakesMessagesAndRefusesNoise) {
    EXPECT_TRUE(DnsTracker::looks_like_dns(test::query(1, "example.com")));
    EXPECT_TRUE(DnsTracker::looks_like_dns(test::answer(1, "example.com")));
    Bytes trailing = test::query(1, "example.com");
    trailing.push_back(0);
    EXPECT_FALSE(DnsTracker::looks_like_dns(trailing));
    EXPECT_FALSE(DnsTracker::looks_like_dns({}));
    Bytes noise(64);
    std::uint32_t state = 1;
    for (int round = 0; round < 100'000; ++round) {
        for (std::uint8_t& byte : noise) {
            state = state * 1'664'525U + 1'013'904'223U;
            byte = static_cast<std::uint8_t>(state >> 24U);
        }
        ASSERT_FALSE(DnsTracker::looks_like_dns(noise)) << round;
    }
}

}  // namespace
}  // namespace vedette::decode
