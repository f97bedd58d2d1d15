#include "decode/encrypted_sights.hpp"

#include "wire/tls/client_hello.hpp"

namespace vedette::decode {
namespace {

constexpr std::uint16_t kHttps = 443;
constexpr std::uint16_t kDot = 853;  // RFC 7858; DNS over QUIC has it too (RFC 9250)

constexpr bool is_watched(std::uint16_t port) noexcept {
    return port == kHttps || port == kDot;
}

EncryptedSighting& sight(const PacketContext& packet, Identity& identity, EventBatch& out) {
    EncryptedSighting& seen = out.encrypted.emplace_back();
    seen.time = packet.time;
    seen.client = packet.source;
    seen.server = packet.destination;
    seen.packet = packet.packet;
    seen.port = packet.destination_port;
    seen.vlan = packet.vlan;
    const MacAddress link = packet.has_link && !packet.tunneled ? packet.link_source : MacAddress{};
    const ClientIdentity client = identity.resolve(packet.time, packet.source, link, {});
    if (client.source != MacSource::Unknown) seen.client_mac = client.mac;
    return seen;
}

}  // namespace

void sight_tls(const PacketContext& packet, ByteView payload, Identity& identity, EventBatch& out) {
    if (!is_watched(packet.destination_port)) return;
    const wire::tls::ClientHello hello = wire::tls::read_client_hello(payload);
    if (!hello.is_hello) return;
    EncryptedSighting& seen = sight(packet, identity, out);
    seen.server_name = out.bytes.append(hello.server_name);
}

void sight_quic(const PacketContext& packet, ByteView payload, Identity& identity,
                EventBatch& out) {
    if (!is_watched(packet.destination_port) || !wire::tls::is_quic_initial(payload)) return;
    sight(packet, identity, out).quic = true;
}

}  // namespace vedette::decode
