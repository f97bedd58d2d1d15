#include "captures/listing/packet_summary.hpp"

#include <algorithm>
#include <array>

#include "model/dhcp_message.hpp"
#include "render/dns_words.hpp"
#include "wire/arp/arp.hpp"
#include "wire/dhcp/dhcp4.hpp"
#include "wire/dhcp/dhcp6.hpp"
#include "wire/dns/name.hpp"
#include "wire/ip/ip.hpp"
#include "wire/nbns/name.hpp"
#include "wire/reader/reader.hpp"

namespace vedette::captures {
namespace {

using decode::PacketFacts;
using decode::ProtocolId;
using wire::Reader;

constexpr std::size_t kMaxLine = 80;
constexpr std::size_t kMaxName = 100;

// ---- DNS and its relatives

/// A name in wire form.
struct WireName {
    ByteView bytes;
    bool long_label = false;  ///< the length of one may be taken for a character
};

/// Dots and odd bytes inside labels become '.', as this is for reading. Written in one go, in which
/// the length bytes become dots too; those of long labels are put right after that.
void put_name(TextCursor& out, const WireName& name) noexcept {
    if (name.bytes.size() <= 2) return out.put('.');
    char* const begin = out.at();
    out.printable(as_text(name.bytes.subspan(1, name.bytes.size() - 2)), kMaxName);
    if (!name.long_label) return;
    const auto written = static_cast<std::size_t>(out.at() - begin);
    for (std::size_t dot = name.bytes[0]; dot < written;
         dot += name.bytes[dot + 1] + std::size_t{1})
        begin[dot] = '.';
}

void put_netbios(TextCursor& out, const WireName& name) noexcept {
    wire::nbns::NetbiosName decoded;
    if (!wire::nbns::decode_name(name.bytes, decoded)) return put_name(out, name);
    out.printable(as_text(decoded.view()), kMaxName);
    out.put('<');
    out.hex(decoded.suffix);
    out.put('>');
}

/// The words of the low type codes and of all rcodes in a header.
struct DnsWords {
    std::array<Word, 256> types;
    std::array<Word, 16> rcodes;

    DnsWords() noexcept {
        for (std::size_t i = 0; i < types.size(); ++i)
            types[i] = Word(render::type_word(static_cast<std::uint16_t>(i)));
        for (std::size_t i = 0; i < rcodes.size(); ++i)
            rcodes[i] = Word(render::rcode_word(static_cast<std::uint16_t>(i)));
    }
};
const DnsWords& dns_words() noexcept {
    static const DnsWords words;
    return words;
}

void put_type(TextCursor& out, std::uint16_t type) noexcept {
    if (type < 256 && dns_words().types[type].length != 0) {
        return out.put(dns_words().types[type]);
    }
    const std::string_view word = render::type_word(type);
    if (!word.empty()) return out.put(word);
    out.put("TYPE");
    out.number(type);
}

/// The first question's name where it stands, unless it is compressed or damaged: then empty.
WireName name_in_place(ByteView message) noexcept {
    Reader reader{message};
    reader.skip(wire::dns::kHeaderBytes);
    bool long_label = false;
    for (;;) {
        const std::size_t length = reader.u8();
        if (!reader.ok() || length > wire::dns::kMaxLabelBytes) return {};
        const std::size_t end = reader.offset() - wire::dns::kHeaderBytes;
        if (end > wire::dns::kMaxNameBytes) return {};
        if (length == 0) return {message.subspan(wire::dns::kHeaderBytes, end), long_label};
        long_label |= length >= ' ';
        reader.skip(length);
    }
}

void put_question(TextCursor& out, ProtocolId protocol, ByteView message) noexcept {
    wire::dns::NameBuffer buffer;
    WireName name = name_in_place(message);
    std::size_t end = wire::dns::kHeaderBytes + name.bytes.size();
    if (name.bytes.empty()) [[unlikely]] {
        if (!wire::dns::expand_name(message, wire::dns::kHeaderBytes, buffer)) return;
        name = {buffer.view(), true};
        end = wire::dns::measure_name(message, wire::dns::kHeaderBytes).end;
    }
    Reader type{message.subspan(end)};
    out.put(' ');
    put_type(out, type.u16());
    out.put(' ');
    if (protocol == ProtocolId::Nbns) return put_netbios(out, name);
    put_name(out, name);
}

// id(2) flags(2) questions(2) answers(2) authority(2) additional(2) | name type(2) class(2)
void put_dns(TextCursor& out, ProtocolId protocol, ByteView message) noexcept {
    Reader reader{message};
    reader.skip(2);
    const std::uint16_t flags = reader.u16();
    const std::uint16_t questions = reader.u16();
    const std::uint16_t answers = reader.u16();
    if (!reader.ok()) return out.put("cut");
    const bool response = (flags & 0x8000U) != 0;
    out.put(response ? "answer" : "query");
    if (const Word& rcode = dns_words().rcodes[flags & 0xfU]; response && rcode.length != 0) {
        out.put(' ');
        out.put(rcode);
    }
    if (questions != 0) put_question(out, protocol, message);
    if (!response && questions < 2) return;
    out.put(' ');
    out.number(response ? answers : questions);
    out.put(response ? " records" : " questions");
}

void put_dns_packet(TextCursor& out, const PacketFacts& facts) noexcept {
    if (facts.ip_protocol == wire::ip::kProtoUdp) {
        return put_dns(out, facts.protocol, facts.payload);
    }
    // Over TCP a length stands before each message; a segment that begins with one is told.
    Reader reader{facts.payload};
    const std::size_t length = reader.u16();
    if (length < wire::dns::kHeaderBytes || length > reader.remaining()) {
        out.put("segment length ");
        return out.number(facts.payload_bytes);
    }
    put_dns(out, facts.protocol, reader.bytes(length));
}

void put_dhcp(TextCursor& out, const PacketFacts& facts) noexcept {
    if (facts.protocol == ProtocolId::DhcpV6) {
        const auto message = wire::dhcp::MessageView6::inspect(facts.payload);
        return out.put(dhcp_type_text(message.type(), true));
    }
    const auto message = wire::dhcp::MessageView4::inspect(facts.payload);
    out.put(dhcp_type_text(message.type(), false));
    if (message.header().yiaddr != 0) {
        out.put(' ');
        out.ip(IpAddress::from_v4(message.header().yiaddr));
    }
    out.put(" for ");
    out.mac(MacAddress::from_bytes(message.header().chaddr));
}

// ---- links and IP

void put_arp(TextCursor& out, const PacketFacts& facts) noexcept {
    const wire::arp::ArpView view = wire::arp::read_arp(facts.payload);
    if (view.sender_ip.empty()) return out.put("other");
    if (view.operation == wire::arp::kReply) {
        out.ip(facts.source);
        out.put(" is at ");
        return out.mac(MacAddress::from_bytes(view.sender_mac));
    }
    if (view.operation != wire::arp::kRequest) return out.put("other");
    out.put("who has ");
    out.ip(facts.destination);
    out.put("? tell ");
    out.ip(facts.source);
}

struct IcmpWord {
    std::uint8_t type;
    std::string_view word;
};
/// RFC 792 and the IANA registries of types.
constexpr IcmpWord kIcmp4[] = {
    {0, "echo reply"},           {3, "destination unreachable"},
    {4, "source quench"},        {5, "redirect"},
    {8, "echo request"},         {9, "router advertisement"},
    {10, "router solicitation"}, {11, "time exceeded"},
    {12, "parameter problem"},   {13, "timestamp"},
    {14, "timestamp reply"},
};
constexpr IcmpWord kIcmp6[] = {
    {1, "destination unreachable"},
    {2, "packet too big"},
    {3, "time exceeded"},
    {4, "parameter problem"},
    {128, "echo request"},
    {129, "echo reply"},
    {130, "listener query"},
    {131, "listener report"},
    {132, "listener done"},
    {133, "router solicitation"},
    {134, "router advertisement"},
    {135, "neighbour solicitation"},
    {136, "neighbour advertisement"},
    {137, "redirect"},
    {143, "listener report"},
};

void put_icmp(TextCursor& out, const PacketFacts& facts) noexcept {
    if (!facts.is_icmp) return out.put("cut");
    const std::span<const IcmpWord> words = facts.protocol == ProtocolId::Icmp6
                                                ? std::span<const IcmpWord>(kIcmp6)
                                                : std::span<const IcmpWord>(kIcmp4);
    const auto found = std::ranges::find(words, facts.icmp_type, &IcmpWord::type);
    if (found != words.end()) {
        out.put(found->word);
    } else {
        out.put("type ");
        out.number(facts.icmp_type);
    }
    if (facts.icmp_code == 0) return;
    out.put(" code ");
    out.number(facts.icmp_code);
}

// ---- transport

void put_tcp(TextCursor& out, const PacketFacts& facts) noexcept {
    // In the order of Wireshark's column.
    constexpr std::pair<std::uint8_t, std::string_view> kFlags[] = {
        {0x01, "FIN "}, {0x02, "SYN "}, {0x04, "RST "}, {0x08, "PSH "},
        {0x10, "ACK "}, {0x20, "URG "}, {0x40, "ECE "}, {0x80, "CWR "},
    };
    for (const auto& [bit, word] : kFlags) {
        if ((facts.tcp_flags & bit) != 0) out.put(word);
    }
    out.put("seq ");
    out.number(facts.tcp_sequence);
    if ((facts.tcp_flags & 0x10U) != 0) {
        out.put(" ack ");
        out.number(facts.tcp_acknowledgment);
    }
    out.put(" length ");
    out.number(facts.payload_bytes);
}

/// The server's name of a ClientHello, or an empty text. RFC 8446 4.1.2, RFC 6066 3: after the
/// record(5) and handshake(4) headers version(2) random(32) session(1+n) ciphers(2+n)
/// compression(1+n) extensions(2+n); extension 0: list(2) type(1) length(2) name
std::string_view server_name(ByteView payload) noexcept {
    Reader reader{payload};
    if (reader.u8() != 22) return {};
    reader.skip(4);
    if (reader.u8() != 1) return {};
    reader.skip(3 + 2 + 32);
    reader.skip(reader.u8());
    reader.skip(reader.u16());
    reader.skip(reader.u8());
    reader.skip(2);
    while (reader.remaining() >= 4) {
        const std::uint16_t type = reader.u16();
        Reader extension = reader.child(reader.u16());
        if (type != 0) continue;
        extension.skip(3);
        return as_text(extension.bytes(extension.u16()));
    }
    return {};
}

bool put_tls(TextCursor& out, ByteView payload) noexcept {
    if (payload.size() < 6 || payload[0] != 22 || payload[1] != 3) return false;
    if (payload[5] != 1 && payload[5] != 2) return false;
    out.put(payload[5] == 1 ? "ClientHello " : "ServerHello ");
    out.printable(server_name(payload), kMaxName);
    return true;
}

/// Protocols whose first line says what is going on.
bool is_textual(ProtocolId id) noexcept {
    using enum ProtocolId;
    constexpr auto kTextual = [] {
        std::array<bool, decode::kProtocols> table{};
        for (const ProtocolId textual : {Http, Ssdp, Sip, Rtsp, Smtp, Submission, Ftp, Pop3, Imap,
                                         Nntp, Ssh, Irc, Syslog, Ipp, Gnutella, Whois})
            table[static_cast<std::size_t>(textual)] = true;
        return table;
    }();
    return kTextual[static_cast<std::size_t>(id)];
}

bool put_first_line(TextCursor& out, ByteView payload) noexcept {
    const std::string_view text = as_text(payload).substr(0, kMaxLine);
    const std::string_view line = text.substr(0, text.find_first_of("\r\n"));
    const auto plain = [](char c) { return c >= ' ' && c <= '~'; };
    if (line.size() < 3 || !std::ranges::all_of(line, plain)) return false;
    out.printable(line, kMaxLine);
    return true;
}

void put_transport(TextCursor& out, const PacketFacts& facts) noexcept {
    if (!facts.payload.empty() && facts.fragment_offset == 0) {
        if (is_textual(facts.protocol) && put_first_line(out, facts.payload)) return;
        if (facts.ip_protocol == wire::ip::kProtoTcp && put_tls(out, facts.payload)) return;
    }
    if (facts.ip_protocol == wire::ip::kProtoTcp) return put_tcp(out, facts);
    out.put("length ");
    out.number(facts.payload_bytes);
}

}  // namespace

void append_summary(TextCursor& out, const PacketFacts& facts) noexcept {
    if (facts.fragment) {
        out.put("fragment at ");
        out.number(facts.fragment_offset);
        out.put(' ');
    }
    const bool readable = !facts.payload.empty() && facts.fragment_offset == 0;
    switch (facts.protocol) {
        case ProtocolId::Dns:
        case ProtocolId::Mdns:
        case ProtocolId::Llmnr:
        case ProtocolId::Nbns:
            if (readable) return put_dns_packet(out, facts);
            break;
        case ProtocolId::Dhcp:
        case ProtocolId::DhcpV6:
            if (readable) return put_dhcp(out, facts);
            break;
        case ProtocolId::Arp:
            return put_arp(out, facts);
        case ProtocolId::Icmp:
        case ProtocolId::Icmp6:
            return put_icmp(out, facts);
        default:
            break;
    }
    if (facts.has_ports) return put_transport(out, facts);
    if (facts.damage) return out.put(info(facts.damage.id).id);
    out.put("length ");
    out.number(facts.has_ip ? facts.payload_bytes : facts.original);
}

}  // namespace vedette::captures
