#include "service/dnsd/answer/zone_set.hpp"

#include <gtest/gtest.h>

#include "render/dns_words.hpp"
#include "render/name_text.hpp"
#include "service/dnsd/answer/test_zone.hpp"
#include "service/dnsd/zone/master_file.hpp"

namespace vedette::dnsd {
namespace {

Result<ZonePointer> load(std::string_view body, std::string_view apex) {
    constexpr std::string_view kHead = "@ 300 IN SOA ns hostmaster 7 2 3 4 60\n@ 300 NS ns\n";
    return load_zone_text(std::string(kHead) + std::string(body), *render::parse_name(apex));
}

LookupName name(std::string_view text) {
    LookupName result;
    const auto wire = render::parse_name(text);
    result.assign(wire->view());
    return result;
}

TEST(ZoneSet, LongestApexWins) {
    const auto upper = load("", "example.");
    const auto lower = load("", "sub.example.");
    const ZoneSet set = ZoneSet::of({*upper, *lower});
    EXPECT_EQ(set.find(name("a.sub.example."))->zone, *lower);
    EXPECT_EQ(set.find(name("sub.example."))->zone, *lower);
    EXPECT_EQ(set.find(name("sub.example."), 1)->zone, *upper);
    EXPECT_EQ(set.find(name("asub.example."))->zone, *upper);
    EXPECT_EQ(set.find(name("other.")), nullptr);
    const auto again = load("x A 192.0.2.1\n", "example.");
    const ZoneSet replaced = ZoneSet::of({*upper, *lower, *again});
    EXPECT_EQ(replaced.zones().size(), 2U);
    EXPECT_EQ(replaced.find(name("example."))->zone, *again);
}

TEST(ZoneSet, EditsShareTheRest) {
    std::vector<ZonePointer> zones;
    for (int i = 0; i < 100; ++i)
        zones.push_back(*load("", "z" + std::to_string(i) + "."));
    const ZoneSet set = ZoneSet::of(zones);
    const auto upper = prepare_zone(*load("", "up.z5."));
    const auto other = prepare_zone(*load("x A 192.0.2.1\n", "z6."));
    const std::string z5("\2z5\0", 4);
    const std::string z6("\2z6\0", 4);
    const ZoneSet edited =
        set.with({{std::string("\2up\2z5\0", 7), upper}, {z5, nullptr}, {z6, other}});
    EXPECT_EQ(edited.size(), 100U);
    EXPECT_EQ(edited.zones().size(), 100U);
    EXPECT_EQ(edited.find(name("a.up.z5.")), upper.get());
    EXPECT_EQ(edited.find(name("z5.")), nullptr);
    EXPECT_EQ(edited.find(name("x.z6.")), other.get());
    EXPECT_EQ(edited.find(name("z7.")), set.find(name("z7.")));
    EXPECT_EQ(set.find(name("a.up.z5."))->zone, zones[5]) << "the set from before stays as it was";
    const ZoneSet back = edited.with({{z5, set.zone_at(name("z5."))}, {z6, nullptr}});
    EXPECT_EQ(back.size(), 100U);
    EXPECT_EQ(back.find(name("b.z5."))->zone, zones[5]);
    EXPECT_EQ(back.find(name("z6.")), nullptr);
    EXPECT_EQ(back.with({{z6, nullptr}}).size(), 100U) << "it is gone already";
}

TEST(ZoneSet, ManyEditsAreMerged) {
    ZoneSet set;
    for (int i = 0; i < 5'000; ++i) {
        const std::string label = "z" + std::to_string(i);
        std::string apex(1, static_cast<char>(label.size()));
        apex += label + '\0';
        set = set.with({{apex, prepare_zone(*load("", label + "."))}});
        if (i % 3 == 0) set = set.with({{apex, nullptr}});
    }
    EXPECT_EQ(set.size(), 3'333U);
    EXPECT_EQ(set.zones().size(), 3'333U);
    for (int i = 0; i < 5'000; ++i)
        EXPECT_EQ(set.find(name("z" + std::to_string(i) + ".")) != nullptr, i % 3 != 0) << i;
}

/// Rcode, and the types of the records of an answer in their order.
std::string answer_of(const Snapshot& snapshot, const std::string& name, const std::string& type) {
    Responder responder;
    std::vector<std::uint8_t> out(4'096);
    QueryContext context;
    context.channel = Channel::Stream;
    const auto query = test::Ask{name, type}.message();
    const auto outcome = responder.answer(query, context, snapshot, out);
    const auto view = wire::dns::MessageView::inspect({out.data(), outcome.bytes});
    EXPECT_TRUE(test::is_sound(view));
    std::string text = std::to_string(outcome.rcode) + ":";
    auto records = view.records();
    wire::dns::RecordView record;
    while (records.next(record))
        text += " " + render::type_text(record.type);
    return text;
}

TEST(ZoneSet, AliasesLeadFromZoneToZone) {
    const auto zone = [](const char* apex, const std::string& body) {
        return *load_zone_text("@ 300 SOA n h 1 2 3 4 5\n" + body, *render::parse_name(apex));
    };
    const Snapshot snapshot{
        ZoneSet::of({zone("a.",
                          "up CNAME www.b.\nloop CNAME loop.b.\nnone CNAME none.b.\n"
                          "kid CNAME www.b.a.\nd DNAME b.\nout CNAME www.c.\n"
                          "two CNAME more.b.\nb NS n.b\n"),
                     zone("b.", "www A 192.0.2.1\nloop CNAME loop.a.\nmore CNAME up.a.\n"),
                     zone("b.a.", "www A 192.0.2.2\n")}),
        {}};
    EXPECT_EQ(answer_of(snapshot, "up.a.", "A"), "0: CNAME A");
    EXPECT_EQ(answer_of(snapshot, "up.a.", "MX"), "0: CNAME SOA");
    EXPECT_EQ(answer_of(snapshot, "none.a.", "A"), "3: CNAME SOA");
    EXPECT_EQ(answer_of(snapshot, "kid.a.", "A"), "0: CNAME A") << "the nearest zone, no referral";
    EXPECT_EQ(answer_of(snapshot, "www.d.a.", "A"), "0: DNAME CNAME A");
    EXPECT_EQ(answer_of(snapshot, "two.a.", "A"), "0: CNAME CNAME CNAME A");
    EXPECT_EQ(answer_of(snapshot, "loop.a.", "A"), "0: CNAME CNAME") << "round in a circle";
    EXPECT_EQ(answer_of(snapshot, "out.a.", "A"), "0: CNAME");
}

/// Found by tests/serve/small_zones.py: no record stands twice in an answer (RFC 2181 5), and a
/// wildcard has its addresses under every name that is asked of it.
TEST(ZoneSet, NoRecordTwiceAndNoneLeftOut) {
    const auto zone = load_zone_text(
        "@ 300 SOA n h 1 2 3 4 5\n@ NS x.w\n@ NS y.w\n*.w A 192.0.2.1\n"
        "*.p DNAME q\nq DNAME *.p\nc DNAME *.e\n*.e DNAME @\n"
        "*.l CNAME a.b.l\n",
        *render::parse_name("a."));
    ASSERT_TRUE(zone) << zone.error().text;
    const Snapshot snapshot{ZoneSet::of({*zone}), {}};
    EXPECT_EQ(answer_of(snapshot, "w.a.", "A"), "0: SOA");
    EXPECT_EQ(answer_of(snapshot, "z.w.a.", "A"), "0: A NS NS A A") << "as x.w and as y.w, too";
    EXPECT_EQ(answer_of(snapshot, "x.w.a.", "A"), "0: A NS NS A");
    EXPECT_EQ(answer_of(snapshot, "x.*.p.a.", "A"), "0: DNAME CNAME DNAME CNAME") << "in a circle";
    EXPECT_EQ(answer_of(snapshot, "c.c.a.", "DNAME"), "0: DNAME CNAME DNAME CNAME NS NS A A");
    EXPECT_EQ(answer_of(snapshot, "x.l.a.", "A"), "0: CNAME CNAME");
    EXPECT_EQ(answer_of(snapshot, "a.b.l.a.", "A"), "0: CNAME") << "leads to itself";
}

/// The addresses of a zone's servers below one of its cuts go with them, as NSD and Knot do it.
TEST(ZoneSet, ServersOfTheApexBelowACutHaveGlue) {
    const auto zone = load_zone_text(
        "@ 300 SOA n h 1 2 3 4 5\n@ NS n.cut\ncut NS n.cut\n"
        "n.cut A 192.0.2.1\n@ MX 1 n.cut\nt TXT x\n",
        *render::parse_name("a."));
    ASSERT_TRUE(zone) << zone.error().text;
    const Snapshot snapshot{ZoneSet::of({*zone}), {}};
    EXPECT_EQ(answer_of(snapshot, "a.", "NS"), "0: NS A");
    EXPECT_EQ(answer_of(snapshot, "a.", "MX"), "0: MX NS A");
}

}  // namespace
}  // namespace vedette::dnsd
