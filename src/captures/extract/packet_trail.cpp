#include "captures/extract/packet_trail.hpp"

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <deque>
#include <utility>

#include "wire/ip/ip.hpp"
#include "wire/transport/transport.hpp"

namespace vedette::captures {
namespace {

constexpr std::size_t kMaxConnections = 65'536;
constexpr std::size_t kMaxDatagrams = 16'384;
constexpr std::size_t kMaxSegments = 2'048;               // looked back over, of one connection
constexpr std::uint32_t kLengthBytes = 2;                 // before each message, RFC 1035 4.2.2
constexpr Duration kDatagramAge = Duration::seconds(60);  // RFC 8200 4.5

struct Segment {
    std::uint64_t packet = 0;
    std::uint32_t sequence = 0;
    std::uint32_t length = 0;
    bool from_low = false;  // which way it went
    bool opens = false;     // SYN
};

struct Connection {
    std::deque<Segment> segments;
    bool whole = false;  // everything that follows belongs to a transfer
};

struct Datagram {
    std::vector<std::uint64_t> packets;
    Timestamp last;
    bool selected = false;
};

/// Both ends, whichever way a packet goes: lower address and port first.
struct Key {
    IpAddress low;
    IpAddress high;
    std::uint32_t ports = 0;  // or the identification of a datagram
    std::uint32_t kind = 0;
    friend bool operator==(const Key&, const Key&) noexcept = default;
};

struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept {
        const IpHash hash;
        const std::uint64_t rest = std::uint64_t{key.ports} << 32U | key.kind;
        return mix64(hash(key.low) * 31 + hash(key.high) + rest * 0x9e3779b97f4a7c15ULL);
    }
};

bool is_low_source(const decode::PacketFacts& facts) noexcept {
    if (facts.source != facts.destination) return facts.source < facts.destination;
    return facts.source_port <= facts.destination_port;
}

Key connection_of(const decode::PacketFacts& facts) noexcept {
    const bool low = is_low_source(facts);
    const std::uint16_t first = low ? facts.source_port : facts.destination_port;
    const std::uint16_t second = low ? facts.destination_port : facts.source_port;
    return {low ? facts.source : facts.destination, low ? facts.destination : facts.source,
            std::uint32_t{first} << 16U | second, 0};
}

}  // namespace

struct PacketTrail::State {
    explicit State(Selection& chosen) : selection(chosen) {}

    void fragment(const decode::PacketFacts& facts);
    void segment(const decode::PacketFacts& facts);
    void look_back(const Connection& connection, const Segment& last, const StreamMessage& message);

    Selection& selection;
    std::vector<std::uint64_t> found;
    boost::unordered_flat_map<Key, Datagram, KeyHash> datagrams;
    boost::unordered_flat_map<Key, Connection, KeyHash> connections;
};

PacketTrail::PacketTrail(Selection& selection) : state_(std::make_unique<State>(selection)) {}
PacketTrail::~PacketTrail() = default;

void PacketTrail::add(const decode::PacketFacts& facts) {
    if (facts.fragment) {
        state_->fragment(facts);
    } else if (facts.ip_protocol == wire::ip::kProtoTcp && facts.has_ports &&
               !state_->selection.stream_messages.empty()) {
        state_->segment(facts);
    }
}

void PacketTrail::finish() {
    std::vector<std::uint64_t>& packets = state_->selection.packets;
    packets.insert(packets.end(), state_->found.begin(), state_->found.end());
    state_->selection.settle();
}

// A datagram's packets are those with its identification; whichever completed it is selected.
void PacketTrail::State::fragment(const decode::PacketFacts& facts) {
    if (datagrams.size() >= kMaxDatagrams) datagrams.clear();
    Datagram& datagram =
        datagrams[{facts.source, facts.destination, facts.fragment_id, facts.ip_version}];
    if (!datagram.packets.empty() && facts.time - datagram.last > kDatagramAge) datagram = {};
    datagram.last = facts.time;
    datagram.packets.push_back(facts.packet);
    datagram.selected = datagram.selected || selection.contains(facts.packet);
    if (!datagram.selected) return;
    found.insert(found.end(), datagram.packets.begin(), datagram.packets.end());
    datagram.packets.clear();
}

void PacketTrail::State::segment(const decode::PacketFacts& facts) {
    if (connections.size() >= kMaxConnections) connections.clear();
    Connection& connection = connections[connection_of(facts)];
    const bool opens = (facts.tcp_flags & wire::transport::kTcpSyn) != 0;
    const Segment segment{facts.packet, facts.tcp_sequence + (opens ? 1U : 0U), facts.payload_bytes,
                          is_low_source(facts), opens};
    if (connection.segments.size() >= kMaxSegments) connection.segments.pop_front();
    connection.segments.push_back(segment);
    if (connection.whole) found.push_back(facts.packet);
    const auto messages = std::ranges::equal_range(selection.stream_messages, facts.packet, {},
                                                   &StreamMessage::packet);
    for (const StreamMessage& message : messages) {
        if (message.whole_connection) {
            connection.whole = true;
            for (const Segment& before : connection.segments)
                found.push_back(before.packet);
        } else {
            look_back(connection, segment, message);
        }
    }
}

// A message reaches at most its own length before the packet that completed it, and as far behind
// when that packet filled a hole. The SYN belongs to it when nothing stands between.
void PacketTrail::State::look_back(const Connection& connection, const Segment& last,
                                   const StreamMessage& message) {
    const auto reach = static_cast<std::int64_t>(message.bytes) + kLengthBytes;
    const auto distance = [&](std::uint32_t sequence) {
        return std::int64_t{static_cast<std::int32_t>(sequence - last.sequence)};
    };
    bool from_start = false;
    for (const Segment& segment : connection.segments) {
        if (segment.from_low != last.from_low || segment.length == 0) continue;
        const std::int64_t begin = distance(segment.sequence);
        const std::int64_t end = begin + segment.length;
        if (end <= -reach || begin >= std::int64_t{last.length} + reach) continue;
        found.push_back(segment.packet);
        from_start =
            from_start || std::ranges::any_of(connection.segments, [&](const Segment& s) {
                return s.opens && s.from_low == segment.from_low && s.sequence == segment.sequence;
            });
    }
    if (!from_start) return;
    for (const Segment& segment : connection.segments) {
        if (segment.opens) found.push_back(segment.packet);
    }
}

}  // namespace vedette::captures
