#include "render/dhcp/dhcp_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bitset>

#include "base/utf8.hpp"
#include "model/address.hpp"
#include "model/dhcp_message.hpp"
#include "render/name_text.hpp"
#include "render/table/safe_text.hpp"
#include "wire/dhcp/dhcp4.hpp"
#include "wire/dhcp/dhcp6.hpp"
#include "wire/dhcp/domain.hpp"
#include "wire/dhcp/option_values.hpp"
#include "wire/dhcp/options.hpp"

namespace vedette::render {
namespace {

namespace dhcp = wire::dhcp;

constexpr std::uint32_t kForEver = 0xffffffff;

std::string hex(ByteView bytes) {
    std::string out;
    for (const std::uint8_t byte : bytes)
        fmt::format_to(std::back_inserter(out), "{:02x}", byte);
    return out;
}

std::string text(ByteView value) {
    while (!value.empty() && value.back() == 0)
        value = value.first(value.size() - 1);
    return safe_text(as_text(value));
}

/// Every character printable: then an option of unknown kind is shown as text.
bool is_text(ByteView value) noexcept {
    const std::string_view bytes = as_text(value);
    for (std::size_t at = 0; at < bytes.size();) {
        const Utf8Character character = utf8_at(bytes, at);
        if (character.length == 0 || character.code < 0x20 || character.code == 0x7f) return false;
        at += character.length;
    }
    return !bytes.empty();
}

std::string any(ByteView value) {
    return is_text(value) ? text(value) : hex(value);
}

std::string number(ByteView value) {
    std::uint64_t sum = 0;
    for (const std::uint8_t byte : value)
        sum = sum << 8U | byte;
    return std::to_string(sum);
}

std::string seconds(ByteView value) {
    wire::Reader in{value};
    return value.size() == 4 && in.u32() == kForEver ? "for ever" : number(value);
}

template <typename Item>
std::string list(ByteView value, std::size_t unit, Item&& item) {
    std::string out;
    for (std::size_t at = 0; at + unit <= value.size(); at += unit) {
        if (!out.empty()) out += ", ";
        out += item(value.subspan(at, unit));
    }
    return out;
}
std::string addresses(ByteView value, std::size_t unit) {
    return list(value, unit, [](ByteView a) { return IpAddress::from_bytes(a).to_text(); });
}
std::string addresses4(ByteView value) {
    return addresses(value, 4);
}
std::string addresses6(ByteView value) {
    return addresses(value, 16);
}

std::string names(ByteView value, dhcp::DomainCompression compression) {
    std::string out;
    dhcp::DomainCursor cursor(value, compression);
    for (wire::dns::NameBuffer name; cursor.next(name);) {
        if (!out.empty()) out += ", ";
        append_name(out, name.view());
        if (cursor.partial()) out.pop_back();
    }
    if (cursor.damaged()) out += out.empty() ? "damaged" : ", damaged";
    return out;
}
std::string names4(ByteView value) {
    return names(value, dhcp::DomainCompression::Allowed);
}
std::string names6(ByteView value) {
    return names(value, dhcp::DomainCompression::Forbidden);
}

std::string fqdn4(ByteView value) {
    const auto name = dhcp::ClientFqdn::of_option81(value);
    return name.wire_form ? names6(name.name) : text(name.name);
}
std::string fqdn6(ByteView value) {
    return names6(dhcp::ClientFqdn::of_option39(value).name);
}

std::string type4(ByteView value) {
    return value.empty() ? std::string() : std::string(dhcp_type_text(value[0], false));
}

/// RFC 3046: circuit and remote id; others by number.
std::string agent(ByteView value) {
    std::string out;
    dhcp::SubOptionCursor cursor(value);
    for (dhcp::SubOption option; cursor.next(option);) {
        if (!out.empty()) out += ", ";
        if (option.code == 1) {
            out += "circuit-id ";
        } else if (option.code == 2) {
            out += "remote-id ";
        } else {
            out += fmt::format("{} ", option.code);
        }
        out += any(option.data);
    }
    if (cursor.damaged()) out += out.empty() ? "damaged" : ", damaged";
    return out;
}

std::string parts(ByteView value) {
    std::string out;
    dhcp::PartCursor cursor(value);
    for (ByteView part; cursor.next(part);) {
        if (!out.empty()) out += ", ";
        out += any(part);
    }
    return out;
}
std::string vendor_parts(ByteView value) {
    return value.size() < 4 ? hex(value) : number(value.first(4)) + ": " + parts(value.subspan(4));
}

std::string status(ByteView value) {
    if (value.size() < 2) return hex(value);
    const std::string words = text(value.subspan(2));
    return number(value.first(2)) + (words.empty() ? "" : " " + words);
}

using Printer = std::string (*)(ByteView);
struct Kind {
    std::uint8_t code;
    Printer print;
};

constexpr Kind kKinds4[] = {
    {12, text},
    {14, text},
    {15, text},
    {17, text},
    {18, text},
    {40, text},
    {56, text},
    {60, text},
    {64, text},
    {66, text},
    {67, text},
    {100, text},
    {101, text},
    {114, text},
    {161, text},
    {209, text},
    {210, text},
    {252, text},
    {2, number},
    {13, number},
    {22, number},
    {23, number},
    {26, number},
    {57, number},
    {116, number},
    {24, seconds},
    {35, seconds},
    {38, seconds},
    {51, seconds},
    {58, seconds},
    {59, seconds},
    {91, seconds},
    {108, seconds},
    {211, seconds},
    {53, type4},
    {55, dhcp4_parameter_names},
    {61, dhcp_client_id_text},
    {81, fqdn4},
    {82, agent},
    {119, names4},
    {121, dhcp_routes_text},
    {249, dhcp_routes_text},
    {152, seconds},
    {153, seconds},
    {154, seconds},
    {155, seconds},
};
constexpr Kind kKinds6[] = {
    {1, dhcp_duid_text}, {2, dhcp_duid_text}, {53, dhcp_duid_text}, {6, dhcp6_parameter_names},
    {7, number},         {8, number},         {32, number},         {82, number},
    {83, number},        {12, addresses6},    {13, status},         {15, parts},
    {16, vendor_parts},  {21, names6},        {24, names6},         {29, names6},
    {30, names6},        {39, fqdn6},         {41, text},           {42, text},
    {57, names6},        {59, text},          {64, names6},         {103, text},
    {112, text},
};

template <std::size_t N>
Printer printer(const Kind (&kinds)[N], unsigned code) noexcept {
    const Kind* kind = std::ranges::find(kinds, code, &Kind::code);
    return kind == kinds + N ? nullptr : kind->print;
}

bool is_address_list(const dhcp::OptionInfo& info, unsigned unit) noexcept {
    return (info.shape == dhcp::OptionShape::Units || info.shape == dhcp::OptionShape::Fixed) &&
           info.bytes == unit;
}

std::string binding_name(const dhcp::Binding& binding) {
    static constexpr std::array<std::string_view, 3> kNames{"ia-na", "ia-ta", "ia-pd"};
    return std::string(kNames[static_cast<std::size_t>(binding.kind)]);
}
std::string binding_text(const dhcp::Binding& binding) {
    std::string out = IpAddress::from_bytes(binding.address).to_text();
    if (binding.kind == dhcp::BindingKind::Prefix) out += fmt::format("/{}", binding.prefix_length);
    out += binding.valid_seconds == kForEver ? " for ever"
                                             : fmt::format(" for {} s", binding.valid_seconds);
    return out;
}

}  // namespace

std::string dhcp4_option_name(std::uint8_t code) {
    const std::string_view name = dhcp::option4_info(code).name;
    return name.empty() ? fmt::format("option-{}", code) : std::string(name);
}

std::string dhcp6_option_name(std::uint16_t code) {
    const std::string_view name = dhcp::option6_info(code).name;
    return name.empty() ? fmt::format("option-{}", code) : std::string(name);
}

std::string dhcp4_option_text(std::uint8_t code, ByteView value) {
    if (const Printer print = printer(kKinds4, code)) return print(value);
    const dhcp::OptionInfo& info = dhcp::option4_info(code);
    if (is_address_list(info, 4) && info.allows(value.size())) return addresses4(value);
    if (info.shape == dhcp::OptionShape::Fixed && info.bytes == 1) return number(value);
    return any(value);
}

std::string dhcp6_option_text(std::uint16_t code, ByteView value) {
    if (const Printer print = printer(kKinds6, code)) return print(value);
    const dhcp::OptionInfo& info = dhcp::option6_info(code);
    if (is_address_list(info, 16) && info.allows(value.size())) return addresses6(value);
    return any(value);
}

std::string dhcp4_parameter_names(ByteView codes) {
    return list(codes, 1, [](ByteView code) { return dhcp4_option_name(code[0]); });
}

std::string dhcp6_parameter_names(ByteView codes) {
    return list(codes, 2,
                [](ByteView code) { return dhcp6_option_name(wire::Reader{code}.u16()); });
}

std::string dhcp_routes_text(ByteView value) {
    std::string out;
    dhcp::RouteCursor cursor(value);
    for (dhcp::Route route; cursor.next(route);) {
        if (!out.empty()) out += ", ";
        const std::string router = IpAddress::from_v4(route.router).to_text();
        out += route.prefix_length == 0
                   ? fmt::format("default via {}", router)
                   : fmt::format("{}/{} via {}", IpAddress::from_v4(route.destination).to_text(),
                                 route.prefix_length, router);
    }
    if (cursor.damaged()) out += out.empty() ? "damaged" : ", damaged";
    return out;
}

std::string dhcp_duid_text(ByteView value) {
    static constexpr std::array<std::string_view, 5> kNames{"duid", "duid-llt", "duid-en",
                                                            "duid-ll", "duid-uuid"};
    const dhcp::Duid duid = dhcp::Duid::of(value);
    const std::string_view name = kNames[static_cast<std::size_t>(duid.kind)];
    if (!duid.mac.empty()) {
        return fmt::format("{} {}", name, MacAddress::from_bytes(duid.mac).to_text());
    }
    const std::size_t type_bytes = duid.kind == dhcp::DuidKind::Unknown ? 0 : 2;
    return fmt::format("{} {}", name, hex(value.subspan(std::min(type_bytes, value.size()))));
}

std::string dhcp_client_id_text(ByteView value) {
    if (value.size() == 7 && value[0] == 1) {
        return "ethernet " + MacAddress::from_bytes(value.subspan(1)).to_text();
    }
    if (value.size() > 5 && value[0] == 255) {
        return fmt::format("iaid {} {}", hex(value.subspan(1, 4)),
                           dhcp_duid_text(value.subspan(5)));
    }
    if (value.size() > 1 && value[0] == 0 && is_text(value.subspan(1))) {
        return text(value.subspan(1));
    }
    return hex(value);
}

std::vector<DhcpOptionLine> dhcp4_option_lines(ByteView message) {
    const auto view = dhcp::MessageView4::inspect(message);
    std::vector<DhcpOptionLine> lines;
    std::vector<std::uint8_t> scratch(message.size());
    std::bitset<256> seen;
    dhcp::OptionCursor4 cursor = view.options();
    for (dhcp::OptionPiece piece; cursor.next(piece);) {
        if (seen.test(piece.code)) continue;
        seen.set(piece.code);
        lines.push_back({dhcp4_option_name(piece.code),
                         dhcp4_option_text(piece.code, view.value(piece.code, scratch))});
    }
    return lines;
}

std::vector<DhcpOptionLine> dhcp6_option_lines(ByteView message) {
    constexpr std::uint16_t kIaNa = 3;
    constexpr std::uint16_t kIaTa = 4;
    constexpr std::uint16_t kIaPd = 25;
    const auto view = dhcp::MessageView6::inspect(message);
    std::vector<DhcpOptionLine> lines;
    dhcp::OptionCursor6 cursor(view.options());
    for (dhcp::Option6 option; cursor.next(option);) {
        if (option.code == kIaNa || option.code == kIaTa || option.code == kIaPd) continue;
        lines.push_back(
            {dhcp6_option_name(option.code), dhcp6_option_text(option.code, option.data)});
    }
    dhcp::BindingCursor bindings = view.bindings();
    for (dhcp::Binding binding; bindings.next(binding);) {
        lines.push_back({binding_name(binding), binding_text(binding)});
    }
    return lines;
}

}  // namespace vedette::render
