#include "service/dnsd/answer/zone_set.hpp"

#include <gtest/gtest.h>

#include "render/name_text.hpp"
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

}  // namespace
}  // namespace vedette::dnsd
