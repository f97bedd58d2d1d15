// What decoding produces: owned events with one arena. A batch is the unit that crosses threads.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "model/batch_origin.hpp"
#include "model/dhcp_message.hpp"
#include "model/dns_transaction.hpp"
#include "wire/anomaly/anomaly.hpp"

namespace vedette {

/// Damage outside any DNS or DHCP event, or the first sight of it in one; kept as evidence.
struct AnomalyEvent {
    Timestamp time;
    std::uint64_t packet = 0;  ///< 1-based number in the source
    IpAddress source;
    IpAddress destination;
    MacAddress link_source;
    wire::Damage damage;
    ByteSlice evidence;  ///< first bytes of the damaged packet, bounded by the decoder
};

/// A DNS message at the moment it was seen. A transaction is told when it is complete, which for an
/// unanswered query is seconds later; what counts rates cannot wait. Only filled when
/// DnsTrackerLimits::sightings asks for it, never stored.
struct DnsSighting {
    Timestamp time;
    IpAddress source;
    IpAddress destination;
    std::uint64_t packet = 0;
    std::uint32_t bytes = 0;  ///< of the DNS message on the wire
    std::uint16_t source_port = 0;
    std::uint16_t destination_port = 0;
    std::uint16_t id = 0;
    std::uint16_t flags = 0;  ///< RFC 1035 4.1.1, with QR and rcode
    std::uint16_t qtype = 0;
    Transport transport = Transport::Udp;
    bool solicited = true;  ///< an answer whose query was pending
    ByteSlice qname;        ///< wire form, queries only
};

/// The beginning of a connection that may carry DNS out of sight: TLS or QUIC towards the ports of
/// DNS over TLS and QUIC, and every TLS handshake of port 443, whose server name tells. Only filled
/// when DecoderOptions::encrypted asks for it, never stored.
struct EncryptedSighting {
    Timestamp time;
    IpAddress client;
    IpAddress server;
    MacAddress client_mac;  ///< zero when not known
    std::uint64_t packet = 0;
    std::uint16_t port = 0;  ///< the server's
    std::uint16_t vlan = 0;
    bool quic = false;
    ByteSlice server_name;  ///< of the TLS handshake, as sent; empty when there is none
};

/// An answer that was seen, and what other resolvers said when they were asked the same. Made only
/// while a live run asks (service/guard/opinions), never stored.
struct SecondOpinion {
    static constexpr std::size_t kMostResolvers = 8;

    Timestamp time;  ///< of the answer seen
    IpAddress client;
    IpAddress server;
    MacAddress client_mac;     ///< zero when not known
    std::uint64_t packet = 0;  ///< of the answer seen
    std::uint16_t qtype = 0;
    std::uint8_t count = 0;  ///< of resolvers that answered
    ByteSlice qname;         ///< wire form
    ByteSlice seen;          ///< the answer message that was seen
    std::array<IpAddress, kMostResolvers> resolvers{};
    std::array<ByteSlice, kMostResolvers> answers{};  ///< whole DNS messages, as `resolvers`
};

/// Something learned about a host: ARP, NDP or a lease bound an address to a MAC.
struct NeighbourEvent {
    Timestamp time;
    IpAddress address;
    MacAddress mac;
    MacSource source = MacSource::Unknown;
};

/// Events in the order they became complete. `bytes` owns every slice in them.
struct EventBatch {
    std::vector<DnsTransaction> dns;
    std::vector<DnsSighting> sightings;
    std::vector<EncryptedSighting> encrypted;
    std::vector<SecondOpinion> opinions;
    std::vector<DhcpMessage> dhcp;
    std::vector<LeaseEvent> leases;
    std::vector<NeighbourEvent> neighbours;
    std::vector<AnomalyEvent> anomalies;
    ByteArena bytes;
    Timestamp watermark;  ///< newest packet time seen when the batch was cut
    BatchOrigin origin;   ///< of all its events

    [[nodiscard]] bool empty() const noexcept {
        return dns.empty() && dhcp.empty() && leases.empty() && neighbours.empty() &&
               anomalies.empty();
    }
    [[nodiscard]] std::size_t size() const noexcept {
        return dns.size() + dhcp.size() + leases.size() + neighbours.size() + anomalies.size();
    }
    /// What only detectors look at; never stored, and not in the books.
    [[nodiscard]] std::size_t sighted() const noexcept {
        return sightings.size() + encrypted.size() + opinions.size();
    }
    /// Memory held, used or not; what queues of batches budget.
    [[nodiscard]] std::size_t memory_bytes() const noexcept {
        const auto held = [](const auto& list) { return list.capacity() * sizeof(list[0]); };
        return held(dns) + held(sightings) + held(encrypted) + held(opinions) + held(dhcp) +
               held(leases) + held(neighbours) + held(anomalies) + bytes.capacity();
    }
    /// Forgets the events, keeps the memory.
    void clear() noexcept {
        dns.clear();
        sightings.clear();
        encrypted.clear();
        opinions.clear();
        dhcp.clear();
        leases.clear();
        neighbours.clear();
        anomalies.clear();
        bytes.clear();
        origin.clear();
    }
};

}  // namespace vedette
