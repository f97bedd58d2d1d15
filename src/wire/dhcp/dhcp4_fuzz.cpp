// Any bytes as DHCPv4: every part lies in the input, pieces add up, walks end.
#include <array>

#include "wire/dhcp/dhcp4.hpp"
#include "wire/dhcp/domain.hpp"
#include "wire/dhcp/option_values.hpp"
#include "wire/reader/battery.hpp"

using namespace vedette;
using namespace vedette::wire;

namespace {

void require(bool condition) {
    if (!condition) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView bytes(data, size);
    const dhcp::MessageView4 view = dhcp::MessageView4::inspect(bytes);
    require(!view.damage() || view.damage().offset <= size);
    require(view.overload() <= 3);
    std::array<std::size_t, 256> seen{};
    dhcp::OptionCursor4 cursor = view.options();
    for (dhcp::OptionPiece piece; cursor.next(piece);) {
        require(lies_within(piece.data, bytes));
        seen[piece.code] += piece.data.size();
    }
    static std::array<std::uint8_t, 65'536> scratch;
    for (unsigned code = 1; code < 255; ++code) {
        const auto option = static_cast<std::uint8_t>(code);
        require(view.length(option) == seen[code]);
        const ByteView value = view.value(option, scratch);
        require(value.size() == seen[code]);
        dhcp::DomainCursor names(value, dhcp::DomainCompression::Allowed);
        for (dns::NameBuffer name; names.next(name);)
            require(name.length >= 1);
        dhcp::RouteCursor routes(value);
        for (dhcp::Route route; routes.next(route);)
            require(route.prefix_length <= 32);
        require(dhcp::mac_of_client_id(value).size() % 6 == 0);
    }
    return 0;
}
