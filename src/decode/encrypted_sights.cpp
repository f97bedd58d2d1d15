#include "decode/encrypted_sights.hpp"

#include <algorithm>

#include "wire/tls/client_hello.hpp"

namespace vedette::decode {
namespace {

namespace quic = wire::quic;

constexpr std::uint16_t kHttps = 443;
constexpr std::uint16_t kDot = 853;  // RFC 7858; DNS over QUIC has it too (RFC 9250)
constexpr Duration kSecond = Duration::seconds(1);
/// A handshake goes on within a round trip; what is told is remembered as long, so that a
/// connection is told once.
constexpr Duration kPatience = Duration::seconds(5);
constexpr std::size_t kMostParts = 32;

constexpr bool is_watched(std::uint16_t port) noexcept {
    return port == kHttps || port == kDot;
}

}  // namespace

EncryptedSights::Key EncryptedSights::key_of(const PacketContext& packet, bool quic) noexcept {
    return {packet.source, packet.destination,
            std::uint32_t{packet.source_port} << 16U | packet.destination_port, quic};
}

EncryptedSighting EncryptedSights::sighting(const PacketContext& packet, bool quic) {
    EncryptedSighting seen;
    seen.time = packet.time;
    seen.client = packet.source;
    seen.server = packet.destination;
    seen.packet = packet.packet;
    seen.port = packet.destination_port;
    seen.vlan = packet.vlan;
    seen.quic = quic;
    const MacAddress link = packet.has_link && !packet.tunneled ? packet.link_source : MacAddress{};
    const ClientIdentity client = identity_->resolve(packet.time, packet.source, link, {});
    if (client.source != MacSource::Unknown) seen.client_mac = client.mac;
    return seen;
}

void EncryptedSights::tell(Hello& hello, ByteView name, EventBatch& out) {
    EncryptedSighting& seen = out.encrypted.emplace_back(hello.seen);
    seen.server_name = out.bytes.append(name);
    hello.told = true;
    hello.bytes = {};
    hello.parts = {};
}

/// The entry of `key`; who must leave for it is told as far as it was seen.
EncryptedSights::Hello& EncryptedSights::hold(const Key& key, EventBatch& out) {
    return open_.at(open_.obtain(key, [&](const Key& gone, Hello& hello) {
        if (!gone.quic) --waiting_;
        if (!hello.told) tell(hello, {}, out);
    }));
}

void EncryptedSights::on_tcp(const PacketContext& packet, const wire::transport::TcpView& segment,
                             EventBatch& out) {
    if (!is_watched(packet.destination_port)) return;
    expire(packet.time, out);
    const wire::tls::ClientHello hello = wire::tls::read_client_hello(segment.payload);
    if (!hello.is_hello) return go_on(packet, segment, out);
    if (!hello.cut || !hello.server_name.empty()) {
        EncryptedSighting& seen = out.encrypted.emplace_back(sighting(packet, false));
        seen.server_name = out.bytes.append(hello.server_name);
        return;
    }
    const Key key = key_of(packet, false);
    if (open_.peek(key) == open_.kNoSlot) ++waiting_;
    Hello& held = hold(key, out);
    if (!held.seen.time.known()) held.seen = sighting(packet, false);
    held.bytes.assign(segment.payload.begin(), segment.payload.end());
    held.next = segment.sequence + static_cast<std::uint32_t>(segment.payload.size());
}

/// The segment after one that ended within its ClientHello.
void EncryptedSights::go_on(const PacketContext& packet, const wire::transport::TcpView& segment,
                            EventBatch& out) {
    if (waiting_ == 0 || segment.payload.empty()) return;
    const Key key = key_of(packet, false);
    const std::uint32_t slot = open_.find(key);
    if (slot == open_.kNoSlot) return;
    Hello& held = open_.at(slot);
    if (segment.sequence != held.next) return;
    const std::size_t room = kHelloBytes - std::min(held.bytes.size(), kHelloBytes);
    const ByteView more = segment.payload.first(std::min(room, segment.payload.size()));
    held.bytes.insert(held.bytes.end(), more.begin(), more.end());
    held.next += static_cast<std::uint32_t>(segment.payload.size());
    const wire::tls::ClientHello hello = wire::tls::read_client_hello(held.bytes);
    if (hello.cut && hello.server_name.empty() && held.bytes.size() < kHelloBytes) return;
    const std::vector<std::uint8_t> name(hello.server_name.begin(), hello.server_name.end());
    tell(held, name, out);
    open_.erase(key);
    --waiting_;
}

/// Opening costs microseconds, and anybody may send what looks like an Initial.
bool EncryptedSights::may_open(Timestamp now) noexcept {
    if (!second_.known() || now - second_ >= kSecond || now < second_) {
        second_ = now;
        opened_ = 0;
    }
    return opened_++ < kOpened;
}

void EncryptedSights::place(Hello& hello, const quic::CryptoFrame& frame) {
    if (frame.data.empty() || frame.offset >= kHelloBytes) return;
    const auto begin = static_cast<std::size_t>(frame.offset);
    const std::size_t end = std::min(begin + frame.data.size(), kHelloBytes);
    if (hello.parts.size() >= kMostParts) return;
    if (hello.bytes.size() < end) hello.bytes.resize(end);
    std::copy_n(frame.data.begin(), end - begin,
                hello.bytes.begin() + static_cast<std::ptrdiff_t>(begin));
    hello.parts.emplace_back(begin, end);
    std::ranges::sort(hello.parts);
}

/// What has come without a hole.
ByteView EncryptedSights::beginning(const Hello& hello) noexcept {
    std::size_t end = 0;
    for (const auto& [from, to] : hello.parts) {
        if (from > end) break;
        end = std::max(end, to);
    }
    return ByteView(hello.bytes).first(end);
}

void EncryptedSights::on_datagram(const PacketContext& packet, ByteView payload, EventBatch& out) {
    if (!is_watched(packet.destination_port)) return;
    const quic::InitialView view = quic::read_initial(payload);
    if (!view.is_initial) return;
    expire(packet.time, out);
    Hello& held = hold(key_of(packet, true), out);
    if (held.told) return;
    const bool first = !held.seen.time.known();
    if (first) held.seen = sighting(packet, true);
    const auto frames = may_open(packet.time) ? opener_.open(view, payload) : std::nullopt;
    if (!frames) {
        // The first packet of a connection that was not seen to begin, or a made-up one.
        if (first) tell(held, {}, out);
        return;
    }
    quic::CryptoFrames crypto(*frames);
    for (quic::CryptoFrame frame; crypto.next(frame);)
        place(held, frame);
    const wire::tls::ClientHello hello = wire::tls::read_hello_message(beginning(held));
    if (hello.is_hello && hello.cut && hello.server_name.empty()) return;
    if (!hello.is_hello && !held.parts.empty() && held.parts.front().first != 0) return;
    const std::vector<std::uint8_t> name(hello.server_name.begin(), hello.server_name.end());
    tell(held, name, out);
}

void EncryptedSights::expire(Timestamp now, EventBatch& out) {
    if (open_.size() == 0) return;
    if (swept_.known() && now - swept_ < kSecond && now >= swept_) return;
    swept_ = now;
    std::vector<Key> over;
    open_.for_each([&](const Key& key, Hello& hello) {
        if (now - hello.seen.time < kPatience && now >= hello.seen.time) return;
        if (!hello.told) tell(hello, {}, out);
        over.push_back(key);
    });
    for (const Key& key : over) {
        if (!key.quic) --waiting_;
        open_.erase(key);
    }
}

void EncryptedSights::finish(EventBatch& out) {
    open_.for_each([&](const Key&, Hello& hello) {
        if (!hello.told) tell(hello, {}, out);
    });
}

}  // namespace vedette::decode
