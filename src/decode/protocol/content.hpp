// Probes: whether the first bytes of a payload are of a protocol. Each is named in protocol.def.
// Those of content must be so strict that ordinary data of another protocol does not pass; those of
// hints are asked only where no port says more. Pure; none reads past its span.
#pragma once

#include "base/bytes.hpp"

namespace vedette::decode::probe {

// TCP: the first payload of either side.
[[nodiscard]] bool bgp(ByteView payload) noexcept;
[[nodiscard]] bool dce_rpc(ByteView payload) noexcept;
[[nodiscard]] bool ftp(ByteView payload) noexcept;
[[nodiscard]] bool http(ByteView payload) noexcept;
[[nodiscard]] bool irc(ByteView payload) noexcept;
[[nodiscard]] bool ldap(ByteView payload) noexcept;
[[nodiscard]] bool mqtt_connect(ByteView payload) noexcept;
[[nodiscard]] bool mysql_greeting(ByteView payload) noexcept;
[[nodiscard]] bool openvpn_tcp(ByteView payload) noexcept;
[[nodiscard]] bool postgresql_start(ByteView payload) noexcept;
[[nodiscard]] bool rdp_connect(ByteView payload) noexcept;
[[nodiscard]] bool redis(ByteView payload) noexcept;
[[nodiscard]] bool rtsp(ByteView payload) noexcept;
[[nodiscard]] bool smb(ByteView payload) noexcept;
[[nodiscard]] bool smtp(ByteView payload) noexcept;
[[nodiscard]] bool socks(ByteView payload) noexcept;
[[nodiscard]] bool telnet(ByteView payload) noexcept;
[[nodiscard]] bool tls_handshake(ByteView payload) noexcept;
[[nodiscard]] bool traced_frame(ByteView payload) noexcept;
[[nodiscard]] bool xmpp(ByteView payload) noexcept;

// UDP: any datagram.
[[nodiscard]] bool bittorrent_dht(ByteView payload) noexcept;
[[nodiscard]] bool dtls(ByteView payload) noexcept;
[[nodiscard]] bool gnutella_message(ByteView payload) noexcept;
[[nodiscard]] bool google_quic(ByteView payload) noexcept;
[[nodiscard]] bool isakmp_behind_nat(ByteView payload) noexcept;
[[nodiscard]] bool openvpn_reset(ByteView payload) noexcept;
[[nodiscard]] bool quic_long_header(ByteView payload) noexcept;
[[nodiscard]] bool rtcp(ByteView payload) noexcept;
[[nodiscard]] bool rtp(ByteView payload) noexcept;
[[nodiscard]] bool sun_rpc_call(ByteView payload) noexcept;
[[nodiscard]] bool tftp_request(ByteView payload) noexcept;
[[nodiscard]] bool wake_on_lan(ByteView payload) noexcept;
[[nodiscard]] bool wireguard(ByteView payload) noexcept;
[[nodiscard]] bool wireguard_data(ByteView payload) noexcept;

// Both.
[[nodiscard]] bool sip(ByteView payload) noexcept;
[[nodiscard]] bool stun(ByteView payload) noexcept;
[[nodiscard]] bool syslog(ByteView payload) noexcept;

}  // namespace vedette::decode::probe
