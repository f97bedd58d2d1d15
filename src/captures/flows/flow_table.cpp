#include "captures/flows/flow_table.hpp"

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <utility>
#include <vector>

#include "captures/flows/flow_packet.hpp"
#include "wire/ip/ip.hpp"
#include "wire/transport/transport.hpp"

namespace vedette::captures {
namespace {

using wire::transport::kTcpAck;
using wire::transport::kTcpFin;
using wire::transport::kTcpRst;
using wire::transport::kTcpSyn;

constexpr std::uint16_t kFirstFreePort = 1024;  // RFC 6335 6: below are the system ports
constexpr std::uint16_t kDnsPort = 53;
constexpr std::uint32_t kNone = UINT32_MAX;
constexpr std::size_t kMaxFragmentedDatagrams = 4'096;

/// Both directions of a flow have the same key: the lower end stands first.
struct Key {
    IpAddress low;
    IpAddress high;
    std::uint16_t low_port = 0;
    std::uint16_t high_port = 0;
    std::uint16_t icmp = 0;
    std::uint8_t protocol = 0;
    friend bool operator==(const Key&, const Key&) noexcept = default;
};

struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept {
        const IpHash hash;
        const std::uint64_t rest = std::uint64_t{key.low_port} << 48U |
                                   std::uint64_t{key.high_port} << 32U |
                                   std::uint64_t{key.icmp} << 8U | key.protocol;
        return mix64(hash(key.low) * 31 + hash(key.high) + rest * 0x9e3779b97f4a7c15ULL);
    }
};

struct DatagramKey {
    IpAddress source;
    IpAddress destination;
    std::uint32_t id = 0;
    std::uint8_t protocol = 0;
    friend bool operator==(const DatagramKey&, const DatagramKey&) noexcept = default;
};

struct DatagramHash {
    std::size_t operator()(const DatagramKey& key) const noexcept {
        const IpHash hash;
        return mix64(hash(key.source) * 31 + hash(key.destination) +
                     (std::uint64_t{key.id} << 8U | key.protocol) * 0x9e3779b97f4a7c15ULL);
    }
};

struct Ports {
    std::uint16_t source = 0;
    std::uint16_t destination = 0;
};

/// Requests and their replies are one conversation (RFC 792, RFC 4443): type of the request.
std::uint16_t conversation(const FlowPacket& packet) noexcept {
    const auto type = static_cast<std::uint8_t>(packet.icmp >> 8U);
    if (packet.protocol == wire::ip::kProtoIcmp6) return type == 129 ? 128 << 8U : packet.icmp;
    if (packet.protocol != wire::ip::kProtoIcmp) return 0;
    switch (type) {
        case 0:
            return 8 << 8U;
        case 14:
            return 13 << 8U;
        case 16:
            return 15 << 8U;
        case 18:
            return 17 << 8U;
        default:
            return packet.icmp;
    }
}

bool is_reply(const FlowPacket& packet) noexcept {
    return conversation(packet) != packet.icmp;
}

bool is_low_end_source(const FlowPacket& packet) noexcept {
    const int order =
        std::memcmp(packet.source.octets.data(), packet.destination.octets.data(), 16);
    return order < 0 || (order == 0 && packet.source_port <= packet.destination_port);
}

Key key_of(const FlowPacket& packet) noexcept {
    Key key{packet.source,           packet.destination,   packet.source_port,
            packet.destination_port, conversation(packet), packet.protocol};
    if (!is_low_end_source(packet)) {
        std::swap(key.low, key.high);
        std::swap(key.low_port, key.high_port);
    }
    return key;
}

/// Whether the first packet seen of a flow is an answer, so that its destination began: SYN with
/// ACK, the reply of a request, or from a system port to an ephemeral one.
bool is_answer(const FlowPacket& packet) noexcept {
    if (packet.protocol == wire::ip::kProtoTcp && (packet.tcp_flags & kTcpSyn) != 0) {
        return (packet.tcp_flags & kTcpAck) != 0;
    }
    if (packet.source_port == 0) return is_reply(packet);
    return packet.source_port < kFirstFreePort && packet.destination_port >= kFirstFreePort;
}

struct Entry {
    Key key;
    Flow flow;
    std::uint32_t newer = kNone;  // neighbours in order of the last packet
    std::uint32_t older = kNone;
    bool low_is_source = false;
};

}  // namespace

struct FlowTable::State {
    explicit State(const FlowLimits& chosen) : limits(chosen) {
        limits.max_flows = std::max(limits.max_flows, 1U);
    }

    void name_ports(FlowPacket& packet);
    void count(const FlowPacket& packet, const sys::PacketRecord& record, FlowSink& sink);
    std::uint32_t obtain(const Key& key, const FlowPacket& packet, Timestamp time, FlowSink& sink);
    static void begin(Entry& entry, const FlowPacket& packet);
    void expire(FlowSink& sink);
    void report(Entry& entry, FlowEnd end, FlowSink& sink);
    void remove(std::uint32_t slot);
    void unlink(std::uint32_t slot) noexcept;
    void link_newest(std::uint32_t slot) noexcept;

    FlowLimits limits;
    FlowTotals totals;
    Timestamp now{0};
    boost::unordered_flat_map<Key, std::uint32_t, KeyHash> index;
    boost::unordered_flat_map<DatagramKey, Ports, DatagramHash> datagrams;
    std::vector<Entry> entries;
    std::vector<std::uint32_t> free;
    std::uint32_t newest = kNone;
    std::uint32_t oldest = kNone;
};

FlowTable::FlowTable(const FlowLimits& limits) : state_(std::make_unique<State>(limits)) {}
FlowTable::~FlowTable() = default;
FlowTable::FlowTable(FlowTable&&) noexcept = default;
FlowTable& FlowTable::operator=(FlowTable&&) noexcept = default;

const FlowTotals& FlowTable::totals() const noexcept {
    return state_->totals;
}

void FlowTable::add(const sys::PacketRecord& record, FlowSink& sink) {
    State& state = *state_;
    ++state.totals.packets;
    state.totals.bytes += record.original;
    state.now = std::max(state.now, record.time);
    state.expire(sink);
    FlowPacket packet = read_flow_packet(record);
    if (!packet.is_ip) {
        ++state.totals.other_packets;
        state.totals.other_bytes += record.original;
        return;
    }
    if (packet.fragment) state.name_ports(packet);
    state.count(packet, record, sink);
}

// Only the first fragment holds the ports. Fragments that come before it have none.
void FlowTable::State::name_ports(FlowPacket& packet) {
    const DatagramKey key{packet.source, packet.destination, packet.fragment_id, packet.protocol};
    if (packet.first_fragment) {
        if (datagrams.size() >= kMaxFragmentedDatagrams) datagrams.clear();
        datagrams[key] = {packet.source_port, packet.destination_port};
    } else if (const auto known = datagrams.find(key); known != datagrams.end()) {
        packet.source_port = known->second.source;
        packet.destination_port = known->second.destination;
    }
}

void FlowTable::State::count(const FlowPacket& packet, const sys::PacketRecord& record,
                             FlowSink& sink) {
    ++totals.flow_packets;
    totals.flow_bytes += record.original;
    totals.flow_ip_bytes += packet.ip_bytes;
    const std::uint32_t slot = obtain(key_of(packet), packet, record.time, sink);
    Entry& entry = entries[slot];
    const bool forward = is_low_end_source(packet) == entry.low_is_source;
    FlowSide& side = forward ? entry.flow.forward : entry.flow.reverse;
    if (!side.first.known()) side.first = side.last = record.time;
    side.first = std::min(side.first, record.time);
    side.last = std::max(side.last, record.time);
    ++side.packets;
    side.ip_bytes += packet.ip_bytes;
    side.frame_bytes += record.original;
    side.tcp_flags |= packet.tcp_flags;
    const bool dns = entry.flow.destination_port == kDnsPort && !packet.payload.empty();
    if (dns && forward && entry.flow.dns_sample.empty() && packet.protocol == wire::ip::kProtoUdp) {
        const ByteView sample =
            packet.payload.first(std::min(packet.payload.size(), kDnsSampleBytes));
        entry.flow.dns_sample.assign(sample.begin(), sample.end());
    }
}

std::uint32_t FlowTable::State::obtain(const Key& key, const FlowPacket& packet, Timestamp time,
                                       FlowSink& sink) {
    if (const auto known = index.find(key); known != index.end()) {
        const std::uint32_t slot = known->second;
        Entry& entry = entries[slot];
        unlink(slot);
        link_newest(slot);
        if (time - entry.flow.first() < limits.active) return slot;
        // A living flow is told in parts (RFC 5470 5.1.1); who began stays the same.
        report(entry, FlowEnd::Active, sink);
        entry.flow.forward = entry.flow.reverse = FlowSide{};
        entry.flow.dns_sample.clear();
        return slot;
    }
    if (index.size() >= limits.max_flows) {
        ++totals.evicted;
        report(entries[oldest], FlowEnd::Evicted, sink);
        remove(oldest);
    }
    std::uint32_t slot = static_cast<std::uint32_t>(entries.size());
    if (free.empty()) {
        entries.emplace_back();
    } else {
        slot = free.back();
        free.pop_back();
    }
    index.emplace(key, slot);
    entries[slot].key = key;
    begin(entries[slot], packet);
    link_newest(slot);
    return slot;
}

void FlowTable::State::begin(Entry& entry, const FlowPacket& packet) {
    Flow& flow = entry.flow;
    flow = Flow{};
    flow.source = packet.source;
    flow.destination = packet.destination;
    flow.source_port = packet.source_port;
    flow.destination_port = packet.destination_port;
    flow.icmp = conversation(packet);
    flow.vlan = packet.vlan;
    flow.protocol = packet.protocol;
    entry.low_is_source = is_low_end_source(packet);
    if (!is_answer(packet)) return;
    std::swap(flow.source, flow.destination);
    std::swap(flow.source_port, flow.destination_port);
    entry.low_is_source = !entry.low_is_source;
}

void FlowTable::State::expire(FlowSink& sink) {
    while (oldest != kNone && now - entries[oldest].flow.last() > limits.idle) {
        Entry& entry = entries[oldest];
        const Flow& flow = entry.flow;
        const std::uint8_t both = flow.forward.tcp_flags & flow.reverse.tcp_flags;
        const std::uint8_t any = flow.forward.tcp_flags | flow.reverse.tcp_flags;
        const bool finished = (both & kTcpFin) != 0 || (any & kTcpRst) != 0;
        report(entry, finished ? FlowEnd::Finished : FlowEnd::Idle, sink);
        remove(oldest);
    }
}

// A flow that was just reported in part may have nothing to add. A flow of answers alone has only
// one direction; it is told as they went.
void FlowTable::State::report(Entry& entry, FlowEnd end, FlowSink& sink) {
    Flow& flow = entry.flow;
    flow.end = end;
    if (flow.forward.packets == 0) {
        if (flow.reverse.packets == 0) return;
        Flow turned = flow;
        std::swap(turned.source, turned.destination);
        std::swap(turned.source_port, turned.destination_port);
        std::swap(turned.forward, turned.reverse);
        ++totals.flows;
        sink.on_flow(turned);
        return;
    }
    ++totals.flows;
    sink.on_flow(flow);
}

void FlowTable::State::remove(std::uint32_t slot) {
    unlink(slot);
    index.erase(entries[slot].key);
    entries[slot].flow.dns_sample = {};
    free.push_back(slot);
}

void FlowTable::State::unlink(std::uint32_t slot) noexcept {
    Entry& entry = entries[slot];
    (entry.newer != kNone ? entries[entry.newer].older : newest) = entry.older;
    (entry.older != kNone ? entries[entry.older].newer : oldest) = entry.newer;
}

void FlowTable::State::link_newest(std::uint32_t slot) noexcept {
    Entry& entry = entries[slot];
    entry.newer = kNone;
    entry.older = newest;
    (newest != kNone ? entries[newest].newer : oldest) = slot;
    newest = slot;
}

void FlowTable::finish(FlowSink& sink) {
    State& state = *state_;
    while (state.oldest != kNone) {
        state.report(state.entries[state.oldest], FlowEnd::Forced, sink);
        state.remove(state.oldest);
    }
}

std::string_view to_text(FlowEnd end) noexcept {
    switch (end) {
        case FlowEnd::Idle:
            return "idle";
        case FlowEnd::Active:
            return "active";
        case FlowEnd::Finished:
            return "finished";
        case FlowEnd::Forced:
            return "capture end";
        case FlowEnd::Evicted:
            return "table full";
    }
    return "?";
}

}  // namespace vedette::captures
