// For tests: a DHCP message with every field filled with something of its own.
#pragma once

#include <string>

#include "model/event_batch.hpp"

namespace vedette::store::testing {

inline ByteSlice text(EventBatch& batch, std::string_view value) {
    return batch.bytes.append(value);
}

inline DhcpMessage example_dhcp(EventBatch& batch) {
    DhcpMessage e;
    e.time = Timestamp{1'600'000'000'000'000'000};
    e.link_source = *MacAddress::parse("02:00:00:00:00:04");
    e.link_destination = *MacAddress::parse("ff:ff:ff:ff:ff:ff");
    e.source = *IpAddress::parse("0.0.0.0");
    e.destination = *IpAddress::parse("255.255.255.255");
    e.source_port = 68;
    e.destination_port = 67;
    e.vlan = 4'094;
    e.op = 1;
    e.type = 3;
    e.mac_source = MacSource::Link;
    e.transaction_id = 0xdeadbeef;
    e.client_mac = *MacAddress::parse("02:00:00:00:00:05");
    e.client_ip = *IpAddress::parse("192.0.2.1");
    e.your_ip = *IpAddress::parse("192.0.2.2");
    e.server_ip = *IpAddress::parse("192.0.2.3");
    e.relay_ip = *IpAddress::parse("192.0.2.4");
    e.requested_ip = *IpAddress::parse("2001:db8::5");
    e.subnet_mask = *IpAddress::parse("255.255.254.0");
    e.lease_seconds = 0xffffffff;
    e.renewal_seconds = 1;
    e.rebinding_seconds = 2;
    e.packet = 3;
    e.interface = 4;
    e.prefix_length = 56;
    e.status = 6;
    e.marks = 3;
    e.damage = {static_cast<wire::AnomalyId>(3), 5};
    int n = 0;
    for (ByteSlice* slice : {&e.host_name, &e.client_fqdn, &e.domain, &e.vendor_class, &e.client_id,
                             &e.server_id, &e.parameters, &e.routers, &e.dns_servers, &e.circuit_id,
                             &e.remote_id, &e.text, &e.boot_file, &e.captive_portal, &e.message})
        *slice = text(batch, "option " + std::to_string(++n));
    return e;
}

}  // namespace vedette::store::testing
