// NetBIOS names and name service records as text, in the spelling of nbtstat: `WORKGROUP<1d>`.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.hpp"

namespace vedette::render {

/// Appends a wire-form name of an NBNS message: the decoded name with its suffix in hex, and the
/// scope if there is one. A name that is not encoded is printed like any other.
void append_netbios_name(std::string& out, ByteView name);

/// Appends the data of an NBNS record: the addresses of NB, the names of NBSTAT, else as
/// append_rdata() prints it.
void append_nbns_rdata(std::string& out, std::uint16_t type, ByteView rdata);

}  // namespace vedette::render
