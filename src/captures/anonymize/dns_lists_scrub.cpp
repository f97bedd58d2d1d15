// The lists inside DNS records, in DnsScrub: service parameters, EDNS options, NetBIOS entries.
#include <algorithm>
#include <array>

#include "captures/anonymize/dns_scrub.hpp"

namespace vedette::captures {

using wire::Reader;

// ---- service parameters (RFC 9460 2.2) ------------------------------------------------------

void DnsScrub::svc_params(Reader& in) {
    while (in.remaining() >= 4) {
        const ByteView head = in.bytes(4);
        structure(head);
        Reader fields{head};
        const std::uint16_t key = fields.u16();
        const std::size_t length = fields.u16();
        svc_param(key, in.bytes(std::min(length, in.remaining())));
    }
}

void DnsScrub::svc_param(std::uint16_t key, ByteView value) {
    switch (key) {
        case 0:  // mandatory
        case 1:  // alpn
        case 3:  // port
        case 9:  // tls-supported-groups
            structure(value);
            return;
        case 4:  // ipv4hint
            addresses(value, 4);
            return;
        case 6:  // ipv6hint
            addresses(value, 16);
            return;
        case 5:  // ech
            disguise_->identifier(value, canvas_.at(value));
            return;
        case 7:  // dohpath; the usual one says nothing of anybody
            if (as_text(value) == "/dns-query{?dns}") {
                structure(value);
            } else {
                disguise_->text(value, canvas_.at(value));
            }
            return;
        default:
            return;
    }
}

// ---- EDNS -----------------------------------------------------------------------------------

void DnsScrub::options(ByteView bytes) {
    Reader in{bytes};
    while (in.remaining() >= 4) {
        const ByteView head = in.bytes(4);
        structure(head);
        Reader fields{head};
        const std::uint16_t code = fields.u16();
        const std::size_t length = fields.u16();
        option(code, in.bytes(std::min(length, in.remaining())));
    }
}

// IANA's EDNS option codes; 65001 is the client's hardware address as dnsmasq adds it.
void DnsScrub::option(std::uint16_t code, ByteView value) {
    switch (code) {
        case 2:   // update lease
        case 5:   // DAU
        case 6:   // DHU
        case 7:   // N3U
        case 9:   // expire
        case 11:  // keepalive
        case 14:  // key tags
            structure(value);
            return;
        case 3:  // NSID
            disguise_->text(value, canvas_.at(value));
            return;
        case 4:  // owner (draft-cheshire-edns0-owner-option): version, sequence, MACs, password
            if (value.size() >= 8) {
                structure(value.first(2));
                disguise_->mac(value.subspan(2, 6), canvas_.at(value.subspan(2, 6)));
            }
            if (value.size() >= 14) {
                disguise_->mac(value.subspan(8, 6), canvas_.at(value.subspan(8, 6)));
            }
            return;
        case 8:
            client_subnet(value);
            return;
        case 10: {  // cookie: the client's part alone keeps its identity
            const ByteView client = value.first(std::min<std::size_t>(8, value.size()));
            const ByteView server = value.subspan(client.size());
            disguise_->identifier(client, canvas_.at(client));
            disguise_->identifier(server, canvas_.at(server));
            return;
        }
        case 15: {  // extended error: code, text
            const ByteView info = value.first(std::min<std::size_t>(2, value.size()));
            structure(info);
            const ByteView text = value.subspan(info.size());
            disguise_->text(text, canvas_.at(text));
            return;
        }
        case 18:  // report channel, RFC 9567
            scrub_name_list(canvas_, value, *disguise_);
            return;
        case 65001:
            if (value.size() == 6) disguise_->mac(value, canvas_.at(value));
            return;
        default:
            return;
    }
}

// family(16) source prefix(8) scope prefix(8) address: RFC 7871 6
void DnsScrub::client_subnet(ByteView value) {
    const ByteView head = value.first(std::min<std::size_t>(4, value.size()));
    structure(head);
    Reader in{head};
    const std::uint16_t family = in.u16();
    const unsigned length = in.u8();
    const ByteView prefix = value.subspan(head.size());
    const std::size_t size = family == 1 ? 4 : 16;
    if ((family != 1 && family != 2) || prefix.size() > size) return;
    std::array<std::uint8_t, 16> address{};
    std::array<std::uint8_t, 16> mapped{};
    std::ranges::copy(prefix, address.begin());
    disguise_->addresses().map_prefix(ByteView(address).first(size), length,
                                      std::span(mapped).first(size));
    std::copy_n(mapped.begin(), prefix.size(), canvas_.at(prefix).begin());
}

// ---- NetBIOS --------------------------------------------------------------------------------

// flags(16) address(32), repeated: RFC 1002 4.2.1.3
void DnsScrub::netbios_addresses(ByteView bytes) {
    for (Reader in{bytes}; in.remaining() >= 6;) {
        structure(in.bytes(2));
        addresses(in.bytes(4), 4);
    }
}

// count(8), names of 15 + 1 bytes with flags(16), hardware address(48), counters: RFC 1002 4.2.18
void DnsScrub::netbios_status(ByteView bytes) {
    Reader in{bytes};
    const ByteView count = in.bytes(1);
    structure(count);
    for (unsigned i = 0; i < count[0] && in.remaining() >= 18; ++i) {
        const ByteView name = in.bytes(16);
        scrub_netbios_name(name, canvas_.at(name), *disguise_);
        structure(in.bytes(2));
    }
    if (in.remaining() < 6) return;
    const ByteView unit = in.bytes(6);
    disguise_->mac(unit, canvas_.at(unit));
}

}  // namespace vedette::captures
