// Where DNS may go out of sight: the first packets of TLS and QUIC connections towards the ports of
// encrypted DNS, and of HTTPS. What they are is for detectors to say (EncryptedSighting). Stateless
// beside the identity it asks; the packets stay "other traffic" in the books.
#pragma once

#include "base/bytes.hpp"
#include "decode/identity.hpp"
#include "decode/packet_context.hpp"
#include "model/event_batch.hpp"

namespace vedette::decode {

/// A TCP segment's payload, of any port.
void sight_tls(const PacketContext& packet, ByteView payload, Identity& identity, EventBatch& out);
/// A datagram that is none of ours.
void sight_quic(const PacketContext& packet, ByteView payload, Identity& identity, EventBatch& out);

}  // namespace vedette::decode
