#include "service/dnsd/answer/responder.hpp"

#include <gtest/gtest.h>

#include "service/dnsd/answer/lookup.hpp"
#include "service/dnsd/answer/test_zone.hpp"
#include "wire/dns/message.hpp"

namespace vedette::dnsd {
namespace {

using test::Ask;

/// What came back, counted by an independent reader of messages.
struct Got {
    std::vector<std::uint8_t> bytes;
    AnswerOutcome outcome;
    std::uint16_t flags = 0;
    std::array<std::uint16_t, 4> counts{};
    std::uint16_t rcode = 0;
    bool edns = false;
    [[nodiscard]] bool has(std::uint16_t flag) const { return (flags & flag) != 0; }
};

class ResponderTest : public ::testing::Test {
  protected:
    Got send(const std::vector<std::uint8_t>& query, Channel channel = Channel::Datagram) {
        Got got;
        got.bytes.resize(65'535);
        QueryContext context;
        context.channel = channel;
        context.client = *IpAddress::parse("192.0.2.1");
        context.now = 1'000;
        const std::vector<std::uint8_t> exact(query);
        got.outcome = responder_.answer(exact, context, snapshot_, got.bytes);
        got.bytes.resize(got.outcome.bytes);
        if (got.bytes.empty()) return got;
        const auto view = wire::dns::MessageView::inspect(got.bytes);
        EXPECT_TRUE(test::is_sound(view)) << "our answer is damaged";
        got.flags = view.header().flags;
        got.counts = view.header().counts;
        got.rcode = view.full_rcode();
        got.edns = view.edns().present;
        return got;
    }
    Got ask(const std::string& name, const std::string& type = "A") {
        return send(Ask{name, type}.message());
    }
    Snapshot snapshot_ = test::snapshot(test::zone_text());
    Responder responder_;
};

constexpr std::uint16_t kAa = 0x0400;
constexpr std::uint16_t kTc = 0x0200;

TEST_F(ResponderTest, ShapesOfAnswers) {
    struct Row {
        const char* name;
        const char* type;
        int rcode;
        bool authoritative;
        std::array<std::uint16_t, 4> counts;
    };
    for (const Row& row : std::vector<Row>{
             {"fromage.fr.", "A", 0, true, {1, 1, 2, 2}},
             {"FROMAGE.fr.", "NS", 0, true, {1, 2, 0, 2}},
             {"fromage.fr.", "AAAA", 0, true, {1, 0, 1, 0}},
             {"nope.fromage.fr.", "A", 3, true, {1, 0, 1, 0}},
             {"www.fromage.fr.", "A", 0, true, {1, 2, 2, 2}},
             {"www.fromage.fr.", "AAAA", 0, true, {1, 1, 1, 0}},
             {"www.fromage.fr.", "CNAME", 0, true, {1, 1, 2, 2}},
             {"www.fromage.fr.", "RRSIG", 0, true, {1, 1, 1, 0}},
             {"loop1.fromage.fr.", "RRSIG", 0, true, {1, 2, 0, 0}},
             {"ns1.fromage.fr.", "RRSIG", 0, true, {1, 0, 1, 0}},
             {"out.fromage.fr.", "A", 0, true, {1, 1, 0, 0}},
             {"loop1.fromage.fr.", "A", 0, true, {1, 2, 0, 0}},
             {"q.wild.fromage.fr.", "AAAA", 0, true, {1, 1, 2, 2}},
             {"a.q.wild.fromage.fr.", "AAAA", 0, true, {1, 1, 2, 2}},
             {"q.wild.fromage.fr.", "A", 0, true, {1, 0, 1, 0}},
             {"wild.fromage.fr.", "AAAA", 0, true, {1, 0, 1, 0}},
             {"*.wild.fromage.fr.", "AAAA", 0, true, {1, 1, 2, 2}},
             {"b.ent.fromage.fr.", "A", 0, true, {1, 0, 1, 0}},
             {"c.ent.fromage.fr.", "A", 3, true, {1, 0, 1, 0}},
             {"mx.fromage.fr.", "MX", 0, true, {1, 1, 2, 2}},
             {"mxw.fromage.fr.", "MX", 0, true, {1, 1, 2, 3}},
             {"srv.fromage.fr.", "SRV", 0, true, {1, 1, 2, 2}},
             {"sub.fromage.fr.", "A", 0, false, {1, 0, 1, 1}},
             {"x.y.sub.fromage.fr.", "A", 0, false, {1, 0, 1, 1}},
             {"ns.sub.fromage.fr.", "A", 0, false, {1, 0, 1, 1}},
             {"sub.fromage.fr.", "DS", 0, true, {1, 1, 0, 0}},
             {"x.d.fromage.fr.", "A", 0, true, {1, 3, 2, 2}},
             {"y.d.fromage.fr.", "A", 3, true, {1, 2, 1, 0}},
             {"x.d.fromage.fr.", "CNAME", 0, true, {1, 2, 0, 0}},
             {"d.fromage.fr.", "A", 0, true, {1, 0, 1, 0}},
             {"ns1.fromage.fr.", "ANY", 0, true, {1, 1, 2, 1}},
             {"example.com.", "A", 5, false, {1, 0, 0, 0}},
             {"fr.", "A", 5, false, {1, 0, 0, 0}},
             {".", "A", 5, false, {1, 0, 0, 0}},
             {"fromage.fr.", "AXFR", 4, false, {1, 0, 0, 0}},
         }) {
        const Got got = ask(row.name, row.type);
        EXPECT_EQ(got.rcode, row.rcode) << row.name << " " << row.type;
        EXPECT_EQ(got.has(kAa), row.authoritative) << row.name << " " << row.type;
        EXPECT_EQ(got.counts, row.counts) << row.name << " " << row.type;
        EXPECT_FALSE(got.has(kTc));
    }
}

TEST_F(ResponderTest, KeepsTheCaseOfTheQuestion) {
    const Got got = ask("FrOmAgE.fR.");
    EXPECT_EQ(std::string(got.bytes.begin() + 12, got.bytes.begin() + 24),
              std::string("\7FrOmAgE\2fR\0", 12));
}

TEST_F(ResponderTest, TruncatesAndAnswersWholeOnStreams) {
    const auto query = Ask{"big.fromage.fr.", "TXT"}.message();
    const Got small = send(query);
    EXPECT_TRUE(small.has(kTc));
    EXPECT_LE(small.bytes.size(), 512U);
    EXPECT_EQ(small.counts[1], 0);
    const Got whole = send(query, Channel::Stream);
    EXPECT_FALSE(whole.has(kTc));
    EXPECT_EQ(whole.counts[1], 41);
    Ask large{"big.fromage.fr.", "TXT"};
    large.udp_size = 65'535;
    EXPECT_LE(send(large.message()).bytes.size(), 1'232U) << "our own limit holds";
    large.udp_size = 1;
    EXPECT_LE(send(large.message()).bytes.size(), 512U) << "RFC 6891 6.2.3: below 512 is 512";
}

TEST_F(ResponderTest, ReservedHeaderBitsAreIgnoredAndNotEchoed) {
    for (unsigned bit : {0x0400U, 0x0200U, 0x0080U, 0x0040U, 0x0020U, 0x0005U}) {
        Ask query{"fromage.fr."};
        query.flags = static_cast<std::uint16_t>(bit);
        const Got got = send(query.message());
        EXPECT_EQ(got.rcode, 0) << bit;
        EXPECT_EQ(got.flags, 0x8400) << bit;
    }
    Ask query{"fromage.fr."};
    query.flags = 0x0110;
    EXPECT_EQ(send(query.message()).flags, 0x8510) << "RD and CD come back";
}

TEST_F(ResponderTest, RefusesWhatItDoesNotDo) {
    for (unsigned opcode = 1; opcode < 16; ++opcode) {
        Ask query{"fromage.fr."};
        query.flags = static_cast<std::uint16_t>(opcode << 11U);
        const Got got = send(query.message());
        EXPECT_EQ(got.rcode, 4) << opcode;
        EXPECT_EQ(got.flags >> 11U & 0xfU, opcode);
    }
    Ask answer{"fromage.fr."};
    answer.flags = 0x8000;
    EXPECT_TRUE(send(answer.message()).bytes.empty());
    EXPECT_TRUE(send({}).bytes.empty());
    EXPECT_TRUE(send(std::vector<std::uint8_t>(11)).bytes.empty());
    auto two = Ask{"fromage.fr."}.message();
    two[5] = 2;
    EXPECT_EQ(send(two).rcode, 1) << "RFC 9619";
    auto none = Ask{"fromage.fr."}.message();
    none[5] = 0;
    none.resize(12);
    EXPECT_EQ(send(none).rcode, 1);
    Ask chaos{"version.bind.", "TXT"};
    chaos.rclass = 3;
    EXPECT_EQ(send(chaos.message()).rcode, 5);
    snapshot_.settings.chaos_version = "vedette";
    EXPECT_EQ(send(chaos.message()).counts[1], 1);
}

TEST_F(ResponderTest, Edns) {
    Ask query{"fromage.fr."};
    query.udp_size = 1'232;
    EXPECT_TRUE(send(query.message()).edns);
    EXPECT_FALSE(send(Ask{"fromage.fr."}.message()).edns) << "not asked, not given";
    auto version = query.message();
    version[version.size() - 5] = 1;
    EXPECT_EQ(send(version).rcode, 16);
    auto twice = query.message();
    const std::vector<std::uint8_t> opt(twice.end() - 11, twice.end());
    twice.insert(twice.end(), opt.begin(), opt.end());
    twice[11] = 2;
    EXPECT_EQ(send(twice).rcode, 1) << "RFC 6891 6.1.1";
    query.options = {0, 10, 0, 5, 1, 2, 3, 4, 5};
    EXPECT_EQ(send(query.message()).rcode, 1) << "RFC 7873 5.2.2";
    query.options = {0, 3, 0, 0};
    const std::size_t without = send(query.message()).bytes.size();
    snapshot_.settings.nsid = "here";
    EXPECT_EQ(send(query.message()).bytes.size(), without + 8);
    query.options = {0, 12, 0, 0};
    EXPECT_EQ(send(query.message(), Channel::EncryptedStream).bytes.size() % 468, 0U);
    EXPECT_NE(send(query.message(), Channel::Stream).bytes.size() % 468, 0U);
}

TEST_F(ResponderTest, ErrorsCarryOptTooButNoOption) {  // RFC 6891 6.1.1
    Ask query{"fromage.fr."};
    query.udp_size = 1'232;
    snapshot_.settings.nsid = "here";
    query.options = {0, 3, 0, 0, 0, 10, 0, 5, 1, 2, 3, 4, 5};
    const Got got = send(query.message());
    EXPECT_EQ(got.rcode, 1);
    EXPECT_TRUE(got.edns);
    EXPECT_EQ(got.bytes.size(), 12U + 12U + 4U + 11U);
    Ask opcode{"fromage.fr."};
    opcode.flags = 0x7800;
    opcode.udp_size = 1'232;
    EXPECT_FALSE(send(opcode.message()).edns) << "what an unknown opcode means is not read";
}

TEST_F(ResponderTest, TransferQuestions) {
    auto query = Ask{"fromage.fr.", "IXFR"}.message();
    EXPECT_EQ(send(query).rcode, 5);
    EXPECT_EQ(send(query, Channel::Stream).rcode, 5);
    snapshot_.settings.transfer_to = {*Prefix::parse("192.0.2.0/24")};
    const Got by_udp = send(query);
    EXPECT_EQ(by_udp.rcode, 0) << "RFC 1995 2: our SOA tells whether TCP is worth it";
    EXPECT_EQ(by_udp.counts, (std::array<std::uint16_t, 4>{1, 1, 0, 0}));
    EXPECT_EQ(send(Ask{"fromage.fr.", "AXFR"}.message()).rcode, 4) << "never by UDP";
    EXPECT_EQ(send(Ask{"www.fromage.fr.", "IXFR"}.message()).rcode, 5) << "no apex";
    EXPECT_EQ(send(Ask{"example.com.", "IXFR"}.message()).rcode, 5);
    snapshot_.settings.tsig_keys.push_back(*TsigKey::parse("k:hmac-sha256:AAAAAAAAAAAA"));
    EXPECT_EQ(send(query).rcode, 5) << "a key is asked for";
    TsigSession::sign_request(query, snapshot_.settings.tsig_keys[0], 1'000);
    EXPECT_EQ(send(query).counts, (std::array<std::uint16_t, 4>{1, 1, 0, 1}));
    query.back() ^= 1U;
    EXPECT_EQ(send(query).counts[1], 0) << "a damaged signature gets no record";
}

TEST_F(ResponderTest, CookiesProveTheAddress) {
    Ask query{"fromage.fr."};
    query.udp_size = 1'232;
    query.options = {0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8};
    const Got first = send(query.message());
    EXPECT_FALSE(first.outcome.cookie_proved);
    query.options[3] = 24;
    query.options.insert(query.options.end(), first.bytes.end() - 16, first.bytes.end());
    EXPECT_TRUE(send(query.message()).outcome.cookie_proved);
    query.options.back() ^= 1U;
    EXPECT_FALSE(send(query.message()).outcome.cookie_proved);
    auto only = query.message();
    only.erase(only.begin() + 12, only.begin() + 28);
    only[5] = 0;
    EXPECT_EQ(send(only).rcode, 0) << "RFC 7873 5.4: a cookie without a question";
}

TEST_F(ResponderTest, UnknownNamesCanBeSunk) {
    snapshot_.settings.unknown = {*IpAddress::parse("0.0.0.0")};
    EXPECT_EQ(ask("example.com.").counts[1], 1);
    EXPECT_EQ(ask("example.com.", "AAAA").counts[1], 0);
    EXPECT_EQ(ask("nope.fromage.fr.").rcode, 3) << "our own zones stay as they are";
}

TEST_F(ResponderTest, TailsAreWhatTheComposerWrites) {
    for (const char* name :
         {"txt.fromage.fr.", "TXT.Fromage.FR.", "a.b.ent.fromage.fr.", "b.ent.fromage.fr.",
          "no.such.name.fromage.fr.", "q.wild.fromage.fr.", "fromage.fr."}) {
        for (const char* type : {"A", "AAAA", "TXT", "MX"}) {
            for (const bool dnssec_ok : {false, true}) {
                Ask query{name, type};
                query.udp_size = 1'232;
                query.dnssec_ok = dnssec_ok;
                const auto packet = query.message();
                Query parsed;
                read_query(packet, parsed);
                const ServedZone& served = *snapshot_.zones.zones()[0];
                std::array<std::vector<std::uint8_t>, 2> outs;
                for (std::size_t i = 0; i < 2; ++i) {
                    outs[i].resize(2'048);
                    MessageWriter writer(outs[i], outs[i].size());
                    (void)writer.put(ByteView(packet).first(parsed.question_end));
                    const AnswerHeader header =
                        Lookup(*served.zone, parsed, writer).run(i == 0 ? &served : nullptr);
                    outs[i][5] = 1;
                    outs[i][7] = static_cast<std::uint8_t>(header.answers);
                    outs[i][9] = static_cast<std::uint8_t>(header.authority);
                    outs[i][11] = static_cast<std::uint8_t>(header.additional);
                    outs[i].resize(writer.size());
                }
                EXPECT_EQ(outs[0], outs[1]) << name << " " << type;
            }
        }
    }
}

TEST_F(ResponderTest, EveryPrefixAndEveryBitFlipIsAnsweredWithinItsLimit) {
    std::vector<std::vector<std::uint8_t>> seeds{Ask{"www.fromage.fr."}.message(),
                                                 Ask{"big.fromage.fr.", "TXT"}.message(),
                                                 Ask{"x.d.fromage.fr.", "AAAA"}.message()};
    Ask full{"q.wild.fromage.fr.", "ANY"};
    full.udp_size = 900;
    full.dnssec_ok = true;
    full.options = {0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0, 3, 0, 0, 0, 12, 0, 2, 0, 0};
    seeds.push_back(full.message());
    for (const auto& seed : seeds) {
        for (std::size_t length = 0; length < seed.size(); ++length)
            EXPECT_LE(send({seed.begin(), seed.begin() + static_cast<std::ptrdiff_t>(length)})
                          .bytes.size(),
                      1'232U);
        for (std::size_t bit = 0; bit < seed.size() * 8; ++bit) {
            auto changed = seed;
            changed[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
            const Got got = send(changed);
            EXPECT_LE(got.bytes.size(), 1'232U) << bit;
            if (!got.bytes.empty()) {
                EXPECT_EQ(got.bytes[0], changed[0]);
                EXPECT_EQ(got.bytes[1], changed[1]);
                EXPECT_TRUE(got.has(0x8000));
            }
        }
    }
}

TEST_F(ResponderTest, EveryLimitFromNothingToWholeKeepsRecordsWhole) {
    for (const char* name :
         {"www.fromage.fr.", "mx.fromage.fr.", "x.sub.fromage.fr.", "nope.fromage.fr."}) {
        const auto query = Ask{name, "MX"}.message();
        std::vector<std::uint8_t> whole(512);
        const std::size_t size = responder_.answer(query, {}, snapshot_, whole).bytes;
        for (std::size_t room = 0; room <= size; ++room) {
            std::vector<std::uint8_t> exact(room);
            const AnswerOutcome outcome = responder_.answer(query, {}, snapshot_, exact);
            ASSERT_LE(outcome.bytes, room);
            if (outcome.bytes == 0) continue;
            const auto view = wire::dns::MessageView::inspect({exact.data(), outcome.bytes});
            EXPECT_TRUE(test::is_sound(view)) << name << " " << room;
        }
    }
}

}  // namespace
}  // namespace vedette::dnsd
