#include "model/vendor/vendor.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vedette {
namespace {

MacAddress mac(std::string_view text) {
    return MacAddress::parse(text).value();
}

TEST(Vendor, FindsEachPrefixLength) {
    EXPECT_EQ(vendor_name(mac("00:00:0c:12:34:56")), "Cisco Systems, Inc");       // MA-L
    EXPECT_EQ(vendor_name(mac("b8:27:eb:00:00:01")), "Raspberry Pi Foundation");  // MA-L
    EXPECT_EQ(vendor_name(mac("7c:70:bc:71:23:45")), "Nomad Digital Ltd.");       // MA-M
    EXPECT_EQ(vendor_name(mac("70:b3:d5:71:9f:ff")), "2M Technology");            // MA-S
    EXPECT_EQ(vendor_name(mac("00:50:c2:00:00:00")), "T.L.S. Corp.");             // IAB
    // A part of a subdivided prefix that nobody holds.
    EXPECT_EQ(vendor_name(mac("70:b3:d5:00:00:00")), "IEEE Registration Authority");
}

TEST(Vendor, LocalAddressesAreRandomizedUnlessAssigned) {
    EXPECT_EQ(find_vendor(mac("02:42:ac:11:00:02")), kRandomizedVendor);
    EXPECT_EQ(find_vendor(mac("da:01:02:03:04:05")), kRandomizedVendor);
    EXPECT_EQ(vendor_name(kRandomizedVendor), "randomized");
    EXPECT_EQ(vendor_name(mac("aa:00:04:00:01:04")), "DIGITAL EQUIPMENT CORPORATION");
}

TEST(Vendor, GroupAndUnassignedAddressesAreUnknown) {
    EXPECT_EQ(find_vendor(mac("ff:ff:ff:ff:ff:ff")), kUnknownVendor);
    EXPECT_EQ(find_vendor(mac("01:00:5e:00:00:fb")), kUnknownVendor);
    EXPECT_EQ(vendor_name(kUnknownVendor), "");
    EXPECT_EQ(vendor_name(VendorId{0xffff}), "");
}

TEST(Vendor, NamesAndIdsGoBothWays) {
    ASSERT_GT(vendor_count(), 10'000);
    for (VendorId id = 1; id < vendor_count(); ++id) {
        ASSERT_EQ(find_vendor_named(vendor_name(id)), id) << vendor_name(id);
    }
    EXPECT_EQ(find_vendor_named(""), std::nullopt);
    EXPECT_EQ(find_vendor_named("apple, inc."), std::nullopt);
    EXPECT_NE(find_vendor_named("Apple, Inc."), std::nullopt);
    EXPECT_EQ(find_vendor_named("zzzz~"), std::nullopt);
}

// Every range maps back to its own vendor at both ends, unless a longer assignment lies there.
TEST(Vendor, EveryRangeIsFoundAtBothEnds) {
    std::uint32_t overridden = 0;
    for (std::uint32_t i = 0; i < vendor_range_count(); ++i) {
        const VendorRange range = vendor_range(i);
        ASSERT_LT(range.first, range.last);
        if (range.first.is_group()) continue;
        const bool longer_inside = vendor_name(range.vendor) == "IEEE Registration Authority";
        if (longer_inside) {
            ++overridden;
            continue;
        }
        // A MA-M block whose holder resold parts as MA-S does not exist; both ends must agree.
        EXPECT_EQ(find_vendor(range.first), range.vendor) << range.first.to_text();
        EXPECT_EQ(find_vendor(range.last), range.vendor) << range.last.to_text();
    }
    EXPECT_GT(overridden, 100U);
}

}  // namespace
}  // namespace vedette
