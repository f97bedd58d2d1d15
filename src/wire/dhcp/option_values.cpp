#include "wire/dhcp/option_values.hpp"

#include "wire/dhcp/domain.hpp"

namespace vedette::wire::dhcp {
namespace {

// RFC 8415 section 11.1: two bytes of type and up to 128 more.
constexpr std::size_t kMaxDuidBytes = 130;

// ARP hardware types whose addresses are Ethernet's: 1, and 6 for all IEEE 802 networks.
[[nodiscard]] bool is_ethernet(std::uint16_t hardware) noexcept {
    return hardware == 1 || hardware == 6;
}

[[nodiscard]] bool is_sound_name(ByteView name) noexcept {
    if (name.empty()) return true;
    DomainCursor cursor(name, DomainCompression::Forbidden);
    dns::NameBuffer buffer;
    return cursor.next(buffer) && !cursor.next(buffer) && !cursor.damaged();
}

}  // namespace

bool SubOptionCursor::next(SubOption& option) noexcept {
    if (reader_.at_end()) return false;
    option.code = reader_.u8();
    const std::uint8_t length = reader_.u8();
    option.data = reader_.bytes(length);
    return reader_.ok();
}

bool is_sound_suboptions(ByteView value) noexcept {
    SubOptionCursor cursor(value);
    for (SubOption option; cursor.next(option);) {
    }
    return !cursor.damaged();
}

ByteView find_suboption(ByteView value, std::uint8_t code) noexcept {
    SubOptionCursor cursor(value);
    for (SubOption option; cursor.next(option);) {
        if (option.code == code) return option.data;
    }
    return {};
}

// RFC 3442: the prefix length, then only as many bytes of the destination as it needs.
bool RouteCursor::next(Route& route) noexcept {
    if (reader_.at_end()) return false;
    route.prefix_length = reader_.u8();
    if (route.prefix_length > 32) {
        reader_.fail();
        return false;
    }
    route.destination = 0;
    const unsigned octets = (route.prefix_length + 7U) / 8U;
    for (unsigned i = 0; i < octets; ++i) {
        route.destination |= std::uint32_t{reader_.u8()} << (24U - 8U * i);
    }
    route.router = reader_.u32();
    return reader_.ok();
}

bool is_sound_routes(ByteView value) noexcept {
    RouteCursor cursor(value);
    for (Route route; cursor.next(route);) {
    }
    return !cursor.damaged();
}

ClientFqdn ClientFqdn::of_option81(ByteView value) noexcept {
    Reader in{value};
    ClientFqdn fqdn;
    fqdn.flags = in.u8();
    in.skip(2);  // two return codes that nobody reads any more
    fqdn.name = in.rest();
    fqdn.wire_form = (fqdn.flags & 4U) != 0;
    fqdn.sound = in.ok() && (!fqdn.wire_form || is_sound_name(fqdn.name));
    return fqdn;
}

ClientFqdn ClientFqdn::of_option39(ByteView value) noexcept {
    Reader in{value};
    ClientFqdn fqdn;
    fqdn.flags = in.u8();
    fqdn.name = in.rest();
    fqdn.wire_form = true;
    fqdn.sound = in.ok() && is_sound_name(fqdn.name);
    return fqdn;
}

bool PartCursor::next(ByteView& part) noexcept {
    if (reader_.at_end()) return false;
    const std::uint16_t length = reader_.u16();
    part = reader_.bytes(length);
    return reader_.ok();
}

bool is_sound_parts(ByteView value) noexcept {
    PartCursor cursor(value);
    for (ByteView part; cursor.next(part);) {
    }
    return !cursor.damaged();
}

// LLT: type, hardware, time, address. EN: type, enterprise, identifier. LL: type, hardware,
// address. UUID: type, 16 bytes.
Duid Duid::of(ByteView value) noexcept {
    Reader in{value};
    Duid duid;
    const std::uint16_t type = in.u16();
    if (!in.ok() || value.size() > kMaxDuidBytes) return duid;
    duid.sound = true;
    if (type == 0 || type > 4) return duid;
    duid.kind = static_cast<DuidKind>(type);
    if (duid.kind == DuidKind::Enterprise) {
        in.skip(4);
    } else if (duid.kind == DuidKind::Uuid) {
        in.skip(16);
    } else {
        const std::uint16_t hardware = in.u16();
        if (duid.kind == DuidKind::LinkLayerTime) in.skip(4);
        const ByteView address = in.rest();
        if (is_ethernet(hardware) && address.size() == 6) duid.mac = address;
    }
    duid.sound = in.ok();
    return duid;
}

ByteView mac_of_client_id(ByteView value) noexcept {
    Reader in{value};
    const std::uint8_t type = in.u8();
    if (type == 1 && in.remaining() == 6) return in.rest();
    if (type != 255) return {};
    in.skip(4);  // IAID
    return Duid::of(in.rest()).mac;
}

}  // namespace vedette::wire::dhcp
