// Where a name stands in the canonical order of its zone (RFC 4034 6.1), as a number: the first
// sixteen octets of what is below the apex, most significant label first. Numbers that differ order
// their names; equal ones leave it to compare_canonical. Values only.
#pragma once

#include <compare>
#include <cstdint>

#include "service/dnsd/zone/lookup_name.hpp"

namespace vedette::dnsd {

struct CanonicalKey {
    std::uint64_t high = 0;
    std::uint64_t low = 0;

    friend constexpr auto operator<=>(const CanonicalKey&, const CanonicalKey&) = default;
};

/// Of a name at or below an apex of `apex_labels` labels.
[[nodiscard]] CanonicalKey canonical_key(const LookupName& name, unsigned apex_labels) noexcept;

}  // namespace vedette::dnsd
