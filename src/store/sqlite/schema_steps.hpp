// The SQL of every schema step, in order. A step that has shipped is never edited: a change is a
// new step. Constant data.
#pragma once

#include <array>

namespace vedette::store {

/// Rows and dictionaries.
inline constexpr const char* kStepRows = R"sql(
CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE dns_types(code INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE dns_rcodes(code INTEGER PRIMARY KEY, name TEXT NOT NULL);

CREATE TABLE vendors(id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE hosts(
    id INTEGER PRIMARY KEY, ip TEXT NOT NULL, mac TEXT, mac_source TEXT NOT NULL, host TEXT,
    vendor INTEGER, vlan INTEGER NOT NULL, interface INTEGER NOT NULL,
    link_source TEXT, link_destination TEXT);
CREATE TABLE servers(id INTEGER PRIMARY KEY, ip TEXT NOT NULL, port INTEGER NOT NULL);
CREATE TABLE forms(
    id INTEGER PRIMARY KEY, protocol TEXT NOT NULL, transport TEXT NOT NULL, kind TEXT NOT NULL,
    has_query INTEGER NOT NULL, has_response INTEGER NOT NULL, class INTEGER NOT NULL,
    query_flags INTEGER NOT NULL, response_flags INTEGER NOT NULL, rcode INTEGER NOT NULL,
    marks INTEGER NOT NULL, anomaly TEXT, extra INTEGER NOT NULL);
CREATE TABLE names(id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE rdata(id INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE records(
    id INTEGER PRIMARY KEY, owner INTEGER NOT NULL, type INTEGER NOT NULL,
    class INTEGER NOT NULL, rdata INTEGER NOT NULL);
CREATE TABLE answers(id INTEGER PRIMARY KEY, answer TEXT, authority TEXT, additional TEXT);

CREATE TABLE dns(
    id INTEGER PRIMARY KEY, time INTEGER, client INTEGER, server INTEGER, ports INTEGER,
    name INTEGER, type INTEGER, form INTEGER, latency INTEGER, sizes INTEGER, answers INTEGER,
    ttl);
CREATE TABLE dns_extra(
    id INTEGER PRIMARY KEY, name_case BLOB, damage_offset INTEGER, answer_messages INTEGER,
    query BLOB, response BLOB);

CREATE TABLE dhcp(
    id INTEGER PRIMARY KEY, time INTEGER NOT NULL, v6 INTEGER NOT NULL, op INTEGER NOT NULL,
    type INTEGER NOT NULL, message TEXT NOT NULL, mac TEXT, mac_source TEXT NOT NULL, vendor TEXT,
    host TEXT, fqdn TEXT, domain TEXT, vendor_class TEXT, ip_src TEXT NOT NULL,
    ip_dst TEXT NOT NULL, port_src INTEGER NOT NULL, port_dst INTEGER NOT NULL, link_source TEXT,
    link_destination TEXT, vlan INTEGER NOT NULL, interface INTEGER NOT NULL,
    transaction_id INTEGER NOT NULL, client_ip TEXT, your_ip TEXT, prefix_length INTEGER,
    server_ip TEXT, relay_ip TEXT, requested_ip TEXT, lease_seconds INTEGER,
    renewal_seconds INTEGER, rebinding_seconds INTEGER, status INTEGER, client_id TEXT,
    server_id TEXT, parameters TEXT, routers TEXT, dns_servers TEXT, circuit_id TEXT,
    remote_id TEXT, text TEXT, boot_file TEXT, captive_portal TEXT, anomaly TEXT,
    damage_offset INTEGER, payload BLOB);
CREATE INDEX dhcp_time ON dhcp(time);

CREATE TABLE leases(
    ip TEXT NOT NULL, mac TEXT NOT NULL, start INTEGER NOT NULL, end INTEGER, changed INTEGER,
    state TEXT NOT NULL, server TEXT, host TEXT, vendor_class TEXT, client_id TEXT,
    vlan INTEGER NOT NULL, PRIMARY KEY(ip, mac, start)) WITHOUT ROWID;
CREATE TABLE clients(
    mac TEXT PRIMARY KEY, vendor TEXT, first_seen INTEGER, last_seen INTEGER, queries INTEGER,
    answers INTEGER, dhcp_messages INTEGER) WITHOUT ROWID;
CREATE TABLE client_hosts(
    mac TEXT, host TEXT, first_seen INTEGER, last_seen INTEGER, PRIMARY KEY(mac, host))
    WITHOUT ROWID;
CREATE TABLE client_addresses(
    mac TEXT, ip TEXT, first_seen INTEGER, last_seen INTEGER, PRIMARY KEY(mac, ip))
    WITHOUT ROWID;
CREATE TABLE neighbours(
    ip TEXT, mac TEXT, source TEXT NOT NULL, first_seen INTEGER, last_seen INTEGER,
    PRIMARY KEY(ip, mac)) WITHOUT ROWID;
CREATE TABLE anomalies(
    id INTEGER PRIMARY KEY, time INTEGER, packet INTEGER, anomaly TEXT NOT NULL, offset INTEGER,
    ip_src TEXT, ip_dst TEXT, link_source TEXT, evidence BLOB);

CREATE VIEW logs(mac_src, mac_dst, ip_src, ip_dst, port_src, port_dst, date, time, request) AS
SELECT coalesce(h.mac, h.link_source), h.link_destination, h.ip, s.ip,
    (d.ports >> 16) & 65535, s.port,
    strftime('%Y-%m-%d', d.time / 1000000000, 'unixepoch', 'localtime'),
    strftime('%H:%M:%f', d.time / 1000000000.0, 'unixepoch', 'localtime'),
    'Query ' || CASE f.protocol WHEN 'mdns' THEN 'mDNS' ELSE upper(f.protocol) END || ' | ' ||
    coalesce(n.name || ' ' || coalesce(t.name, 'TYPE' || d.type), '(no question)')
FROM dns d JOIN hosts h ON h.id = d.client JOIN servers s ON s.id = d.server
    JOIN forms f ON f.id = d.form LEFT JOIN names n ON n.id = d.name
    LEFT JOIN dns_types t ON t.code = d.type
WHERE f.has_query
UNION ALL
SELECT h.link_destination, coalesce(h.mac, h.link_source), s.ip, h.ip,
    s.port, (d.ports >> 16) & 65535,
    strftime('%Y-%m-%d', (d.time + coalesce(d.latency, 0) * 1000) / 1000000000, 'unixepoch',
        'localtime'),
    strftime('%H:%M:%f', (d.time + coalesce(d.latency, 0) * 1000) / 1000000000.0, 'unixepoch',
        'localtime'),
    'Answer ' || CASE f.protocol WHEN 'mdns' THEN 'mDNS' ELSE upper(f.protocol) END || ' | ' ||
    coalesce(n.name || ' ' || coalesce(t.name, 'TYPE' || d.type), '(no question)') || ' | ' ||
    CASE WHEN f.rcode <> 0
        THEN coalesce((SELECT name FROM dns_rcodes WHERE code = f.rcode), 'RCODE' || f.rcode)
        ELSE coalesce((SELECT group_concat(x.text, ', ') FROM answers a, json_each(a.answer) j
            JOIN records r ON r.id = j.value JOIN rdata x ON x.id = r.rdata
            WHERE a.id = d.answers), 'no records') END
FROM dns d JOIN hosts h ON h.id = d.client JOIN servers s ON s.id = d.server
    JOIN forms f ON f.id = d.form LEFT JOIN names n ON n.id = d.name
    LEFT JOIN dns_types t ON t.code = d.type
WHERE f.has_response
UNION ALL
SELECT link_source, link_destination, ip_src, ip_dst, port_src, port_dst,
    strftime('%Y-%m-%d', time / 1000000000, 'unixepoch', 'localtime'),
    strftime('%H:%M:%f', time / 1000000000.0, 'unixepoch', 'localtime'),
    message || CASE WHEN v6 THEN ' DHCPv6 | ' ELSE ' DHCP | ' END ||
    coalesce(vendor_class, your_ip, fqdn, host, '')
FROM dhcp;
)sql";

/// What makes rows findable: see docs/formats/store.md, "Segments and postings".
inline constexpr const char* kStepPostings = R"sql(
CREATE TABLE segments(
    id INTEGER PRIMARY KEY, first_row INTEGER NOT NULL, last_row INTEGER NOT NULL,
    min_time INTEGER NOT NULL, max_time INTEGER NOT NULL, disorder INTEGER NOT NULL);
CREATE TABLE postings(id INTEGER PRIMARY KEY, data BLOB NOT NULL);
)sql";

/// Which machine saw a row when it was not this one, and how far each of them has come: what makes
/// a batch that is delivered twice be stored once.
inline constexpr const char* kStepSensors = R"sql(
ALTER TABLE hosts ADD COLUMN sensor TEXT;
ALTER TABLE dhcp ADD COLUMN sensor TEXT;
CREATE TABLE sensor_streams(
    sensor TEXT NOT NULL, stream TEXT NOT NULL, sequence INTEGER NOT NULL,
    events INTEGER NOT NULL, PRIMARY KEY(sensor, stream)) WITHOUT ROWID;
)sql";

/// What the policy lists said of a DHCP message (DnsMarks); DNS has it in `forms`.
inline constexpr const char* kStepPolicyMarks = R"sql(
ALTER TABLE dhcp ADD COLUMN marks INTEGER NOT NULL DEFAULT 0;
)sql";

inline constexpr std::array kSchemaSteps{kStepRows, kStepPostings, kStepSensors, kStepPolicyMarks};

}  // namespace vedette::store
