#include "store/sqlite/event_encoder.hpp"

#include <algorithm>
#include <cstring>

#include "render/name_text.hpp"

namespace vedette::store {
namespace {

constexpr std::uint32_t kHosts = 1U << 17U;
constexpr std::uint32_t kServers = 1U << 16U;
constexpr std::uint32_t kForms = 1U << 14U;
/// Events read before the first of them is looked up.
constexpr std::size_t kStaged = 32;
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
    if (job.clients.empty()) {
        changes_.clear();
        ++job_number_;
    }
    job.rows.reserve(job.rows.size() + batch.dns.size());
    job.keys.reserve(job.keys.size() + batch.dns.size());
    staged_.resize(kStaged);
    for (std::size_t first = 0; first < batch.dns.size(); first += kStaged) {
        const std::size_t count = std::min(kStaged, batch.dns.size() - first);
        for (std::size_t i = 0; i < count; ++i)
            stage(batch.dns[first + i], batch, staged_[i]);
        for (std::size_t i = 0; i < count; ++i) {
            encode_dns(batch.dns[first + i], batch, staged_[i], job);
        }
    }
    encode_slow(batch, job);
    job.slow.origin = batch.origin;
}

void EventEncoder::stage(const DnsTransaction& event, const EventBatch& batch, Staged& staged) {
    staged.name.length = 0;
    staged.name.had_upper = false;
    if (!event.qname.empty()) {
        fold_name(batch.bytes.view(event.qname), staged.name);
        staged.name_print = names_.prepare(staged.name);
    }
    staged.shape = {};
    if (!event.response_message.empty()) {
        staged.shape = answers_.prepare(batch.bytes.view(event.response_message), event.protocol);
    }
}

void EventEncoder::encode_dns(const DnsTransaction& event, const EventBatch& batch,
                              const Staged& staged, WriteJob& job) {
    DnsRow row;
    RowKeys keys;
    HostRef& host = intern_host(event, batch, job);
    row.time = event.time().known() ? event.time().nanos : 0;
    row.client = host.id;
    keys.client = host.key;
    keys.vendor = host.vendor;
    if (event.mac_source != MacSource::Unknown) note_client(host, event, job);
    row.server = intern_server(event, job);
    row.ports = pack_ports(event);
    row.type = event.qtype;
    row.sizes = pack_sizes(event);
    if (event.kind == TransactionKind::Matched) row.latency = event.latency().micros();
    if (staged.name.length != 0) {
        const NameDictionary::Interned name = names_.intern(staged.name, staged.name_print, job);
        row.name = name.entry.id;
        keys.name = name.key;
        keys.domain = name.entry.domain;
        keys.named = true;
    }
    answers_.encode(batch.bytes.view(event.response_message), event.protocol, staged.shape, row,
                    job);
    ExtraEntry extra;
    const bool has_extra = gather_extra(event, batch, staged, extra, job);
    row.form = intern_form(event, has_extra, job);
    if (has_extra) {
        extra.row = next_.row;
        job.extras.push_back(extra);
    }
    keys.server = row.server;
    keys.form = row.form;
    keys.type = row.type;
    job.rows.push_back(row);
    job.keys.push_back(keys);
    ++next_.row;
}

/// What only some rows have: letters that stood as capitals, evidence of damage. False without any.
bool EventEncoder::gather_extra(const DnsTransaction& event, const EventBatch& batch,
                                const Staged& staged, ExtraEntry& extra, WriteJob& job) {
    if (const wire::Damage damage = event.damage()) {
        const auto evidence = [&](ByteSlice message) {
            return job.bytes.append(batch.bytes.view(message.part(0, kEvidenceBytes)));
        };
        extra.damaged = true;
        extra.damage_offset = damage.offset;
        extra.query = evidence(event.query_message);
        extra.response = evidence(event.response_message);
    }
    if (event.answer_messages > 1) extra.answer_messages = event.answer_messages;
    if (staged.name.had_upper) {
        // One bit per character of the text.
        const std::string text = render::name_text(batch.bytes.view(event.qname));
        std::array<std::uint8_t, 128> bits{};
        for (std::size_t i = 0; i < std::min<std::size_t>(text.size(), bits.size() * 8); ++i) {
            if (text[i] >= 'A' && text[i] <= 'Z') {
                bits[i / 8] = static_cast<std::uint8_t>(bits[i / 8] | 1U << i % 8);
            }
        }
        const std::size_t bytes = std::min<std::size_t>((text.size() + 7) / 8, bits.size());
        extra.name_case = job.bytes.append(ByteView(bits).first(bytes));
    }
    return extra.damaged || extra.answer_messages != 0 || staged.name.had_upper;
}

Fingerprint EventEncoder::print_host(const HostEntry& host, std::string_view name,
                                     std::string_view sensor) {
    KeyBytes<80> key;
    key.add(host.ip).add(host.mac).add(host.source).add(host.vlan).add(host.interface);
    key.add(host.link_source).add(host.link_destination);
    if (!name.empty()) key.add(fingerprint(print_, Kind::Host, as_bytes(name)).high);
    if (!sensor.empty()) {
        // A name and a sensor of the same text are two things.
        key.add(std::uint16_t{0}).add(fingerprint(print_, Kind::Host, as_bytes(sensor)).high);
    }
    return fingerprint(print_, Kind::Host, key.view());
}

EventEncoder::HostRef& EventEncoder::intern_host(const DnsTransaction& event,
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
    const Fingerprint print = print_host(host, name, batch.origin.sensor);
    if (HostRef* known = hosts_.find(print)) {
        note_traits(*known, event, name, job);
        return *known;
    }
    host.id = next_.host++;
    if (host.source != MacSource::Unknown) host.vendor = intern_vendor(host.mac, job);
    host.host = job.bytes.append(name);
    host.sensor = job.bytes.append(batch.origin.sensor);
    job.hosts.push_back(host);
    HostRef ref{host.id, client_key(print_, host.mac, host.ip),
                static_cast<std::uint16_t>(host.vendor)};
    note_traits(ref, event, name, job);
    return hosts_.insert(print, ref);
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

/// The counts of a client are found through its host entry, once it has some in this job.
void EventEncoder::note_client(HostRef& host, const DnsTransaction& event, WriteJob& job) {
    const std::int64_t time = event.time().nanos;
    if (host.job != job_number_) {
        host.change = static_cast<std::uint32_t>(&change_of(event.client_mac, time, job) -
                                                 job.clients.data());
        host.job = job_number_;
    }
    ClientChange& change = job.clients[host.change];
    change.first = std::min(change.first, time);
    change.last = std::max(change.last, time);
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

void EventEncoder::seed_host(const HostEntry& host, std::string_view name,
                             std::string_view sensor) {
    const Fingerprint print = print_host(host, name, sensor);
    if (hosts_.find(print) != nullptr) return;
    hosts_.insert(print, {host.id, client_key(print_, host.mac, host.ip),
                          static_cast<std::uint16_t>(host.vendor)});
}

void EventEncoder::seed_server(const ServerEntry& server) {
    const Fingerprint print = print_server(print_, server.ip, server.port);
    if (servers_.find(print) == nullptr) servers_.insert(print, server.id);
}

void EventEncoder::seed_form(const FormEntry& form) {
    const Fingerprint print = print_form(print_, form);
    if (forms_.find(print) == nullptr) forms_.insert(print, form.id);
}

void EventEncoder::forget_garbage(const DictionarySweep& sweep) {
    names_.forget_garbage(sweep);
    answers_.forget_garbage(sweep);
    hosts_.forget_if(
        [&](const HostRef& host) { return sweep.is_garbage(Dictionary::Hosts, host.id); });
    servers_.forget_if([&](std::uint32_t id) { return sweep.is_garbage(Dictionary::Servers, id); });
}

std::size_t EventEncoder::memory_bytes() const noexcept {
    return names_.memory_bytes() + answers_.memory_bytes() + hosts_.memory_bytes() +
           servers_.memory_bytes() + forms_.memory_bytes();
}

}  // namespace vedette::store
