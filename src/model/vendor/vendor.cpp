#include "model/vendor/vendor.hpp"

#include <algorithm>
#include <iterator>
#include <span>

#include "base/assert.hpp"

namespace vedette {
namespace {

// kNames, kNameOffsets, kOuiIndex (by the first two octets), kOuiThirdOctet, kOuiVendor,
// kBlock28Prefix, kBlock28Vendor, kBlock36Prefix, kBlock36Vendor.
#include "vendor_table.inc"

// In kOuiVendor: longer assignments lie inside this prefix.
constexpr std::uint16_t kSubdivided = 0x8000;

constexpr std::size_t kVendors = std::size(kNameOffsets) - 1;
constexpr auto kOuis = static_cast<std::uint32_t>(std::size(kOuiVendor));
constexpr auto kBlocks28 = static_cast<std::uint32_t>(std::size(kBlock28Prefix));
constexpr auto kBlocks36 = static_cast<std::uint32_t>(std::size(kBlock36Prefix));
static_assert(kVendors < kSubdivided);
static_assert(std::size(kOuiIndex) == 65537 && kOuiIndex[65536] == std::size(kOuiVendor));
static_assert(std::size(kOuiThirdOctet) == std::size(kOuiVendor));
static_assert(std::size(kBlock28Prefix) == std::size(kBlock28Vendor));
static_assert(std::size(kBlock36Prefix) == std::size(kBlock36Vendor));

VendorId find_block(std::span<const std::uint64_t> prefixes, std::span<const std::uint16_t> vendors,
                    std::uint64_t prefix) noexcept {
    const auto row = std::lower_bound(prefixes.begin(), prefixes.end(), prefix);
    if (row == prefixes.end() || *row != prefix) return kUnknownVendor;
    return vendors[static_cast<std::size_t>(row - prefixes.begin())];
}

VendorRange make_range(std::uint64_t prefix, unsigned bits, std::uint16_t vendor) noexcept {
    const std::uint64_t first = prefix << (48U - bits);
    const std::uint64_t last = first | ((std::uint64_t{1} << (48U - bits)) - 1U);
    return {MacAddress::from_u64(first), MacAddress::from_u64(last), vendor};
}

}  // namespace

VendorId find_vendor(const MacAddress& mac) noexcept {
    if (mac.is_group()) return kUnknownVendor;
    const std::uint64_t value = mac.to_u64();
    const std::uint64_t high = value >> 32U;
    const auto* begin = kOuiThirdOctet + kOuiIndex[high];
    const auto* end = kOuiThirdOctet + kOuiIndex[high + 1];
    const auto third = static_cast<std::uint8_t>(value >> 24U);
    const auto* row = std::lower_bound(begin, end, third);
    if (row == end || *row != third) {
        return mac.is_randomized() ? kRandomizedVendor : kUnknownVendor;
    }
    const std::uint16_t vendor = kOuiVendor[row - kOuiThirdOctet];
    if ((vendor & kSubdivided) == 0) return vendor;
    VendorId id = find_block(kBlock36Prefix, kBlock36Vendor, value >> 12U);
    if (id == kUnknownVendor) id = find_block(kBlock28Prefix, kBlock28Vendor, value >> 20U);
    return id != kUnknownVendor ? id : static_cast<VendorId>(vendor & ~kSubdivided);
}

std::string_view vendor_name(VendorId id) noexcept {
    if (id >= kVendors) return {};
    return {kNames + kNameOffsets[id], kNameOffsets[id + 1] - kNameOffsets[id]};
}

std::optional<VendorId> find_vendor_named(std::string_view name) noexcept {
    if (name == vendor_name(kRandomizedVendor)) return kRandomizedVendor;
    std::size_t low = kRandomizedVendor + 1;
    std::size_t high = kVendors;
    while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        if (vendor_name(static_cast<VendorId>(middle)) < name) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    const auto id = static_cast<VendorId>(low);
    if (name.empty() || vendor_name(id) != name) return std::nullopt;
    return id;
}

VendorId vendor_count() noexcept {
    return static_cast<VendorId>(kVendors);
}

std::uint32_t vendor_range_count() noexcept {
    return kOuis + kBlocks28 + kBlocks36;
}

VendorRange vendor_range(std::uint32_t index) noexcept {
    VEDETTE_ASSERT(index < vendor_range_count());
    if (index < kOuis) {
        const auto* high = std::upper_bound(std::begin(kOuiIndex), std::end(kOuiIndex), index) - 1;
        const auto prefix =
            static_cast<std::uint64_t>(high - kOuiIndex) << 8U | kOuiThirdOctet[index];
        return make_range(prefix, 24, static_cast<std::uint16_t>(kOuiVendor[index] & ~kSubdivided));
    }
    index -= kOuis;
    if (index < kBlocks28) {
        return make_range(kBlock28Prefix[index], 28, kBlock28Vendor[index]);
    }
    index -= kBlocks28;
    return make_range(kBlock36Prefix[index], 36, kBlock36Vendor[index]);
}

}  // namespace vedette
