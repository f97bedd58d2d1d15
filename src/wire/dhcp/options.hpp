// The DHCP options as data: code, name and what lengths are possible, for both versions, from
// options4.def and options6.def. Decoding checks lengths with it, logs and parameter lists take
// names from it. Pure constant data.
#pragma once

#include <cstdint>
#include <string_view>

namespace vedette::wire::dhcp {

enum class OptionShape : std::uint8_t { Any, Fixed, AtLeast, Units };

/// A row of the table; an unassigned code has an empty name and any length.
struct OptionInfo {
    std::string_view name;
    OptionShape shape = OptionShape::Any;
    std::uint8_t bytes = 0;

    [[nodiscard]] constexpr bool allows(std::size_t length) const noexcept {
        switch (shape) {
            case OptionShape::Fixed:
                return length == bytes;
            case OptionShape::AtLeast:
                return length >= bytes;
            case OptionShape::Units:
                return length != 0 && length % bytes == 0;
            case OptionShape::Any:
                break;
        }
        return true;
    }
};

[[nodiscard]] const OptionInfo& option4_info(std::uint8_t code) noexcept;
[[nodiscard]] const OptionInfo& option6_info(std::uint16_t code) noexcept;

}  // namespace vedette::wire::dhcp
