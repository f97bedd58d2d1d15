// Every field of every event, once, in the order in which it travels: the encoder and the decoder
// are the same walk with another hand. A new field goes to the end of its event and, with a new
// version from which on it is read, into docs/formats/sensor.md. Internal to batch_codec/.
#pragma once

#include "model/event_batch.hpp"

namespace vedette::store {

template <typename Io, typename Event>
void walk_dns(Io& io, Event& e) {
    io.time(e.query_time);
    io.time(e.response_time);
    io.address(e.client);
    io.address(e.server);
    io.mac(e.client_mac);
    io.mac(e.link_source);
    io.mac(e.link_destination);
    io.fixed16(e.client_port);
    io.number(e.server_port);
    io.number(e.vlan);
    io.fixed16(e.id);
    io.number(e.qtype);
    io.number(e.qclass);
    io.fixed16(e.query_flags);
    io.fixed16(e.response_flags);
    io.number(e.rcode);
    io.number(e.marks);
    io.number(e.query_bytes);
    io.number(e.response_bytes);
    io.number(e.answer_messages);
    io.number(e.interface);
    io.number(e.query_packet);
    io.number(e.response_packet);
    io.choice(e.transport, Transport::Other);
    io.choice(e.protocol, DnsProtocol::Nbns);
    io.choice(e.kind, TransactionKind::OneWay);
    io.choice(e.mac_source, MacSource::Option82);
    io.damage(e.query_damage);
    io.damage(e.response_damage);
    io.slice(e.qname);
    io.slice(e.query_message);
    io.slice(e.response_message);
    io.slice(e.client_host);
}

template <typename Io, typename Event>
void walk_dhcp(Io& io, Event& e) {
    io.time(e.time);
    io.mac(e.link_source);
    io.mac(e.link_destination);
    io.address(e.source);
    io.address(e.destination);
    io.number(e.source_port);
    io.number(e.destination_port);
    io.number(e.vlan);
    io.flag(e.v6);
    io.number(e.op);
    io.number(e.type);
    io.choice(e.mac_source, MacSource::Option82);
    io.number(e.transaction_id);
    io.mac(e.client_mac);
    io.address(e.client_ip);
    io.address(e.your_ip);
    io.address(e.server_ip);
    io.address(e.relay_ip);
    io.address(e.requested_ip);
    io.number(e.lease_seconds);
    io.number(e.renewal_seconds);
    io.number(e.rebinding_seconds);
    io.number(e.packet);
    io.number(e.interface);
    io.number(e.prefix_length);
    io.number(e.status);
    io.number(e.marks);
    io.damage(e.damage);
    for (auto* slice : {&e.host_name, &e.client_fqdn, &e.domain, &e.vendor_class, &e.client_id,
                        &e.server_id, &e.parameters, &e.routers, &e.dns_servers, &e.circuit_id,
                        &e.remote_id, &e.text, &e.boot_file, &e.captive_portal, &e.message})
        io.slice(*slice);
    if (io.version() >= 2) io.address(e.subnet_mask);
}

template <typename Io, typename Event>
void walk_sighting(Io& io, Event& e) {
    io.time(e.time);
    io.address(e.source);
    io.address(e.destination);
    io.number(e.packet);
    io.number(e.bytes);
    io.fixed16(e.source_port);
    io.fixed16(e.destination_port);
    io.fixed16(e.id);
    io.fixed16(e.flags);
    io.number(e.qtype);
    io.choice(e.transport, Transport::Other);
    io.flag(e.solicited);
    io.slice(e.qname);
}

template <typename Io, typename Event>
void walk_encrypted(Io& io, Event& e) {
    io.time(e.time);
    io.address(e.client);
    io.address(e.server);
    io.mac(e.client_mac);
    io.number(e.packet);
    io.number(e.port);
    io.number(e.vlan);
    io.flag(e.quic);
    io.slice(e.server_name);
}

template <typename Io, typename Event>
void walk_lease(Io& io, Event& e) {
    io.time(e.time);
    io.time(e.start);
    io.time(e.end);
    io.address(e.address);
    io.address(e.server);
    io.mac(e.mac);
    io.choice(e.state, LeaseState::Refused);
    io.flag(e.v6);
    io.number(e.vlan);
    io.number(e.prefix_length);
    io.slice(e.host_name);
    io.slice(e.vendor_class);
    io.slice(e.client_id);
}

template <typename Io, typename Event>
void walk_neighbour(Io& io, Event& e) {
    io.time(e.time);
    io.address(e.address);
    io.mac(e.mac);
    io.choice(e.source, MacSource::Option82);
}

template <typename Io, typename Event>
void walk_anomaly(Io& io, Event& e) {
    io.time(e.time);
    io.number(e.packet);
    io.address(e.source);
    io.address(e.destination);
    io.mac(e.link_source);
    io.damage(e.damage);
    io.slice(e.evidence);
}

}  // namespace vedette::store
