// Which autonomous system announces an address, from a table that others publish and keep current:
// what makes two addresses of one provider comparable. Built once from text, then constant: any
// thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "model/address.hpp"
#include "model/policy/interval_table.hpp"

namespace vedette {

class OriginTable {
  public:
    /// An empty table knows no address.
    OriginTable() = default;
    /// Lines of fields between tabs or spaces, in any of the three forms that are published:
    /// "192.0.2.0/24 64496", "192.0.2.0 24 64496" (an AS that begins with "64496_" or "64496,": the
    /// first counts), "192.0.2.0 192.0.2.255 64496 ..." (a range). AS 0, empty lines and those
    /// that begin with '#' or ';' are left out. InvalidSettings names the first line that is none
    /// of these.
    [[nodiscard]] static Result<OriginTable> parse(std::string_view text);

    /// The AS of the narrowest prefix that holds the address; none when no prefix does.
    [[nodiscard]] std::optional<std::uint32_t> find(const IpAddress& address) const noexcept;
    [[nodiscard]] bool empty() const noexcept { return v4_.empty() && v6_.empty(); }

  private:
    struct NextV4 {
        std::optional<std::uint32_t> operator()(std::uint32_t address) const noexcept {
            if (address == UINT32_MAX) return std::nullopt;
            return address + 1;
        }
    };

    IntervalTable<std::uint32_t, NextV4> v4_;
    IntervalTable<IpAddress, NextAddress> v6_;
};

}  // namespace vedette
