#include "render/rdata_fields.hpp"

#include <arpa/inet.h>

#include <charconv>
#include <chrono>

#include "render/dns_words.hpp"
#include "render/name_text.hpp"
#include "render/rdata_rare.hpp"
#include "render/svc_params.hpp"

namespace vedette::render {
namespace {

constexpr std::string_view kHexDigits = "0123456789ABCDEF";
constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase32Hex = "0123456789ABCDEFGHIJKLMNOPQRSTUV";

/// The bytes of an uncompressed name, from the cursor on.
ByteView take_name(wire::Reader& in, ByteView all) {
    const std::size_t start = in.offset();
    for (std::uint8_t length = in.u8(); length != 0; length = in.u8()) {
        if (length > wire::dns::kMaxLabelBytes) in.fail();
        in.skip(length);
    }
    return in.ok() ? all.subspan(start, in.offset() - start) : ByteView{};
}

void append_name_field(std::string& out, wire::Reader& in) {
    wire::Reader ahead = in;
    const ByteView left = ahead.rest();
    wire::Reader names{left};
    const ByteView name = take_name(names, left);
    if (!names.ok()) in.fail();
    in.skip(name.size());
    append_name(out, name);
}

void append_strings(std::string& out, wire::Reader& in) {
    for (bool first = true; in.ok() && !in.at_end(); first = false) {
        if (!first) out += ' ';
        append_quoted(out, in.bytes(in.u8()));
    }
}

// RFC 4034 4.1.2: window number, length 1..32, bits from the most significant on.
void append_bitmap(std::string& out, wire::Reader& in) {
    for (bool first = true; in.ok() && !in.at_end();) {
        const std::uint8_t window = in.u8();
        const ByteView bits = in.bytes(in.u8());
        if (bits.empty() || bits.size() > 32) in.fail();
        for (std::size_t bit = 0; in.ok() && bit < bits.size() * 8; ++bit) {
            if ((bits[bit / 8] & 0x80U >> bit % 8) == 0) continue;
            if (!first) out += ' ';
            first = false;
            append_type(out, static_cast<std::uint16_t>(window * 256U + bit));
        }
    }
}

// RFC 4034 3.1.5: seconds since 1970 modulo 2^32, printed as UTC.
void append_time(std::string& out, std::uint32_t seconds) {
    using namespace std::chrono;
    const sys_seconds moment{std::chrono::seconds{seconds}};
    const auto midnight = floor<days>(moment);
    const year_month_day date{midnight};
    const hh_mm_ss clock{moment - midnight};
    const auto two_digits = [&out](unsigned value) {
        out += static_cast<char>('0' + value / 10 % 10);
        out += static_cast<char>('0' + value % 10);
    };
    const auto year = static_cast<unsigned>(static_cast<int>(date.year()));
    two_digits(year / 100);
    two_digits(year % 100);
    two_digits(static_cast<unsigned>(date.month()));
    two_digits(static_cast<unsigned>(date.day()));
    two_digits(static_cast<unsigned>(clock.hours().count()));
    two_digits(static_cast<unsigned>(clock.minutes().count()));
    two_digits(static_cast<unsigned>(clock.seconds().count()));
}

// RFC 4648 7, without padding as RFC 5155 3.3 wants.
void append_base32(std::string& out, ByteView bytes) {
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (const std::uint8_t byte : bytes) {
        bits = bits << 8U | byte;
        for (held += 8; held >= 5; held -= 5)
            out += kBase32Hex[bits >> (held - 5) & 31U];
    }
    if (held != 0) out += kBase32Hex[bits << (5 - held) & 31U];
}

/// Octets in lower-case hex with dashes between, the one spelling of EUI records.
void append_dashed(std::string& out, ByteView bytes) {
    constexpr std::string_view kLower = "0123456789abcdef";
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i != 0) out += '-';
        out += kLower[bytes[i] >> 4U];
        out += kLower[bytes[i] & 0xfU];
    }
}

void append_bare(std::string& out, ByteView tag) {
    if (tag.empty()) out += "\"\"";
    for (const std::uint8_t byte : tag) {
        if (byte > 0x20 && byte < 0x7f)
            out += static_cast<char>(byte);
        else
            out += '?';
    }
}

void append_salt(std::string& out, ByteView salt) {
    if (salt.empty()) out += '-';
    append_hex(out, salt);
}

void append_rare(std::string& out, TextField field, wire::Reader& in) {
    using enum TextField;
    switch (field) {
        case Location:
            return append_location(out, in);
        case AddressPrefixes:
            return append_address_prefixes(out, in);
        case KeyGateway:
            return append_key_gateway(out, in);
        case Relay:
            return append_relay(out, in);
        case Services:
            return append_services(out, in);
        case Certificate:
            return append_certificate(out, in);
        case A6:
            return append_a6(out, in);
        case FlatBitmap:
            return append_flat_bitmap(out, in);
        case AtmAddress:
            return append_atm_address(out, in);
        case SizedBase64:
            return append_sized_base64(out, in);
        case SignatureError:
            return append_signature_error(out, in);
        default:
            return in.fail();  // append_field() and append_fixed() print the others
    }
}

// Four groups of 16 bits without leading zeros.
void append_locator(std::string& out, wire::Reader& in) {
    constexpr std::string_view kLower = "0123456789abcdef";
    for (int group = 0; group < 4; ++group) {
        if (group != 0) out += ':';
        const std::uint16_t value = in.u16();
        bool leading = true;
        for (int shift = 12; shift >= 0; shift -= 4) {
            const unsigned nibble = value >> shift & 0xfU;
            leading = leading && nibble == 0 && shift != 0;
            if (!leading) out += kLower[nibble];
        }
    }
}

void append_type_or_zero(std::string& out, std::uint16_t type) {
    if (type == 0)
        out += '0';
    else
        append_type(out, type);
}

/// Fields whose size the type alone tells.
void append_fixed(std::string& out, TextField field, wire::Reader& in) {
    using enum TextField;
    switch (field) {
        case U8:
            return append_number(out, in.u8());
        case U16:
            return append_number(out, in.u16());
        case U32:
            return append_number(out, in.u32());
        case Ip4:
            return append_address(out, in.bytes(4));
        case Ip6:
            return append_address(out, in.bytes(16));
        case Type:
            return append_type(out, in.u16());
        case Time:
            return append_time(out, in.u32());
        case Locator:
            return append_locator(out, in);
        case Eui48:
            return append_dashed(out, in.bytes(6));
        case Eui64:
            return append_dashed(out, in.bytes(8));
        case U48: {
            const std::uint64_t high = in.u16();
            return append_number(out, high << 32U | in.u32());
        }
        case TypeOrZero:
            return append_type_or_zero(out, in.u16());
        default:
            return append_rare(out, field, in);
    }
}

}  // namespace

void append_number(std::string& out, std::uint64_t value) {
    char digits[20];
    const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
    out.append(digits, error == std::errc{} ? end : digits);
}

void append_hex(std::string& out, ByteView bytes) {
    for (const std::uint8_t byte : bytes) {
        out += kHexDigits[byte >> 4U];
        out += kHexDigits[byte & 0xfU];
    }
}

void append_base64(std::string& out, ByteView bytes) {
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t left = bytes.size() - i;
        std::uint32_t group = std::uint32_t{bytes[i]} << 16U;
        if (left > 1) group |= std::uint32_t{bytes[i + 1]} << 8U;
        if (left > 2) group |= bytes[i + 2];
        out += kBase64[group >> 18U];
        out += kBase64[group >> 12U & 63U];
        out += left > 1 ? kBase64[group >> 6U & 63U] : '=';
        out += left > 2 ? kBase64[group & 63U] : '=';
    }
}

void append_address(std::string& out, ByteView bytes) {
    if (bytes.size() != 4 && bytes.size() != 16) return;
    char text[INET6_ADDRSTRLEN];
    ::inet_ntop(bytes.size() == 4 ? AF_INET : AF_INET6, bytes.data(), text, sizeof text);
    out += text;
}

void append_field(std::string& out, TextField field, wire::Reader& in) {
    using enum TextField;
    switch (field) {
        case Name:
            return append_name_field(out, in);
        case String:
            return append_quoted(out, in.bytes(in.u8()));
        case Strings:
            return append_strings(out, in);
        case Bare:
            return append_bare(out, in.bytes(in.u8()));
        case QuotedRest:
            return append_quoted(out, in.rest());
        case Bitmap:
            return append_bitmap(out, in);
        case Hex:
            return append_hex(out, in.rest());
        case Base64:
            return append_base64(out, in.rest());
        case Salt:
            return append_salt(out, in.bytes(in.u8()));
        case Base32:
            return append_base32(out, in.bytes(in.u8()));
        case SvcParams:
            return append_svc_params(out, in);
        default:
            return append_fixed(out, field, in);
    }
}

}  // namespace vedette::render
