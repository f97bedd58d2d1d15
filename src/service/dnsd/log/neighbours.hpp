// Which link-layer address stands behind an IP address on this machine's links, as the kernel knows
// it (RTM_GETNEIGH). One object per thread; refreshed as a whole.
#pragma once

#include <unordered_map>

#include "base/result.hpp"
#include "model/address.hpp"

namespace vedette::dnsd {

class Neighbours {
  public:
    /// Reads the kernel's table anew; the old one stays when that fails.
    [[nodiscard]] Result<void> refresh();
    /// The address, or null.
    [[nodiscard]] const MacAddress* find(const IpAddress& address) const noexcept {
        const auto known = table_.find(address);
        return known == table_.end() ? nullptr : &known->second;
    }
    [[nodiscard]] std::size_t size() const noexcept { return table_.size(); }

  private:
    std::unordered_map<IpAddress, MacAddress, IpHash> table_;
};

}  // namespace vedette::dnsd
