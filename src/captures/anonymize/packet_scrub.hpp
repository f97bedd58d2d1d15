// One packet, layer by layer from its link header to its application, as decode's LayerWalk reads
// it: headers stay with other addresses, DNS and DHCP messages are scrubbed, every other payload
// stays zero. Parts of datagrams and streams go to a PieceSink, which puts them together. A loop,
// never a recursion. One thread.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "captures/anonymize/canvas.hpp"
#include "captures/anonymize/checksum.hpp"
#include "captures/anonymize/disguise.hpp"
#include "captures/anonymize/dns_scrub.hpp"
#include "decode/port_table.hpp"
#include "sys/capture/packet_batch.hpp"
#include "wire/ip/ip.hpp"
#include "wire/ip/tunnel.hpp"
#include "wire/link/link.hpp"

namespace vedette::captures {

/// A fragment of an IP datagram; `bytes` is a view into the packet.
struct FragmentPiece {
    Endpoints ends;
    std::uint32_t id = 0;
    std::uint32_t offset = 0;
    std::uint8_t protocol = 0;  ///< of the datagram's first bytes
    bool last = false;
    ByteView bytes;
};

/// What a segment adds to a TCP stream of a DNS port; `bytes` is a view into the packet.
struct SegmentPiece {
    Endpoints ends;
    std::uint16_t source_port = 0;
    std::uint16_t destination_port = 0;
    std::uint32_t sequence = 0;  ///< of the first byte of `bytes`
    bool opens = false;          ///< SYN: the stream begins with `bytes`
    ByteView bytes;
};

class PieceSink {
  public:
    virtual ~PieceSink() = default;
    virtual void on_fragment(const FragmentPiece& piece) = 0;
    virtual void on_segment(const SegmentPiece& piece) = 0;
};

class PacketScrub {
  public:
    PacketScrub(Disguise& disguise, std::span<const std::uint16_t> dns_ports);

    /// A whole packet. `jobs` gets the checksums to mend() when nothing is missing any more.
    void frame(const Canvas& canvas, std::uint16_t link_type, std::vector<ChecksumJob>& jobs,
               PieceSink& pieces);
    /// The payload of an IP datagram put together, or of its beginning when `missing` is not zero.
    void datagram(const Canvas& canvas, const FragmentPiece& first, std::uint32_t missing,
                  std::vector<ChecksumJob>& jobs);
    /// One DNS message.
    void message(const Canvas& canvas) { dns_.scrub(canvas, DnsProtocol::Dns); }

  private:
    /// What is to be read next, or that nothing is.
    struct Round {
        std::uint16_t ether_type = 0;
        ByteView bytes;
    };

    void link_header(ByteView frame, const wire::link::LinkIdentities& identities);
    void network(Round round);
    Round ip(ByteView bytes);
    Round ip_payload(const wire::ip::IpView& view);
    void unreadable_ip(ByteView bytes);
    void ip4_header(ByteView header);
    void ip4_options(ByteView options);
    void ip6_header(ByteView packet, const wire::ip::IpView& view);
    void extensions(ByteView headers, std::uint8_t next);
    void extension(ByteView header, std::uint8_t kind);
    void routing_header(ByteView header);
    void extension_options(ByteView options);
    Round udp(const wire::ip::IpView& view);
    void udp_payload(decode::Service service, ByteView payload);
    void tcp(const wire::ip::IpView& view);
    void tcp_options(ByteView options);
    Round icmp(const wire::ip::IpView& view);
    Round icmp6(const wire::ip::IpView& view);
    void ndp(ByteView message);
    void ndp_options(ByteView options);
    void ndp_option(ByteView option);
    void multicast_report(ByteView records, std::size_t address_bytes);
    void igmp(const wire::ip::IpView& view);
    void arp(ByteView bytes);
    Round tunnel(wire::ip::Tunnel kind, ByteView bytes);
    void tunnel_header(wire::ip::Tunnel kind, ByteView header, ByteView whole);
    void teredo_header(ByteView header);
    void address(ByteView bytes) { disguise_.addresses().map(bytes, canvas_.at(bytes)); }
    void addresses(ByteView bytes, std::size_t size);
    /// Keeps as many of the first bytes as there are and returns the rest.
    ByteView keep_first(ByteView bytes, std::size_t count);
    void checksum(ByteView covered, std::size_t field, std::uint8_t protocol, bool whole);

    Disguise& disguise_;
    DnsScrub dns_;
    decode::PortTable ports_;

    // The packet under way.
    Canvas canvas_{{}, {}};
    std::vector<ChecksumJob>* jobs_ = nullptr;
    PieceSink* pieces_ = nullptr;
    Endpoints ends_;
    bool quoted_ = false;  // inside an ICMP error
};

}  // namespace vedette::captures
