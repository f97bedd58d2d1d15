// Fields of the rarer record types, spelled as dig spells them. Internal to render/. Each reads its
// part from `in`; what does not fit leaves it failed.
#pragma once

#include <string>

#include "wire/reader/reader.hpp"

namespace vedette::render {

void append_location(std::string& out, wire::Reader& in);          ///< LOC, RFC 1876 2
void append_address_prefixes(std::string& out, wire::Reader& in);  ///< APL, RFC 3123 4
void append_key_gateway(std::string& out, wire::Reader& in);       ///< IPSECKEY, RFC 4025 2
void append_relay(std::string& out, wire::Reader& in);             ///< AMTRELAY, RFC 8777 4
void append_services(std::string& out, wire::Reader& in);          ///< WKS, RFC 1035 3.4.2
void append_certificate(std::string& out, wire::Reader& in);       ///< CERT, RFC 4398 2
void append_a6(std::string& out, wire::Reader& in);                ///< A6, RFC 2874 3.1
void append_flat_bitmap(std::string& out, wire::Reader& in);       ///< NXT, RFC 2535 5.2
void append_atm_address(std::string& out, wire::Reader& in);       ///< ATMA
void append_sized_base64(std::string& out, wire::Reader& in);      ///< TSIG, TKEY: size and bytes
void append_signature_error(std::string& out, wire::Reader& in);   ///< RFC 8945 3

}  // namespace vedette::render
