// First payloads of protocols, as their programs send them: the vectors of the probes' tests and of
// those of packet_facts. Written down from the specifications named in content_tcp.cpp.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "decode/protocol/protocol.hpp"

namespace vedette::decode::test {

struct Example {
    ProtocolId id;
    Carrier carrier;
    bool proves;  ///< content that proves, or a hint only
    std::string payload;
};

template <std::size_t N>
std::string bytes_of(const char (&text)[N]) {
    return {text, N - 1};
}

inline std::vector<Example> tcp_examples() {
    using enum ProtocolId;
    constexpr auto kTcp = Carrier::Tcp;
    return {
        {Ssh, kTcp, true, "SSH-2.0-OpenSSH_9.2p1\r\n"},
        {Http, kTcp, true, "GET /index.html HTTP/1.1\r\nHost: a\r\n\r\n"},
        {Http, kTcp, true, "HTTP/1.1 200 OK\r\n"},
        {Http, kTcp, true, "POST /" + std::string(1'400, 'x')},
        {Http, kTcp, true, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
        {Tls, kTcp, true, bytes_of("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")},
        {Tls, kTcp, true, bytes_of("\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03")},
        {Smb, kTcp, true, bytes_of("\0\0\0\x54\xffSMBr\0\0\0\0")},
        {Smb, kTcp, true, bytes_of("\0\0\0\x54\xfeSMB@\0\0\0\0")},
        {Rdp, kTcp, true, bytes_of("\x03\0\0\x13\x0e\xe0\0\0\0\0\0\x01\0\x08\0\x0b\0\0\0")},
        {Rdp, kTcp, true,
         bytes_of("\x03\0\0\x22\x1d\xe0\0\0\0\0\0") + "Cookie: mstshash=bob\r\n" + "x"},
        {Mqtt, kTcp, true,
         bytes_of("\x10\x10\0\x04MQTT\x04\x02\0\x3c\0\x04"
                  "abcd")},
        {Mqtt, kTcp, true, bytes_of("\x10\x92\x01\0\x06MQIsdp\x03\x02")},
        {Bgp, kTcp, true, std::string(16, '\xff') + bytes_of("\0\x1d\x01\x04")},
        {DceRpc, kTcp, true, bytes_of("\x05\0\x0b\x03\x10\0\0\0\x48\0\0\0\x01\0\0\0")},
        {PostgreSql, kTcp, true, bytes_of("\0\0\0\x08\x04\xd2\x16\x2f")},
        {PostgreSql, kTcp, true, bytes_of("\0\0\0\x11\0\x03\0\0user\0bob\0")},
        {Vnc, kTcp, true, "RFB 003.008\n"},
        {BitTorrent, kTcp, true,
         bytes_of("\x13"
                  "BitTorrent protocol\0\0\0\0")},
        {Sip, kTcp, true, "INVITE sip:bob@example.com SIP/2.0\r\n"},
        {Rtsp, kTcp, true, "OPTIONS rtsp://192.0.2.1/a RTSP/1.0\r\n"},
        {Xmpp, kTcp, true, "<?xml version='1.0'?><stream:stream to='example.com'>"},
        {Pop3, kTcp, true, "+OK POP3 server ready\r\n"},
        {Imap, kTcp, true, "* OK IMAP4rev1 ready\r\n"},
        {Gnutella, kTcp, true, "GNUTELLA CONNECT/0.6\r\n"},
        {Traced, kTcp, true,
         bytes_of("VT\x01\x00\x0c\0\0\0\0\0\0\0\0\x01\0\0\0\x0c") + std::string(12, 'x')},
        {Smtp, kTcp, false, "220 mail.example.com ESMTP Postfix\r\n"},
        {Smtp, kTcp, false, "EHLO client.example.com\r\n"},
        {Ftp, kTcp, false, "220 (vsFTPd 3.0.3)\r\n"},
        {Telnet, kTcp, false, bytes_of("\xff\xfd\x18\xff\xfd\x20")},
        {Redis, kTcp, false, "*1\r\n$4\r\nPING\r\n"},
        {Irc, kTcp, false, "NICK bob\r\nUSER bob 0 * :Bob\r\n"},
        {Ldap, kTcp, false, bytes_of("0\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\0\x80\0")},
        {Socks, kTcp, false, bytes_of("\x05\x01\0")},
        {MySql, kTcp, false,
         bytes_of("\x0b\0\0\0\x0a"
                  "8.0.36\0abc")},
        {Syslog, kTcp, false, "<34>1 2026-11-21T10:00:00Z host su - - - failed"},
    };
}

inline std::vector<Example> udp_examples() {
    using enum ProtocolId;
    constexpr auto kUdp = Carrier::Udp;
    const std::string mac = bytes_of("\x0c\0\0\0\0\x10");
    std::string wake(6, '\xff');
    for (int i = 0; i < 16; ++i)
        wake += mac;
    return {
        {Quic, kUdp, true,
         bytes_of("\xc3\0\0\0\x01\x08"
                  "12345678"
                  "\0\0")},
        {GoogleQuic, kUdp, true,
         bytes_of("\x0d"
                  "12345678"
                  "Q043\x01")},
        {Dtls, kUdp, true, bytes_of("\x16\xfe\xff\0\0\0\0\0\0\0\0\0\x02\x01\0")},
        {Stun, kUdp, true,
         bytes_of("\0\x01\0\0\x21\x12\xa4\x42"
                  "123456789012")},
        {Ssdp, kUdp, true, "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n\r\n"},
        {BtDht, kUdp, true, "d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe"},
        {WireGuard, kUdp, true, bytes_of("\x01\0\0\0") + std::string(144, 'x')},
        {Sip, kUdp, true, "SIP/2.0 200 OK\r\n"},
        {Syslog, kUdp, true, "<13>Nov 21 10:00:00 host prog: text"},
        {WakeOnLan, kUdp, true, wake},
        {Isakmp, kUdp, true,
         std::string(4, '\0') + "12345678" + std::string(8, '\0') +
             bytes_of("\x21\x20\x22\x08\0\0\0\0\0\0\0\x1c")},
        {DnsCrypt, kUdp, true, "r6fnvWj8" + std::string(60, 'x')},
        {Tftp, kUdp, false,
         bytes_of("\0\x01"
                  "file\0octet\0")},
        {Rtp, kUdp, false, bytes_of("\x80\0\0\x01") + std::string(168, 'x')},
        {WireGuard, kUdp, false, bytes_of("\x04\0\0\0") + std::string(92, 'x')},
        {Gnutella, kUdp, false,
         std::string(16, 'x') + bytes_of("\x44\x01\0\x03\0\0\0"
                                         "abc")},
        {Rpc, kUdp, false, bytes_of("abcd\0\0\0\0\0\0\0\x02\0\x01\x86\xa5\0\0\0\x01\0\0\0\x01")},
        {Rtcp, kUdp, false, bytes_of("\x80\xc8\0\x06") + std::string(24, 'x')},
        {OpenVpn, kUdp, false,
         bytes_of("\x38"
                  "12345678\0\0\0\0\0")},
    };
}

inline std::vector<Example> examples() {
    std::vector<Example> all = tcp_examples();
    for (Example& example : udp_examples())
        all.push_back(std::move(example));
    return all;
}

}  // namespace vedette::decode::test
