#include "service/dnsd/zone/zone.hpp"

#include <gtest/gtest.h>

#include "render/name_text.hpp"
#include "service/dnsd/zone/master_file.hpp"
#include "service/dnsd/zone/record_zones.hpp"
#include "service/dnsd/zone/rr_type.hpp"

namespace vedette::dnsd {
namespace {

constexpr std::string_view kHead = "@ 300 IN SOA ns hostmaster 7 2 3 4 60\n@ 300 NS ns\n";

Result<ZonePointer> load(std::string_view body, std::string_view apex = "example.") {
    return load_zone_text(std::string(kHead) + std::string(body), *render::parse_name(apex));
}

LookupName name(std::string_view text) {
    LookupName result;
    const auto wire = render::parse_name(text);
    result.assign(wire->view());
    return result;
}

std::string error_of(std::string_view body) {
    const auto zone = load(body);
    return zone ? "" : zone.error().text;
}

TEST(Zone, FindsNamesOfAnyCaseAndKeepsTheirs) {
    const auto zone = load("WwW 60 A 192.0.2.1\n");
    ASSERT_TRUE(zone) << zone.error().text;
    const NodeView node = (*zone)->find(name("www.EXAMPLE."), 0);
    ASSERT_TRUE(node);
    EXPECT_EQ(render::name_text(node.name()), "WwW.example.");
    EXPECT_TRUE(node.find(rr::kA));
    EXPECT_FALSE(node.find(rr::kAaaa));
    EXPECT_FALSE((*zone)->find(name("ww.example."), 0));
    EXPECT_EQ((*zone)->serial(), 7U);
    EXPECT_EQ((*zone)->negative_ttl(), 60U);
}

TEST(Zone, EmptyNonTerminalsExist) {
    const auto zone = load("a.b.c A 192.0.2.1\n");
    ASSERT_TRUE(zone);
    EXPECT_TRUE((*zone)->find(name("b.c.example."), 0));
    EXPECT_TRUE((*zone)->find(name("c.example."), 0));
    unsigned skip = 0;
    const LookupName missing = name("x.y.b.c.example.");
    const NodeView encloser = (*zone)->closest_encloser(missing, skip);
    EXPECT_EQ(render::name_text(encloser.name()), "b.c.example.");
    EXPECT_EQ(skip, 2U);
}

TEST(Zone, ClosestEncloserOfVeryDeepNames) {
    const auto zone = load("a.a.a.a A 192.0.2.1\n");
    ASSERT_TRUE(zone);
    for (unsigned depth = 5; depth < 120; ++depth) {
        std::string text;
        for (unsigned i = 4; i < depth; ++i)
            text += "x.";
        unsigned skip = 0;
        const LookupName missing = name(text + "a.a.a.a.example.");
        EXPECT_EQ((*zone)->closest_encloser(missing, skip).labels(), 5U);
        EXPECT_EQ(skip, depth - 4);
    }
}

TEST(Zone, MarksCutsAndWhatIsBelow) {
    const auto zone = load("sub NS ns.sub\nns.sub A 192.0.2.1\nd DNAME other.\n*.w A 192.0.2.2\n");
    ASSERT_TRUE(zone);
    EXPECT_TRUE((*zone)->find(name("sub.example."), 0).has(NameFlags::kCut));
    EXPECT_TRUE((*zone)->find(name("ns.sub.example."), 0).has(NameFlags::kOccluded));
    EXPECT_TRUE((*zone)->find(name("d.example."), 0).has(NameFlags::kDname));
    EXPECT_TRUE((*zone)->find(name("w.example."), 0).has(NameFlags::kWildcardBelow));
    EXPECT_FALSE((*zone)->apex().has(NameFlags::kCut));
}

TEST(Zone, RefusesWhatNoZoneMayHold) {
    EXPECT_EQ(error_of("a CNAME b\na A 192.0.2.1\n"),
              "zone: a.example.: CNAME and other data (RFC 1034 3.6.2)");
    EXPECT_EQ(error_of("a CNAME b\na CNAME c\n"),
              "zone: a.example.: more than one CNAME (RFC 2181 10.1)");
    EXPECT_EQ(error_of("a DNAME b\na DNAME c\n"),
              "zone: a.example.: more than one DNAME (RFC 6672 2.4)");
    EXPECT_EQ(error_of("x SOA ns h 1 2 3 4 5\n"), "zone: x.example.: SOA below the apex");
    EXPECT_EQ(error_of("@ SOA ns h 1 2 3 4 5\n"), "zone: example.: more than one SOA");
    EXPECT_EQ(error_of("www.other. A 192.0.2.1\n"),
              "zone:3: www.other. is outside the zone example.");
    EXPECT_EQ(error_of("a CNAME b\na CNAME b\n"), "") << "the same record twice is one record";
}

TEST(Zone, ManyRecordsInAnyOrder) {
    std::string body;
    for (int i = 0; i < 20'000; ++i)
        body +=
            "h" + std::to_string(i * 7919 % 20'000) + " A 10.0." + std::to_string(i % 250) + ".1\n";
    for (int i = 0; i < 100; ++i)
        body += "many A 10.1.1." + std::to_string(i) + "\n";
    const auto zone = load(body);
    ASSERT_TRUE(zone);
    EXPECT_EQ((*zone)->counts().names, 20'002U);  // with the apex and "many"
    for (int i = 0; i < 20'000; i += 17)
        EXPECT_TRUE((*zone)->find(name("h" + std::to_string(i) + ".example."), 0)) << i;
    EXPECT_EQ((*zone)->find(name("many.example."), 0).find(rr::kA).header().record_count, 100U);
}

std::vector<std::string> apexes(std::vector<ZonePointer> zones) {
    std::vector<std::string> names;
    for (const ZonePointer& zone : zones)
        names.push_back(render::name_text(zone->apex_name().wire()));
    return names;
}

void put(RecordZones& zones, const char* owner, std::uint16_t type, std::string_view rdata) {
    const auto wire = render::parse_name(owner);
    EXPECT_TRUE(zones.add(wire->view(), type, 300, as_bytes(rdata)));
}

TEST(RecordZones, TheTopmostOwnerIsTheApexAndGetsAnSoa) {
    RecordZones zones(42);
    put(zones, "a.org", rr::kA, "\1\2\3\4");
    put(zones, "www.a.org", rr::kA, "\1\2\3\4");
    put(zones, "x.y.a.org", rr::kTxt, "\1t");
    put(zones, "b.org", rr::kA, "\1\2\3\4");
    const auto made = zones.finish();
    EXPECT_EQ(apexes(made), (std::vector<std::string>{"a.org.", "b.org."}));
    EXPECT_EQ(made[0]->serial(), 42U);
    EXPECT_EQ(made[0]->negative_ttl(), 60U);
    EXPECT_TRUE(made[0]->find(name("y.a.org."), 0));
    EXPECT_TRUE(zones.problems().empty());
}

TEST(RecordZones, AnSoaBelowStartsItsOwnZone) {
    RecordZones zones(1);
    const std::string soa = std::string("\0\0", 2) + std::string(20, '\1');
    put(zones, "a.org", rr::kA, "\1\2\3\4");
    put(zones, "sub.a.org", rr::kA, "\1\2\3\4");
    put(zones, "sub.a.org", rr::kNs, std::string_view("\1n\0", 3));
    put(zones, "sub.a.org", rr::kSoa, soa);
    put(zones, "www.sub.a.org", rr::kA, "\1\2\3\4");
    put(zones, "z.a.org", rr::kA, "\1\2\3\4");
    const auto made = zones.finish();
    ASSERT_EQ(apexes(made), (std::vector<std::string>{"sub.a.org.", "a.org."}));
    EXPECT_TRUE(made[0]->find(name("sub.a.org."), 0).find(rr::kA));
    EXPECT_TRUE(made[1]->find(name("sub.a.org."), 0).has(NameFlags::kCut));
    EXPECT_FALSE(made[1]->find(name("www.sub.a.org."), 0));
    EXPECT_TRUE(made[1]->find(name("z.a.org."), 0));
}

TEST(RecordZones, AnAliasMayBeTheTopmostOwner) {
    RecordZones zones(7);
    put(zones, "www.a.org", rr::kCname, std::string_view("\1n\0", 3));
    put(zones, "x.www.a.org", rr::kA, "\1\2\3\4");
    const auto made = zones.finish();
    EXPECT_TRUE(zones.problems().empty());
    ASSERT_EQ(apexes(made), std::vector<std::string>{"www.a.org."});
    EXPECT_TRUE(made[0]->apex().has(NameFlags::kCname));
    EXPECT_TRUE(made[0]->apex().find(rr::kSoa));
}

TEST(RecordZones, AWrongZoneIsLeftOutAndTold) {
    RecordZones zones(1);
    put(zones, "a.org", rr::kA, "\1\2\3\4");
    put(zones, "a.org", rr::kCname, std::string_view("\1n\0", 3));
    put(zones, "b.org", rr::kA, "\1\2\3\4");
    EXPECT_EQ(apexes(zones.finish()), std::vector<std::string>{"b.org."});
    ASSERT_EQ(zones.problems().size(), 1U);
    EXPECT_EQ(zones.problems()[0].apex, std::string("\1a\3org\0", 7));
}

TEST(Nsec3Hash, VectorsOfRfc5155) {  // appendix A: salt aabbccdd, 12 iterations
    Nsec3Parameters parameters;
    parameters.iterations = 12;
    parameters.salt_bytes = 4;
    parameters.salt = {0xaa, 0xbb, 0xcc, 0xdd};
    const auto apex = nsec3_hash(name("example.").wire(), parameters);
    // H(example) = 0p9mhaveqvm6t7vbl5lop2u3t2rp3tom in base32hex
    const Nsec3Digest expected{0x06, 0x53, 0x68, 0xab, 0xee, 0xd7, 0xec, 0x6e, 0x9f, 0xeb,
                               0xa9, 0x6b, 0x8c, 0x8b, 0xc3, 0xe8, 0xb7, 0x91, 0xf7, 0x16};
    EXPECT_EQ(apex, expected);
}

}  // namespace
}  // namespace vedette::dnsd
