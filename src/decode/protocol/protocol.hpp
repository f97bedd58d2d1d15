// The protocols that packets are classed by: one table, protocol.def, and what is looked up in it
// by link number, IP protocol, port and first bytes. Immutable after start, safe on any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/bytes.hpp"

namespace vedette::decode {

enum class ProtocolId : std::uint8_t {
#define VEDETTE_PROTOCOL(name, ...) name,
#include "decode/protocol/protocol.def"
#undef VEDETTE_PROTOCOL
    Count,
};

inline constexpr std::size_t kProtocols = static_cast<std::size_t>(ProtocolId::Count);

struct ProtocolInfo {
    std::string_view name;   ///< "HTTPS": stable, what tables, CSV and JSON show
    std::string_view title;  ///< "Web over TLS"
};

[[nodiscard]] const ProtocolInfo& info(ProtocolId id) noexcept;
/// By its name, in any case.
[[nodiscard]] std::optional<ProtocolId> find_protocol(std::string_view name) noexcept;

/// Asks whether the payload of one datagram or segment is of a protocol. Never reads past it.
using ContentProbe = bool (*)(ByteView payload) noexcept;

/// How a protocol is known; one mark of a row of protocol.def.
struct ProtocolMark {
    enum class By : std::uint8_t {
        EtherType,
        Llc,
        Snap,
        IpProtocol,
        TcpPort,
        TlsPort,
        MixedPort,
        UdpPort,
        BothPorts,
        TcpContent,
        UdpContent,
        TcpHint,
        UdpHint
    };
    By by{};
    std::uint16_t number = 0;
    std::string_view first = {};   ///< first bytes the content may have; empty is any
    std::string_view prefix = {};  ///< what it must begin with; empty when `probe` decides
    ContentProbe probe = nullptr;
};

[[nodiscard]] std::span<const ProtocolMark> marks(ProtocolId id) noexcept;

/// Unknown when no row names it.
[[nodiscard]] ProtocolId protocol_of_ether_type(std::uint16_t type) noexcept;
/// `llc` is DSAP << 8 | SSAP.
[[nodiscard]] ProtocolId protocol_of_llc(std::uint16_t llc) noexcept;
[[nodiscard]] ProtocolId protocol_of_snap(std::uint16_t protocol) noexcept;
[[nodiscard]] ProtocolId protocol_of_ip(std::uint8_t number) noexcept;

enum class Carrier : std::uint8_t { Tcp, Udp };

/// The service of a pair of ports: the lower port decides, as it is the server's, then the higher.
[[nodiscard]] ProtocolId protocol_of_ports(Carrier carrier, std::uint16_t source,
                                           std::uint16_t destination) noexcept;
/// Whether the port's service keeps its name when TLS, or HTTP, is found in it.
[[nodiscard]] bool keeps_name(ProtocolId by_port, ProtocolId by_content) noexcept;

/// What the bytes prove, whatever the port says; Unknown when nothing.
[[nodiscard]] ProtocolId protocol_of_content(Carrier carrier, ByteView payload) noexcept;
/// What the bytes suggest, for ports that say nothing.
[[nodiscard]] ProtocolId protocol_hint(Carrier carrier, ByteView payload) noexcept;

}  // namespace vedette::decode
