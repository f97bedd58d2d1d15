#include <gtest/gtest.h>

#include <algorithm>

#include "service/dnsd/answer/lookup.hpp"
#include "service/dnsd/answer/test_zone.hpp"
#include "service/dnsd/zone/nsec3_hash.hpp"
#include "wire/dns/message.hpp"
#include "wire/dns/rdata.hpp"

namespace vedette::dnsd {
namespace {

constexpr std::string_view kRecords = R"($TTL 300
@ SOA ns1 h 1 2 3 4 60
@ NS ns1
ns1 A 192.0.2.1
b A 192.0.2.2
m.n.o A 192.0.2.3
*.w A 192.0.2.4
sub NS ns.sub
ns.sub A 192.0.2.5
)";
/// In canonical order.
const std::vector<std::string> kOwners{"", "b", "ns1", "m.n.o", "sub", "*.w"};

std::string signature(const std::string& owner, const char* type) {
    return (owner.empty() ? "@" : owner) + " RRSIG " + type +
           " 13 3 300 20361231000000 20260101000000 7 @ " + std::string(85, 'x') + "A==\n";
}

std::string with_nsec() {
    std::string text(kRecords);
    text += signature("", "SOA");
    for (std::size_t i = 0; i < kOwners.size(); ++i) {
        const std::string& next = kOwners[(i + 1) % kOwners.size()];
        text += (kOwners[i].empty() ? "@" : kOwners[i]) + " NSEC " + (next.empty() ? "@" : next) +
                " A RRSIG NSEC\n" + signature(kOwners[i], "NSEC");
    }
    return text;
}

std::string base32(const Nsec3Digest& digest) {
    constexpr std::string_view kDigits = "0123456789abcdefghijklmnopqrstuv";
    std::string text;
    for (std::size_t bit = 0; bit < digest.size() * 8; bit += 5) {
        const unsigned word = static_cast<unsigned>(digest[bit / 8]) << 8U |
                              (bit / 8 + 1 < digest.size() ? digest[bit / 8 + 1] : 0U);
        text += kDigits[word >> (11U - bit % 8) & 31U];
    }
    return text;
}

std::string with_nsec3(const std::vector<std::string>& owners) {
    std::vector<std::string> hashes;
    for (const std::string& owner : owners) {
        const auto name = render::parse_name((owner.empty() ? "" : owner + ".") + "fromage.fr.");
        hashes.push_back(base32(nsec3_hash(name->view(), {})));
    }
    std::ranges::sort(hashes);
    std::string text(kRecords);
    text += "@ NSEC3PARAM 1 0 0 -\n" + signature("", "SOA");
    for (std::size_t i = 0; i < hashes.size(); ++i) {
        text += hashes[i] + " NSEC3 1 0 0 - " + hashes[(i + 1) % hashes.size()] + " A RRSIG\n" +
                signature(hashes[i], "NSEC3");
    }
    return text;
}

/// The records of an answer, whatever their order: section, owner, type, RDATA.
std::vector<std::vector<std::uint8_t>> records_of(ByteView message) {
    std::vector<std::vector<std::uint8_t>> all;
    std::vector<std::uint8_t> expanded(wire::dns::kMaxExpandedRdata);
    const auto view = wire::dns::MessageView::inspect(message);
    EXPECT_TRUE(test::is_sound(view));
    auto records = view.records();
    wire::dns::RecordView record;
    while (records.next(record)) {
        std::vector<std::uint8_t> one{static_cast<std::uint8_t>(record.section),
                                      static_cast<std::uint8_t>(record.type)};
        wire::dns::NameBuffer owner;
        EXPECT_TRUE(wire::dns::expand_name(message, record.owner_offset, owner));
        one.insert(one.end(), owner.bytes.begin(), owner.bytes.begin() + owner.length);
        const ByteView rdata = wire::dns::expand_rdata(message, record, expanded);
        one.insert(one.end(), rdata.begin(), rdata.end());
        all.push_back(one);
    }
    std::ranges::sort(all);
    return all;
}

/// The answer from the tails, or (null) composed anew.
std::vector<std::uint8_t> answer_of(ByteView packet, const Zone& zone, const ServedZone* served,
                                    std::size_t limit) {
    Query query;
    read_query(packet, query);
    std::vector<std::uint8_t> out(limit);
    MessageWriter writer(out, out.size());
    EXPECT_TRUE(writer.put(packet.first(query.question_end)));
    const AnswerHeader header = Lookup(zone, query, writer).run(served);
    out[2] = static_cast<std::uint8_t>(0x84U | (header.truncated ? 2U : 0U));
    out[3] = header.rcode;
    out[7] = static_cast<std::uint8_t>(header.answers);
    out[9] = static_cast<std::uint8_t>(header.authority);
    out[11] = static_cast<std::uint8_t>(header.additional);
    out.resize(writer.size());
    return out;
}

void expect_tails_hold_what_is_composed(const std::string& text) {
    const Snapshot snapshot = test::snapshot(text);
    const ServedZone& served = *snapshot.zones.zones()[0];
    ASSERT_TRUE(served.with_signatures);
    for (const char* name : {"a", "zz", "B", "b", "x.b", "c.m.n.o", "m.n.o", "n.o", "x.n.o",
                             "y.x.o", "q.w", "w", "nb.sub", "sub", "*", "\\000", "a.a.a.a.a.a"}) {
        for (const char* type : {"A", "MX", "DS"}) {
            test::Ask ask{std::string(name) + ".fromage.fr.", type};
            ask.udp_size = 1'232;
            ask.dnssec_ok = true;
            const auto packet = ask.message();
            for (const std::size_t limit : {4'096U, 600U, 420U, 300U, 200U, 60U}) {
                const auto fast = answer_of(packet, *served.zone, &served, limit);
                const auto slow = answer_of(packet, *served.zone, nullptr, limit);
                ASSERT_EQ(fast[2], slow[2]) << name << " " << type << " " << limit;
                ASSERT_EQ(fast[3], slow[3]) << name << " " << type << " " << limit;
                ASSERT_LE(fast.size(), limit);
                if ((fast[2] & 2U) != 0) continue;  // what is cut off may differ
                EXPECT_EQ(records_of(fast), records_of(slow))
                    << name << " " << type << " " << limit;
            }
        }
    }
}

TEST(Denial, TailsHoldWhatIsComposed) {
    expect_tails_hold_what_is_composed(with_nsec());
    expect_tails_hold_what_is_composed(
        with_nsec3({"", "b", "ns1", "o", "n.o", "m.n.o", "sub", "w", "*.w"}));
    // A chain that does not know its apex: no tail can be made of it, and none is used.
    expect_tails_hold_what_is_composed(with_nsec3({"b", "ns1", "m.n.o"}));
}

TEST(Denial, MissingNameBelowTheApexIsProvedTwice) {
    const auto shape = [](const std::string& text, const char* name) {
        const Snapshot snapshot = test::snapshot(text);
        Responder responder;
        test::Ask ask{name};
        ask.udp_size = 1'232;
        ask.dnssec_ok = true;
        std::vector<std::uint8_t> out(1'232);
        out.resize(responder.answer(ask.message(), {}, snapshot, out).bytes);
        EXPECT_EQ(out[3] & 0xfU, 3U);
        return out[9];
    };
    // SOA and proofs, each with its signature.
    EXPECT_EQ(shape(with_nsec(), "c.fromage.fr."), 6);
    EXPECT_EQ(shape(with_nsec(), "a.fromage.fr."), 4) << "one NSEC says both";
    const auto hashed = with_nsec3({"", "b", "ns1", "o", "n.o", "m.n.o", "sub", "w", "*.w"});
    EXPECT_GE(shape(hashed, "c.fromage.fr."), 6);
    EXPECT_LE(shape(hashed, "c.fromage.fr."), 8);
}

}  // namespace
}  // namespace vedette::dnsd
