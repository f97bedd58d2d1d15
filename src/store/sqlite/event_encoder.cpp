#include "store/sqlite/event_encoder.hpp"

#include <algorithm>
#include <cstring>

#include "render/name_text.hpp"

namespace vedette::store {
namespace {

constexpr std::uint32_t kHosts = 1U << 17U;
constexpr std::uint32_t kServers = 1U << 16U;
constexpr std::uint32_t kForms = 1U << 14U;
/// Of a damaged message, kept as evidence.
constexpr std::uint32_t kEvidenceBytes = 512;

/// How often the names and addresses of a client are told again, so that the newest are known.
constexpr std::int64_t kTraitEvery = 600 * kNanosPerSecond;

/// Fixed-size keys are gathered here before they are fingerprinted.
template <std::size_t N>
class KeyBytes {
  public:
    template <typename T>
        requires std::is_trivially_copyable_v<T>
    KeyBytes& add(const T& value) noexcept {
        std::memcpy(bytes_.data() + used_, &value, sizeof(T));
        used_ += sizeof(T);
        return *this;
    }
    [[nodiscard]] ByteView view() const noexcept { return {bytes_.data(), used_}; }

  private:
    std::array<std::uint8_t, N> bytes_;
    std::size_t used_ = 0;
};

std::int64_t pack_sizes(const DnsTransaction& event) noexcept {
    const std::uint32_t query = std::min<std::uint32_t>(event.query_bytes, 0xffff);
    return std::int64_t{event.response_bytes} << 16U | query;
}

std::int32_t pack_ports(const DnsTransaction& event) noexcept {
    return static_cast<std::int32_t>(std::uint32_t{event.client_port} << 16U | event.id);
}

Fingerprint print_form(const Fingerprinter& print, const FormEntry& form) noexcept {
    KeyBytes<32> key;
    key.add(form.protocol).add(form.transport).add(form.kind).add(form.has_query);
    key.add(form.has_response).add(form.extra).add(form.anomaly).add(form.qclass);
    key.add(form.query_flags).add(form.response_flags).add(form.rcode).add(form.marks);
    return fingerprint(print, Kind::Form, key.view());
}

Fingerprint print_server(const Fingerprinter& print, const IpAddress& ip,
                         std::uint16_t port) noexcept {
    KeyBytes<18> key;
    key.add(ip).add(port);
    return fingerprint(print, Kind::Server, key.view());
}

}  // namespace

EventEncoder::EventEncoder(std::uint64_t seed, NextIds next)
    : print_(seed),
      next_(next),
      names_(print_, next.name),
      answers_(print_, names_, next.answers),
      hosts_(kHosts),
      servers_(kServers),
      forms_(kForms) {}

void EventEncoder::encode(const EventBatch& batch, WriteJob& job) {
    if (job.rows.empty()) job.first_row = next_.row;
    if (job.clients.empty()) changes_.clear();
    job.rows.reserve(job.rows.size() + batch.dns.size());
    job.keys.reserve(job.keys.size() + batch.dns.size());
    for (const DnsTransaction& event : batch.dns)
        encode_dns(event, batch, job);
    encode_slow(batch, job);
}

void EventEncoder::encode_dns(const DnsTransaction& event, const EventBatch& batch, WriteJob& job) {
    DnsRow row;
    RowKeys keys;
    ExtraEntry extra;
    const HostRef host = intern_host(event, batch, job);
    row.time = event.time().known() ? event.time().nanos : 0;
    row.client = host.id;
    row.server = intern_server(event, job);
    row.ports = pack_ports(event);
    row.type = event.qtype;
    row.sizes = pack_sizes(event);
    if (event.kind == TransactionKind::Matched) row.latency = event.latency().micros();
    encode_name(event, batch, row, keys, extra, job);
    if (!event.response_message.empty()) {
        answers_.encode(batch.bytes.view(event.response_message), event.protocol, row, job);
    }
    if (const wire::Damage damage = event.damage()) {
        extra.damaged = true;
        extra.damage_offset = damage.offset;
        extra.query =
            job.bytes.append(batch.bytes.view(event.query_message.part(0, kEvidenceBytes)));
        extra.response =
            job.bytes.append(batch.bytes.view(event.response_message.part(0, kEvidenceBytes)));
    }
    if (event.answer_messages > 1) extra.answer_messages = event.answer_messages;
    const bool has_extra = extra.damaged || extra.answer_messages != 0 || !extra.name_case.empty();
    row.form = intern_form(event, has_extra, job);
    if (has_extra) {
        extra.row = next_.row;
        job.extras.push_back(extra);
    }
    keys.client = host.key;
    keys.vendor = static_cast<std::uint16_t>(host.vendor);
    keys.server = row.server;
    keys.form = row.form;
    keys.type = row.type;
    keys.named = row.name != 0;
    job.rows.push_back(row);
    job.keys.push_back(keys);
    ++next_.row;
    if (event.mac_source != MacSource::Unknown) note_client(event, job);
}

void EventEncoder::encode_name(const DnsTransaction& event, const EventBatch& batch, DnsRow& row,
                               RowKeys& keys, ExtraEntry& extra, WriteJob& job) {
    if (event.qname.empty()) return;
    const ByteView name = batch.bytes.view(event.qname);
    FoldedName folded;
    fold_name(name, folded);
    const NameDictionary::Interned interned = names_.intern(folded, job);
    row.name = interned.entry.id;
    keys.name = interned.key;
    keys.domain = interned.entry.domain;
    if (!folded.had_upper) return;
    // One bit per character of the text: which letters stood as capitals.
    const std::string text = render::name_text(name);
    std::array<std::uint8_t, 128> bits{};
    for (std::size_t i = 0; i < std::min<std::size_t>(text.size(), bits.size() * 8); ++i) {
        if (text[i] >= 'A' && text[i] <= 'Z') {
            bits[i / 8] = static_cast<std::uint8_t>(bits[i / 8] | 1U << i % 8);
        }
    }
    extra.name_case = job.bytes.append(ByteView(bits).first((text.size() + 7) / 8));
}

Fingerprint EventEncoder::print_host(const HostEntry& host, std::string_view name) {
    KeyBytes<64> key;
    key.add(host.ip).add(host.mac).add(host.source).add(host.vlan).add(host.interface);
    key.add(host.link_source).add(host.link_destination);
    if (!name.empty()) key.add(fingerprint(print_, Kind::Host, as_bytes(name)).high);
    return fingerprint(print_, Kind::Host, key.view());
}

EventEncoder::HostRef EventEncoder::intern_host(const DnsTransaction& event,
                                                const EventBatch& batch, WriteJob& job) {
    HostEntry host;
    host.ip = event.client;
    host.source = event.mac_source;
    if (event.mac_source != MacSource::Unknown) host.mac = event.client_mac;
    host.vlan = event.vlan;
    host.interface = event.interface;
    host.link_source = event.link_source;
    host.link_destination = event.link_destination;
    const std::string_view name = batch.bytes.text(event.client_host);
    const Fingerprint print = print_host(host, name);
    if (HostRef* known = hosts_.find(print)) {
        note_traits(*known, event, name, job);
        return *known;
    }
    host.id = next_.host++;
    if (host.source != MacSource::Unknown) host.vendor = intern_vendor(host.mac, job);
    host.host = job.bytes.append(name);
    job.hosts.push_back(host);
    HostRef ref{host.id, client_key(print_, host.mac, host.ip),
                static_cast<std::uint16_t>(host.vendor), 0};
    note_traits(ref, event, name, job);
    hosts_.insert(print, ref);
    return ref;
}

void EventEncoder::note_traits(HostRef& host, const DnsTransaction& event, std::string_view name,
                               WriteJob& job) {
    if (event.mac_source == MacSource::Unknown) return;
    const std::int64_t time = event.time().nanos;
    const auto now = static_cast<std::uint16_t>(time / kTraitEvery | 1);
    if (host.told == now) return;
    host.told = now;
    if (!name.empty()) job.client_hosts.push_back({event.client_mac, time, job.bytes.append(name)});
    const ByteSlice ip = job.bytes.append(event.client.to_text());
    job.client_addresses.push_back({event.client_mac, time, ip});
}

std::uint32_t EventEncoder::intern_server(const DnsTransaction& event, WriteJob& job) {
    const Fingerprint print = print_server(print_, event.server, event.server_port);
    if (const std::uint32_t* known = servers_.find(print)) return *known;
    const std::uint32_t id = next_.server++;
    job.servers.push_back({id, event.server_port, event.server});
    servers_.insert(print, id);
    return id;
}

std::uint32_t EventEncoder::intern_form(const DnsTransaction& event, bool extra, WriteJob& job) {
    FormEntry form;
    form.protocol = event.protocol;
    form.transport = event.transport;
    form.kind = event.kind;
    form.has_query = event.has_query() ? 1 : 0;
    form.has_response = event.has_response() ? 1 : 0;
    form.extra = extra ? 1 : 0;
    form.anomaly = event.damage().id;
    form.qclass = event.qclass;
    form.query_flags = event.query_flags;
    form.response_flags = event.response_flags;
    form.rcode = event.rcode;
    form.marks = event.marks;
    const Fingerprint print = print_form(print_, form);
    if (const std::uint32_t* known = forms_.find(print)) return *known;
    form.id = next_.form++;
    job.forms.push_back(form);
    forms_.insert(print, form.id);
    return form.id;
}

std::uint32_t EventEncoder::intern_vendor(const MacAddress& mac, WriteJob& job) {
    const VendorId vendor = find_vendor(mac);
    if (vendor == kUnknownVendor) return 0;
    auto [entry, fresh] = vendors_.try_emplace(vendor, next_.vendor);
    if (fresh) {
        job.vendors.push_back({next_.vendor, job.bytes.append(vendor_name(vendor))});
        ++next_.vendor;
    }
    return entry->second;
}

ClientChange& EventEncoder::change_of(const MacAddress& mac, std::int64_t time, WriteJob& job) {
    auto [entry, fresh] =
        changes_.try_emplace(mac.to_u64(), static_cast<std::uint32_t>(job.clients.size()));
    if (fresh) job.clients.push_back({mac, time, time, 0, 0, 0});
    ClientChange& change = job.clients[entry->second];
    change.first = std::min(change.first, time);
    change.last = std::max(change.last, time);
    return change;
}

void EventEncoder::note_client(const DnsTransaction& event, WriteJob& job) {
    ClientChange& change = change_of(event.client_mac, event.time().nanos, job);
    if (event.has_query()) ++change.queries;
    if (event.has_response()) ++change.answers;
}

/// DHCP, leases, neighbours and anomalies are rare: they are copied whole.
void EventEncoder::encode_slow(const EventBatch& batch, WriteJob& job) {
    const auto copy = [&](ByteSlice slice) {
        return job.slow.bytes.append(batch.bytes.view(slice));
    };
    for (DhcpMessage event : batch.dhcp) {
        for (ByteSlice* slice :
             {&event.host_name, &event.client_fqdn, &event.domain, &event.vendor_class,
              &event.client_id, &event.server_id, &event.parameters, &event.routers,
              &event.dns_servers, &event.circuit_id, &event.remote_id, &event.text,
              &event.boot_file, &event.captive_portal}) {
            *slice = copy(*slice);
        }
        event.message = event.damage ? copy(event.message.part(0, kEvidenceBytes)) : ByteSlice{};
        if (!event.client_mac.is_zero()) {
            ++change_of(event.client_mac, event.time.nanos, job).dhcp_messages;
            const std::string_view host = job.slow.bytes.text(event.host_name);
            if (!host.empty()) {
                job.client_hosts.push_back(
                    {event.client_mac, event.time.nanos, job.bytes.append(host)});
            }
        }
        job.slow.dhcp.push_back(event);
    }
    for (LeaseEvent event : batch.leases) {
        event.host_name = copy(event.host_name);
        event.vendor_class = copy(event.vendor_class);
        event.client_id = copy(event.client_id);
        job.slow.leases.push_back(event);
    }
    job.slow.neighbours.insert(job.slow.neighbours.end(), batch.neighbours.begin(),
                               batch.neighbours.end());
    for (AnomalyEvent event : batch.anomalies) {
        event.evidence = copy(event.evidence);
        job.slow.anomalies.push_back(event);
    }
}

void EventEncoder::seed_vendor(std::string_view name, std::uint32_t id) {
    // A name that this build's table does not have keeps its row and is never used again.
    if (const auto vendor = find_vendor_named(name)) vendors_.try_emplace(*vendor, id);
}

void EventEncoder::seed_host(const HostEntry& host, std::string_view name) {
    const Fingerprint print = print_host(host, name);
    if (hosts_.find(print) != nullptr) return;
    hosts_.insert(print, {host.id, client_key(print_, host.mac, host.ip),
                          static_cast<std::uint16_t>(host.vendor), 0});
}

void EventEncoder::seed_server(const ServerEntry& server) {
    const Fingerprint print = print_server(print_, server.ip, server.port);
    if (servers_.find(print) == nullptr) servers_.insert(print, server.id);
}

void EventEncoder::seed_form(const FormEntry& form) {
    const Fingerprint print = print_form(print_, form);
    if (forms_.find(print) == nullptr) forms_.insert(print, form.id);
}

std::size_t EventEncoder::memory_bytes() const noexcept {
    return names_.memory_bytes() + answers_.memory_bytes() + hosts_.memory_bytes() +
           servers_.memory_bytes() + forms_.memory_bytes();
}

}  // namespace vedette::store
