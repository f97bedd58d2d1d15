#include "store/dnstap/dnstap_encoder.hpp"

namespace vedette::store {
namespace {

using Bytes = std::vector<std::uint8_t>;

/// Protocol Buffers' wire types.
constexpr std::uint32_t kVarint = 0;
constexpr std::uint32_t kLengthDelimited = 2;
constexpr std::uint32_t kFixed32 = 5;

constexpr std::uint64_t kTypeMessage = 1;  // Dnstap.Type
constexpr std::uint64_t kFamilyV4 = 1;     // SocketFamily
constexpr std::uint64_t kFamilyV6 = 2;

void put_varint(Bytes& out, std::uint64_t value) {
    while (value > 0x7f) {
        out.push_back(static_cast<std::uint8_t>(value | 0x80U));
        value >>= 7U;
    }
    out.push_back(static_cast<std::uint8_t>(value));
}

void put_number(Bytes& out, std::uint32_t field, std::uint64_t value) {
    put_varint(out, field << 3U | kVarint);
    put_varint(out, value);
}

void put_bytes(Bytes& out, std::uint32_t field, ByteView bytes) {
    put_varint(out, field << 3U | kLengthDelimited);
    put_varint(out, bytes.size());
    out.insert(out.end(), bytes.begin(), bytes.end());
}

void put_fixed32(Bytes& out, std::uint32_t field, std::uint32_t value) {
    put_varint(out, field << 3U | kFixed32);
    for (unsigned i = 0; i < 4; ++i)
        out.push_back(static_cast<std::uint8_t>(value >> (8U * i)));
}

/// Fields 8 and 9, or 12 and 13: seconds, then nanoseconds.
void put_time(Bytes& out, std::uint32_t field, Timestamp time) {
    if (!time.known() || time.nanos < 0) return;
    put_number(out, field, static_cast<std::uint64_t>(time.nanos / kNanosPerSecond));
    put_fixed32(out, field + 1, static_cast<std::uint32_t>(time.nanos % kNanosPerSecond));
}

/// SocketProtocol; 0 for what it has no word for.
std::uint64_t protocol_of(Transport transport) noexcept {
    switch (transport) {
        case Transport::Udp:
            return 1;
        case Transport::Tcp:
            return 2;
        case Transport::Dot:
            return 3;
        case Transport::Doh:
            return 4;
        case Transport::DnsCrypt:
            return 5;
        case Transport::Doq:
            return 7;
        case Transport::Other:
            break;
    }
    return 0;
}

}  // namespace

void DnstapEncoder::append_half(Half half, const DnsTransaction& event, const ByteArena& bytes,
                                Bytes& out) const {
    const bool response = half == Half::Response;
    const std::uint64_t type =
        (identity_.role == DnstapRole::Auth ? 1U : 5U) + (response ? 1U : 0U);
    Bytes message;
    message.reserve(128 + event.query_message.length + event.response_message.length);
    put_number(message, 1, type);
    put_number(message, 2, event.client.is_v4() ? kFamilyV4 : kFamilyV6);
    if (const std::uint64_t protocol = protocol_of(event.transport); protocol != 0)
        put_number(message, 3, protocol);
    put_bytes(message, 4, event.client.bytes());
    put_bytes(message, 5, event.server.bytes());
    put_number(message, 6, event.client_port);
    put_number(message, 7, event.server_port);
    put_time(message, 8, event.query_time);
    if (!response) put_bytes(message, 10, bytes.view(event.query_message));
    if (response) {
        put_time(message, 12, event.response_time);
        put_bytes(message, 14, bytes.view(event.response_message));
    }
    const std::size_t start = out.size();
    out.resize(start + 4);
    if (!identity_.identity.empty()) put_bytes(out, 1, as_bytes(identity_.identity));
    if (!identity_.version.empty()) put_bytes(out, 2, as_bytes(identity_.version));
    put_bytes(out, 14, message);
    put_number(out, 15, kTypeMessage);
    const std::size_t length = out.size() - start - 4;
    for (unsigned i = 0; i < 4; ++i)
        out[start + i] = static_cast<std::uint8_t>(length >> (24U - 8U * i));
}

unsigned DnstapEncoder::append(const DnsTransaction& event, const ByteArena& bytes,
                               Bytes& out) const {
    // NetBIOS is no DNS to those who read this.
    if (event.protocol == DnsProtocol::Nbns) return 0;
    unsigned frames = 0;
    if (event.has_query() && !event.query_message.empty() &&
        event.query_message.length == event.query_bytes) {
        append_half(Half::Query, event, bytes, out);
        ++frames;
    }
    if (event.has_response() && !event.response_message.empty() &&
        event.response_message.length == event.response_bytes) {
        append_half(Half::Response, event, bytes, out);
        ++frames;
    }
    return frames;
}

}  // namespace vedette::store
