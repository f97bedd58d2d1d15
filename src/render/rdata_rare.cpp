#include "render/rdata_rare.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "render/dns_words.hpp"
#include "render/rdata_fields.hpp"

namespace vedette::render {
namespace {

struct Word {
    std::uint16_t value;
    std::string_view text;
};

// IANA "CERT RR Certificate Types".
constexpr Word kCertificates[] = {
    {1, "PKIX"}, {2, "SPKI"},   {3, "PGP"},     {4, "IPKIX"}, {5, "ISPKI"},
    {6, "IPGP"}, {7, "ACPKIX"}, {8, "IACPKIX"}, {253, "URI"}, {254, "OID"},
};

// IANA "DNS Security Algorithm Numbers".
constexpr Word kAlgorithms[] = {
    {1, "RSAMD5"},
    {2, "DH"},
    {3, "DSA"},
    {5, "RSASHA1"},
    {6, "NSEC3DSA"},
    {7, "NSEC3RSASHA1"},
    {8, "RSASHA256"},
    {10, "RSASHA512"},
    {12, "ECCGOST"},
    {13, "ECDSAP256SHA256"},
    {14, "ECDSAP384SHA384"},
    {15, "ED25519"},
    {16, "ED448"},
    {252, "INDIRECT"},
    {253, "PRIVATEDNS"},
    {254, "PRIVATEOID"},
};

template <std::size_t N>
void append_word(std::string& out, const Word (&words)[N], std::uint16_t value) {
    const auto found = std::ranges::find(words, value, &Word::value);
    if (found == std::end(words))
        append_number(out, value);
    else
        out += found->text;
}

void append_fraction(std::string& out, std::uint32_t value, unsigned digits) {
    for (std::uint32_t unit = digits == 3 ? 100 : 10; unit != 0; unit /= 10) {
        out += static_cast<char>('0' + value / unit % 10);
    }
}

/// Thousandths of an arc second from 2^31, which is the equator or the prime meridian.
void append_angle(std::string& out, std::uint32_t value, std::string_view sides) {
    constexpr std::uint32_t kMiddle = 1U << 31U;
    const bool positive = value >= kMiddle;
    const std::uint32_t angle = positive ? value - kMiddle : kMiddle - value;
    append_number(out, angle / 3'600'000);
    out += ' ';
    append_number(out, angle / 60'000 % 60);
    out += ' ';
    append_number(out, angle / 1000 % 60);
    out += '.';
    append_fraction(out, angle % 1000, 3);
    out += ' ';
    out += sides[positive ? 0 : 1];
}

/// Base and power of ten in centimetres, four bits each.
void append_precision(std::string& out, wire::Reader& in) {
    const std::uint8_t value = in.u8();
    const unsigned base = value >> 4U;
    const unsigned exponent = value & 0xfU;
    if (base > 9 || exponent > 9) return in.fail();
    if (exponent >= 2) {
        append_number(out, base);
        if (base != 0) out.append(exponent - 2, '0');
    } else {
        out += "0.";
        append_fraction(out, exponent == 1 ? base * 10 : base, 2);
    }
    out += 'm';
}

/// Types of IPSECKEY's gateway and AMTRELAY's relay: none, IPv4, IPv6, a name.
void append_gateway(std::string& out, unsigned type, wire::Reader& in) {
    if (type == 0) {
        out += '.';
    } else if (type == 1 || type == 2) {
        append_address(out, in.bytes(type == 1 ? 4 : 16));
    } else if (type == 3) {
        append_field(out, TextField::Name, in);
    } else {
        in.fail();
    }
}

}  // namespace

void append_location(std::string& out, wire::Reader& in) {
    if (in.u8() != 0) return in.fail();  // the only version
    std::string precisions;
    for (int i = 0; i < 3; ++i) {
        precisions += ' ';
        append_precision(precisions, in);
    }
    append_angle(out, in.u32(), "NS");
    out += ' ';
    append_angle(out, in.u32(), "EW");
    out += ' ';
    constexpr std::uint32_t kSeaLevel = 10'000'000;  // centimetres above the lowest altitude
    const std::uint32_t altitude = in.u32();
    if (altitude < kSeaLevel) out += '-';
    const std::uint32_t height = altitude < kSeaLevel ? kSeaLevel - altitude : altitude - kSeaLevel;
    append_number(out, height / 100);
    out += '.';
    append_fraction(out, height % 100, 2);
    out += 'm';
    out += precisions;
}

void append_address_prefixes(std::string& out, wire::Reader& in) {
    for (bool first = true; in.ok() && !in.at_end(); first = false) {
        const std::uint16_t family = in.u16();
        const std::uint8_t prefix = in.u8();
        const std::uint8_t length = in.u8();
        const ByteView part = in.bytes(length & 0x7fU);
        const std::size_t width = family == 1 ? 4 : 16;
        if (family < 1 || family > 2 || part.size() > width) return in.fail();
        std::array<std::uint8_t, 16> address{};
        std::ranges::copy(part, address.begin());
        if (!first) out += ' ';
        if ((length & 0x80U) != 0) out += '!';
        append_number(out, family);
        out += ':';
        append_address(out, ByteView(address).first(width));
        out += '/';
        append_number(out, prefix);
    }
}

void append_key_gateway(std::string& out, wire::Reader& in) {
    const std::uint8_t precedence = in.u8();
    const std::uint8_t type = in.u8();
    const std::uint8_t algorithm = in.u8();
    for (const std::uint8_t number : {precedence, type, algorithm}) {
        append_number(out, number);
        out += ' ';
    }
    append_gateway(out, type, in);
    if (in.at_end()) return;
    out += ' ';
    append_base64(out, in.rest());
}

void append_relay(std::string& out, wire::Reader& in) {
    append_number(out, in.u8());
    const std::uint8_t discovery_and_type = in.u8();
    out += discovery_and_type >= 0x80 ? " 1 " : " 0 ";
    append_number(out, discovery_and_type & 0x7fU);
    out += ' ';
    append_gateway(out, discovery_and_type & 0x7fU, in);
}

void append_services(std::string& out, wire::Reader& in) {
    append_address(out, in.bytes(4));
    out += ' ';
    append_number(out, in.u8());
    const ByteView bits = in.rest();
    if (bits.size() > 8192) return in.fail();  // 65,536 ports
    for (std::size_t port = 0; port < bits.size() * 8; ++port) {
        if ((bits[port / 8] & 0x80U >> port % 8) == 0) continue;
        out += ' ';
        append_number(out, port);
    }
}

void append_certificate(std::string& out, wire::Reader& in) {
    append_word(out, kCertificates, in.u16());
    out += ' ';
    append_number(out, in.u16());
    out += ' ';
    append_word(out, kAlgorithms, in.u8());
    if (in.at_end()) return;
    out += ' ';
    append_base64(out, in.rest());
}

void append_a6(std::string& out, wire::Reader& in) {
    const std::uint8_t prefix = in.u8();
    if (prefix > 128) return in.fail();
    append_number(out, prefix);
    if (prefix < 128) {
        const ByteView suffix = in.bytes(16U - prefix / 8U);
        std::array<std::uint8_t, 16> address{};
        std::ranges::copy_backward(suffix, address.end());
        if (in.ok()) address[prefix / 8U] &= static_cast<std::uint8_t>(0xffU >> prefix % 8U);
        out += ' ';
        append_address(out, address);
    }
    if (prefix == 0) return;
    out += ' ';
    append_field(out, TextField::Name, in);
}

void append_flat_bitmap(std::string& out, wire::Reader& in) {
    const ByteView bits = in.rest();
    if (bits.size() > 16) return in.fail();  // types below 128 only
    bool first = true;
    for (std::size_t type = 0; type < bits.size() * 8; ++type) {
        if ((bits[type / 8] & 0x80U >> type % 8) == 0) continue;
        if (!first) out += ' ';
        first = false;
        append_type(out, static_cast<std::uint16_t>(type));
    }
}

void append_atm_address(std::string& out, wire::Reader& in) {
    const std::uint8_t format = in.u8();
    const ByteView address = in.rest();
    if (format > 1 || address.empty()) return in.fail();
    if (format == 0) return append_hex(out, address);  // an NSAP-style address
    out += '+';                                        // E.164: digits
    for (const std::uint8_t digit : address) {
        if (digit < '0' || digit > '9') return in.fail();
        out += static_cast<char>(digit);
    }
}

void append_sized_base64(std::string& out, wire::Reader& in) {
    const std::uint16_t size = in.u16();
    append_number(out, size);
    if (size == 0) return;
    out += ' ';
    append_base64(out, in.bytes(size));
}

void append_signature_error(std::string& out, wire::Reader& in) {
    constexpr std::uint16_t kBadSignature = 16;  // which is BADVERS outside of signatures
    const std::uint16_t error = in.u16();
    const std::string_view word = error == kBadSignature ? "BADSIG" : rcode_word(error);
    if (word.empty())
        append_number(out, error);
    else
        out += word;
}

}  // namespace vedette::render
