#include "sys/capture/interface_table.hpp"

#include <utility>

namespace vedette::sys {

std::uint16_t InterfaceTable::add(InterfaceInfo interface) {
    std::string key = interface.name;
    key.push_back('\0');
    key += std::to_string(interface.link_type);
    if (const auto found = numbers_.find(key); found != numbers_.end()) return found->second;
    if (list_.size() == kMax) return kMax - 1;
    const auto number = static_cast<std::uint16_t>(list_.size());
    list_.push_back(std::move(interface));
    numbers_.emplace(std::move(key), number);
    return number;
}

}  // namespace vedette::sys
