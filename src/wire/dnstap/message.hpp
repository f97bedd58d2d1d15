// One dnstap record (dnstap.proto of dnstap.info): a DNS query or response as a name server saw it.
// Protocol Buffers are read by hand: what is needed is twenty fields, and the bytes are hostile.
// The view borrows the frame. No state.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "base/time.hpp"

namespace vedette::wire::dnstap {

/// Message.Type: odd numbers are queries, even ones responses.
enum class MessageType : std::uint8_t {
    None = 0,
    AuthQuery = 1,
    AuthResponse,
    ResolverQuery,
    ResolverResponse,
    ClientQuery,
    ClientResponse,
    ForwarderQuery,
    ForwarderResponse,
    StubQuery,
    StubResponse,
    ToolQuery,
    ToolResponse,
    UpdateQuery,
    UpdateResponse,
};

enum class SocketProtocol : std::uint8_t {
    None = 0,
    Udp = 1,
    Tcp = 2,
    Dot = 3,
    Doh = 4,
    DnsCryptUdp = 5,
    DnsCryptTcp = 6,
    Doq = 7,
};

struct DnstapView {
    ByteView identity;
    ByteView version;
    MessageType type = MessageType::None;
    SocketProtocol protocol = SocketProtocol::None;
    ByteView query_address;  ///< 4 or 16 bytes, else empty
    ByteView response_address;
    std::uint16_t query_port = 0;
    std::uint16_t response_port = 0;
    Timestamp query_time;
    Timestamp response_time;
    ByteView query_message;
    ByteView response_message;

    [[nodiscard]] bool is_response() const noexcept {
        return (static_cast<unsigned>(type) & 1U) == 0;
    }
};

enum class DnstapFault : std::uint8_t {
    None,
    Damaged,    ///< not a protocol buffer, or a field of another type than the schema's
    NoMessage,  ///< another kind of record, or one without type
};

struct DnstapRecord {
    DnstapView view;
    DnstapFault fault = DnstapFault::Damaged;
    [[nodiscard]] bool ok() const noexcept { return fault == DnstapFault::None; }
};

[[nodiscard]] DnstapRecord inspect_dnstap(ByteView frame) noexcept;

}  // namespace vedette::wire::dnstap
