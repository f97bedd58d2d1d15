// Who made a network card: the IEEE's MA-L, MA-M, MA-S, IAB and CID assignments, compiled into the
// program at build time from Debian's ieee-data. Longest prefix wins. Constant data: thread safe,
// no start-up cost, nothing to load. Ids number the names of this build only; stores and logs keep
// the name.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "model/address.hpp"

namespace vedette {

/// Index of a manufacturer's name; dense from 0 to vendor_count() - 1. Fits 15 bits.
using VendorId = std::uint16_t;

/// No assignment covers the address; its name is empty.
inline constexpr VendorId kUnknownVendor = 0;
/// Locally administered and not covered by a CID: what phones make up. Named "randomized".
inline constexpr VendorId kRandomizedVendor = 1;

/// A prefix and whose it is: every address from `first` to `last`, both included.
struct VendorRange {
    MacAddress first;
    MacAddress last;
    VendorId vendor = kUnknownVendor;
};

/// The manufacturer of a card. Group addresses have none. A few tens of bytes touched; no
/// allocation.
[[nodiscard]] VendorId find_vendor(const MacAddress& mac) noexcept;
/// The organization as the IEEE spells it, UTF-8, blanks tidied; empty for unknown or foreign ids.
/// The view lives as long as the program.
[[nodiscard]] std::string_view vendor_name(VendorId id) noexcept;
[[nodiscard]] inline std::string_view vendor_name(const MacAddress& mac) noexcept {
    return vendor_name(find_vendor(mac));
}
/// The id of exactly this name.
[[nodiscard]] std::optional<VendorId> find_vendor_named(std::string_view name) noexcept;
/// Ids run from 0 to one below this; filters glob over vendor_name() of each.
[[nodiscard]] VendorId vendor_count() noexcept;

/// How many rows vendor_range() numbers: 24-bit, then 28-bit, then 36-bit assignments.
[[nodiscard]] std::uint32_t vendor_range_count() noexcept;
/// Row `index`; a longer assignment lies inside a 24-bit one and overrides it there.
[[nodiscard]] VendorRange vendor_range(std::uint32_t index) noexcept;

}  // namespace vedette
