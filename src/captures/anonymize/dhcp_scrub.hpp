// DHCP and DHCPv6 messages without who they are about. Which option becomes what is one table per
// version; options that are not in it become zeros of the same length. One thread.
#pragma once

#include "captures/anonymize/canvas.hpp"
#include "captures/anonymize/disguise.hpp"

namespace vedette::captures {

/// `canvas` holds exactly the message (RFC 2131).
void scrub_dhcp4(const Canvas& canvas, Disguise& disguise);
/// `canvas` holds exactly the message (RFC 8415), relay envelopes included.
void scrub_dhcp6(const Canvas& canvas, Disguise& disguise);

/// Whole addresses of `size` bytes (4 or 16), one after the other; what is left over stays zero.
void scrub_addresses(const Canvas& canvas, ByteView bytes, std::size_t size, Disguise& disguise);
/// A DHCP unique identifier (RFC 8415 11): kinds and hardware types stay.
void scrub_duid(const Canvas& canvas, ByteView duid, Disguise& disguise);

}  // namespace vedette::captures
