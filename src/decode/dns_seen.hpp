// One DNS message with everything that is said about it, and the small questions the tracker asks.
// Internal to decode/. Borrows the packet and the message; lives for one call.
#pragma once

#include <cstdint>

#include "decode/packet_context.hpp"
#include "decode/pending_queries.hpp"
#include "model/dns_transaction.hpp"
#include "wire/dns/message.hpp"

namespace vedette::decode {

struct Seen {
    const PacketContext& packet;
    DnsProtocol protocol;
    const wire::dns::MessageView& view;
    ByteView kept;  ///< the bytes that go into the event
    wire::Damage damage;

    [[nodiscard]] std::uint32_t wire_bytes() const noexcept {
        return packet.original_bytes != 0 ? packet.original_bytes
                                          : static_cast<std::uint32_t>(view.bytes().size());
    }
    /// By the QR bit. A header cut before it counts as a request: there is nothing to pair.
    [[nodiscard]] bool is_response() const noexcept;
};

[[nodiscard]] wire::dns::Dialect dialect_of(DnsProtocol protocol) noexcept;
/// Damage as it counts for this packet: what a short capture cut off is nobody's fault.
[[nodiscard]] wire::Damage judge(const PacketContext& packet, wire::Damage damage) noexcept;
/// Whether a message takes part in pairing at all.
[[nodiscard]] bool pairs(const Seen& seen) noexcept;
[[nodiscard]] bool is_transfer(std::uint16_t qtype) noexcept;
/// DnsMarks that this message sets.
[[nodiscard]] std::uint16_t marks_of(const Seen& seen) noexcept;
/// The question's class; mDNS keeps a flag in its top bit (RFC 6762 18.12).
[[nodiscard]] std::uint16_t class_of(const Seen& seen) noexcept;
/// The exchange it belongs to, seen from the client.
[[nodiscard]] ExchangeKey key_of(const Seen& seen) noexcept;

/// The query as it waits.
[[nodiscard]] PendingQuery to_pending(const Seen& seen) noexcept;

/// Halves of an event; message bytes and identity are the caller's.
void set_addresses(DnsTransaction& event, const ExchangeKey& key) noexcept;
void set_query(DnsTransaction& event, const PendingQuery& query) noexcept;
void set_response(DnsTransaction& event, const Seen& seen) noexcept;

}  // namespace vedette::decode
