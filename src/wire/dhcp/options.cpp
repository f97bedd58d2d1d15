#include "wire/dhcp/options.hpp"

#include <array>

namespace vedette::wire::dhcp {
namespace {

constexpr std::array<OptionInfo, 256> kOptions4 = [] {
    std::array<OptionInfo, 256> table{};
#define VEDETTE_DHCP4_OPTION(code, name, shape, bytes) \
    table[code] = {name, OptionShape::shape, bytes};
#include "wire/dhcp/options4.def"
#undef VEDETTE_DHCP4_OPTION
    return table;
}();

constexpr std::array<OptionInfo, 256> kOptions6 = [] {
    std::array<OptionInfo, 256> table{};
#define VEDETTE_DHCP6_OPTION(code, name, shape, bytes) \
    table[code] = {name, OptionShape::shape, bytes};
#include "wire/dhcp/options6.def"
#undef VEDETTE_DHCP6_OPTION
    return table;
}();

constexpr OptionInfo kUnknown{};

}  // namespace

const OptionInfo& option4_info(std::uint8_t code) noexcept {
    return kOptions4[code];
}

const OptionInfo& option6_info(std::uint16_t code) noexcept {
    return code < kOptions6.size() ? kOptions6[code] : kUnknown;
}

}  // namespace vedette::wire::dhcp
