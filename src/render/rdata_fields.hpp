// The fields that presentation forms of RDATA are made of, and how each is printed. Internal to
// render/.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.hpp"
#include "wire/reader/reader.hpp"

namespace vedette::render {

enum class TextField : std::uint8_t {
    End,
    U8,
    U16,
    U32,
    Ip4,
    Ip6,
    Name,        ///< uncompressed, with final dot
    String,      ///< quoted character-string
    Strings,     ///< quoted, separated by spaces, up to the end
    Bare,        ///< a length-prefixed tag without quotes (CAA)
    QuotedRest,  ///< all that is left as one quoted string
    Type,        ///< a record type's word
    Time,        ///< YYYYMMDDHHmmSS (RFC 4034 3.2)
    Bitmap,      ///< record types (RFC 4034 4.1.2)
    Hex,
    Base64,     ///< all that is left
    Salt,       ///< length-prefixed hex, "-" when empty (RFC 5155 3.3)
    Base32,     ///< length-prefixed base32hex without padding
    SvcParams,  ///< RFC 9460 2.1
    Locator,    ///< 64 bits as four groups (RFC 6742 2.1.2)
    Eui48,
    Eui64,
    U48,
    TypeOrZero,  ///< a type's word, but 0 as a number (SIG(0))
    Location,    ///< the rarer ones: rdata_rare.hpp
    AddressPrefixes,
    KeyGateway,
    Relay,
    Services,
    Certificate,
    A6,
    FlatBitmap,
    AtmAddress,
    SizedBase64,
    SignatureError,
};

/// Reads one field and appends its text; a field that does not fit leaves `in` failed.
void append_field(std::string& out, TextField field, wire::Reader& in);

void append_hex(std::string& out, ByteView bytes);
void append_base64(std::string& out, ByteView bytes);
void append_number(std::string& out, std::uint64_t value);
/// Network-order address bytes, 4 or 16.
void append_address(std::string& out, ByteView bytes);

}  // namespace vedette::render
