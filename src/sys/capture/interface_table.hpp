// The interfaces of all files of a run under one numbering, so that a packet's interface means the
// same in every file and section. Equal name and link type is the same interface. Bounded.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "sys/capture/packet_source.hpp"

namespace vedette::sys {

class InterfaceTable {
  public:
    /// The last number is shared by all interfaces beyond the limit.
    static constexpr std::size_t kMax = 4'096;

    /// The number of the interface, adding it when it is new.
    std::uint16_t add(InterfaceInfo interface);
    [[nodiscard]] const std::vector<InterfaceInfo>& list() const noexcept { return list_; }

  private:
    std::vector<InterfaceInfo> list_;
    std::unordered_map<std::string, std::uint16_t> numbers_;  // name, zero byte, link type
};

}  // namespace vedette::sys
