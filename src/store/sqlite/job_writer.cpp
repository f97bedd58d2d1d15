#include "store/sqlite/job_writer.hpp"

#include <algorithm>

#include "model/vendor/vendor.hpp"
#include "store/sqlite/binder.hpp"

namespace vedette::store {
namespace {

/// In the order of JobWriter::Slot.
constexpr const char* kStatements[] = {
    "INSERT INTO vendors VALUES(?,?)",
    "INSERT INTO hosts VALUES(?,?,?,?,?,?,?,?,?,?,?)",
    "INSERT INTO servers VALUES(?,?,?)",
    "INSERT INTO forms VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)",
    "INSERT INTO dns_extra VALUES(?,?,?,?,?,?)",
    "INSERT INTO clients VALUES(?1,?2,?3,?4,?5,?6,?7) ON CONFLICT DO UPDATE SET "
    "first_seen=min(first_seen,?3), last_seen=max(last_seen,?4), queries=queries+?5, "
    "answers=answers+?6, dhcp_messages=dhcp_messages+?7",
    "INSERT INTO client_hosts VALUES(?1,?2,?3,?3) ON CONFLICT DO UPDATE SET "
    "first_seen=min(first_seen,?3), last_seen=max(last_seen,?3)",
    "INSERT INTO client_addresses VALUES(?1,?2,?3,?3) ON CONFLICT DO UPDATE SET "
    "first_seen=min(first_seen,?3), last_seen=max(last_seen,?3)",
    "INSERT INTO dhcp VALUES(NULL,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,"
    "?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
    "INSERT INTO leases VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11) ON CONFLICT DO UPDATE SET "
    "end=?4, changed=?5, state=?6, server=coalesce(?7,server), host=coalesce(?8,host), "
    "vendor_class=coalesce(?9,vendor_class), client_id=coalesce(?10,client_id)",
    "INSERT INTO neighbours VALUES(?1,?2,?3,?4,?4) ON CONFLICT DO UPDATE SET source=?3, "
    "first_seen=min(first_seen,?4), last_seen=max(last_seen,?4)",
    "INSERT INTO anomalies VALUES(NULL,?,?,?,?,?,?,?,?)",
    "INSERT INTO sensor_streams VALUES(?1,?2,?3,?4) ON CONFLICT DO UPDATE SET "
    "sequence=max(sequence,?3), events=events+?4",
};

std::string hex_text(ByteView bytes) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const std::uint8_t byte : bytes) {
        text += kDigits[byte >> 4U];
        text += kDigits[byte & 0xfU];
    }
    return text;
}

/// Addresses one after the other, 4 or 16 bytes each, as text with blanks between.
std::string address_list(ByteView bytes, std::size_t each) {
    std::string text;
    for (std::size_t at = 0; at + each <= bytes.size(); at += each) {
        if (at != 0) text += ' ';
        text += IpAddress::from_bytes(bytes.subspan(at, each)).to_text();
    }
    return text;
}

/// Option numbers in the order asked for, as fingerprinting tools write them: "1,3,6,15".
std::string number_list(ByteView bytes, std::size_t each) {
    std::string text;
    for (std::size_t at = 0; at + each <= bytes.size(); at += each) {
        unsigned value = 0;
        for (std::size_t i = 0; i < each; ++i)
            value = value << 8U | bytes[at + i];
        if (at != 0) text += ',';
        text += std::to_string(value);
    }
    return text;
}

}  // namespace

Result<JobWriter> JobWriter::make(Connection& connection) {
    static_assert(std::size(kStatements) == SlotCount);
    JobWriter writer;
    VEDETTE_TRY(writer.feed_.attach(connection));
    for (std::size_t slot = 0; slot < SlotCount; ++slot) {
        auto statement = connection.prepare(kStatements[slot]);
        if (!statement) return std::unexpected(std::move(statement).error());
        writer.statements_[slot] = std::move(*statement);
    }
    return writer;
}

Result<void> JobWriter::write(const WriteJob& job) {
    VEDETTE_TRY(write_hosts(job));
    VEDETTE_TRY(write_forms(job));
    VEDETTE_TRY(feed_.insert(job));
    VEDETTE_TRY(write_extras(job));
    VEDETTE_TRY(write_traits(job));
    VEDETTE_TRY(write_dhcp(job));
    VEDETTE_TRY(write_leases(job));
    VEDETTE_TRY(write_sightings(job));
    return write_origin(job);
}

Result<void> JobWriter::write_hosts(const WriteJob& job) {
    for (const TextEntry& vendor : job.vendors) {
        Binder row(statements_[Vendors]);
        VEDETTE_TRY(row.integer(vendor.id).text(job.bytes.text(vendor.text)).run());
    }
    for (const HostEntry& host : job.hosts) {
        Binder row(statements_[Hosts]);
        row.integer(host.id).ip(host.ip).mac_or_null(host.mac).text(to_text(host.source));
        row.text_or_null(job.bytes.text(host.host)).number_or_null(host.vendor);
        row.integer(host.vlan).integer(host.interface);
        row.mac_or_null(host.link_source).mac_or_null(host.link_destination);
        row.text_or_null(job.bytes.text(host.sensor));
        VEDETTE_TRY(row.run());
    }
    for (const ServerEntry& server : job.servers) {
        Binder row(statements_[Servers]);
        VEDETTE_TRY(row.integer(server.id).ip(server.ip).integer(server.port).run());
    }
    return {};
}

Result<void> JobWriter::write_forms(const WriteJob& job) {
    for (const FormEntry& form : job.forms) {
        Binder row(statements_[Forms]);
        row.integer(form.id).text(to_text(form.protocol)).text(to_text(form.transport));
        row.text(to_text(form.kind)).integer(form.has_query).integer(form.has_response);
        row.integer(form.qclass).integer(form.query_flags).integer(form.response_flags);
        row.integer(form.rcode).integer(form.marks).anomaly_or_null(form.anomaly);
        VEDETTE_TRY(row.integer(form.extra).run());
    }
    return {};
}

Result<void> JobWriter::write_extras(const WriteJob& job) {
    for (const ExtraEntry& extra : job.extras) {
        Binder row(statements_[Extras]);
        row.integer(extra.row).blob_or_null(job.bytes.view(extra.name_case));
        if (extra.damaged) {
            row.integer(extra.damage_offset);
        } else {
            row.null();
        }
        row.number_or_null(extra.answer_messages);
        row.blob_or_null(job.bytes.view(extra.query)).blob_or_null(job.bytes.view(extra.response));
        VEDETTE_TRY(row.run());
    }
    return {};
}

Result<void> JobWriter::write_clients(std::span<const ClientChange> changes) {
    for (const ClientChange& change : changes) {
        Binder row(statements_[Clients]);
        row.mac_or_null(change.mac).text_or_null(vendor_name(change.mac)).integer(change.first);
        row.integer(change.last).integer(static_cast<std::int64_t>(change.queries));
        row.integer(static_cast<std::int64_t>(change.answers));
        VEDETTE_TRY(row.integer(static_cast<std::int64_t>(change.dhcp_messages)).run());
    }
    return {};
}

Result<void> JobWriter::write_traits(const WriteJob& job) {
    const auto write = [&](Slot slot, const std::vector<ClientTrait>& traits) -> Result<void> {
        for (const ClientTrait& trait : traits) {
            Binder row(statements_[slot]);
            row.mac_or_null(trait.mac).text(job.bytes.text(trait.text)).integer(trait.time);
            VEDETTE_TRY(row.run());
        }
        return {};
    };
    VEDETTE_TRY(write(ClientHosts, job.client_hosts));
    return write(ClientAddresses, job.client_addresses);
}

Result<void> JobWriter::write_dhcp(const WriteJob& job) {
    for (const DhcpMessage& event : job.slow.dhcp) {
        const auto text = [&](ByteSlice slice) { return job.slow.bytes.text(slice); };
        const auto view = [&](ByteSlice slice) { return job.slow.bytes.view(slice); };
        const std::size_t address_bytes = event.v6 ? 16 : 4;
        Binder row(statements_[Dhcp]);
        row.integer(event.time.nanos).integer(event.v6 ? 1 : 0).integer(event.op);
        row.integer(event.type).text(dhcp_type_text(event.type, event.v6));
        row.mac_or_null(event.client_mac).text(to_text(event.mac_source));
        row.text_or_null(vendor_name(event.client_mac)).text_or_null(text(event.host_name));
        row.text_or_null(text(event.client_fqdn)).text_or_null(text(event.domain));
        row.text_or_null(text(event.vendor_class)).ip(event.source).ip(event.destination);
        row.integer(event.source_port).integer(event.destination_port);
        row.mac_or_null(event.link_source).mac_or_null(event.link_destination);
        row.integer(event.vlan).integer(event.interface).integer(event.transaction_id);
        row.ip_or_null(event.client_ip).ip_or_null(event.your_ip);
        row.number_or_null(event.prefix_length).ip_or_null(event.server_ip);
        row.ip_or_null(event.relay_ip).ip_or_null(event.requested_ip);
        row.number_or_null(event.lease_seconds).number_or_null(event.renewal_seconds);
        row.number_or_null(event.rebinding_seconds).number_or_null(event.status);
        row.kept(hex_text(view(event.client_id))).kept(hex_text(view(event.server_id)));
        row.kept(number_list(view(event.parameters), event.v6 ? 2 : 1));
        row.kept(address_list(view(event.routers), 4));
        row.kept(address_list(view(event.dns_servers), address_bytes));
        row.kept(hex_text(view(event.circuit_id))).kept(hex_text(view(event.remote_id)));
        row.text_or_null(text(event.text)).text_or_null(text(event.boot_file));
        row.text_or_null(text(event.captive_portal)).anomaly_or_null(event.damage.id);
        row.number_or_null(event.damage ? event.damage.offset : 0);
        row.blob_or_null(view(event.message));
        row.text_or_null(job.slow.origin.sensor).integer(event.marks);
        VEDETTE_TRY(row.run());
    }
    return {};
}

Result<void> JobWriter::write_leases(const WriteJob& job) {
    for (const LeaseEvent& event : job.slow.leases) {
        Binder row(statements_[Leases]);
        row.ip(event.address).kept(event.mac.to_text());
        row.integer(event.start.known() ? event.start.nanos : event.time.nanos);
        if (event.end.known()) {
            row.integer(event.end.nanos);
        } else {
            row.null();
        }
        row.integer(event.time.nanos).text(to_text(event.state)).ip_or_null(event.server);
        row.text_or_null(job.slow.bytes.text(event.host_name));
        row.text_or_null(job.slow.bytes.text(event.vendor_class));
        row.kept(hex_text(job.slow.bytes.view(event.client_id))).integer(event.vlan);
        VEDETTE_TRY(row.run());
    }
    return {};
}

Result<void> JobWriter::write_origin(const WriteJob& job) {
    const BatchOrigin& origin = job.slow.origin;
    if (!origin.numbered()) return {};
    Binder row(statements_[Streams]);
    row.text(origin.sensor).text(origin.stream);
    row.integer(static_cast<std::int64_t>(origin.sequence));
    return row.integer(static_cast<std::int64_t>(job.events())).run();
}

Result<void> JobWriter::write_sightings(const WriteJob& job) {
    for (const NeighbourEvent& event : job.slow.neighbours) {
        Binder row(statements_[Neighbours]);
        row.ip(event.address).kept(event.mac.to_text()).text(to_text(event.source));
        VEDETTE_TRY(row.integer(event.time.nanos).run());
    }
    for (const AnomalyEvent& event : job.slow.anomalies) {
        Binder row(statements_[Anomalies]);
        row.integer(event.time.nanos).integer(static_cast<std::int64_t>(event.packet));
        row.anomaly_or_null(event.damage.id).integer(event.damage.offset);
        row.ip(event.source).ip(event.destination).mac_or_null(event.link_source);
        VEDETTE_TRY(row.blob_or_null(job.slow.bytes.view(event.evidence)).run());
    }
    return {};
}

}  // namespace vedette::store
