#include "service/dnsd/net/udp_frame.hpp"

#include <algorithm>
#include <cstring>

#include "base/assert.hpp"
#include "wire/ip/ip.hpp"
#include "wire/link/link.hpp"
#include "wire/transport/transport.hpp"

namespace vedette::dnsd {
namespace {

constexpr std::size_t kStationBytes = 6;
constexpr std::size_t kV4Bytes = 20;
constexpr std::size_t kUdpBytes = 8;
constexpr std::uint8_t kV4NoOptions = 0x45;
constexpr std::uint8_t kV6Version = 0x60;
constexpr std::uint8_t kHopLimit = 64;
constexpr std::uint16_t kDoNotFragment = 0x4000;
constexpr std::uint16_t kAllOnes = 0xffff;

// RFC 1071: the ones' complement sum of 16-bit words, an odd octet padded with zero. Four words are
// added at a time: what is carried out of 64 bits comes in again, as it would out of 16.
std::uint64_t added(std::uint64_t sum, std::uint64_t words) noexcept {
    sum += words;
    return sum + (sum < words ? 1U : 0U);
}

std::uint64_t sum_of(ByteView bytes, std::uint64_t sum = 0) noexcept {
    wire::Reader reader(bytes);
    for (std::size_t left = bytes.size() / 8; left != 0; --left)
        sum = added(sum, reader.u64());
    if ((bytes.size() & 4U) != 0) sum = added(sum, reader.u32());
    if ((bytes.size() & 2U) != 0) sum = added(sum, reader.u16());
    if ((bytes.size() & 1U) != 0) sum = added(sum, std::uint64_t{reader.u8()} << 8U);
    return sum;
}

std::uint16_t folded(std::uint64_t sum) noexcept {
    while (sum > kAllOnes)
        sum = (sum >> 16U) + (sum & kAllOnes);
    return static_cast<std::uint16_t>(sum);
}

// RFC 768 and RFC 8200 8.1: both addresses, the length, the protocol.
std::uint64_t pseudo_sum(ByteView source, ByteView destination, std::size_t udp_bytes) noexcept {
    return added(sum_of(source, sum_of(destination)), udp_bytes + wire::ip::kProtoUdp);
}

bool checksum_fits(const wire::ip::IpView& ip, ByteView datagram) noexcept {
    wire::Reader reader(datagram);
    reader.skip(6);
    const std::uint16_t sent = reader.u16();
    if (sent == 0) return ip.version == 4;
    const std::uint64_t pseudo = pseudo_sum(ip.source, ip.destination, datagram.size());
    return sent == folded(pseudo) || folded(sum_of(datagram, pseudo)) == kAllOnes;
}

bool can_be_answered(const Endpoint& client) noexcept {
    const bool group = client.address.is_v4() ? client.address.octets[12] >= 224  // and 255.x
                                              : client.address.octets[0] == 0xff;
    return client.port != 0 && !group && !client.address.is_unspecified() &&
           !client.address.is_loopback();
}

wire::ip::IpView read_plain_ip(std::uint16_t ether_type, ByteView packet) noexcept {
    wire::Reader reader(packet);
    if (ether_type == wire::link::kEtherIpv4 && reader.peek() == kV4NoOptions &&
        folded(sum_of(packet.first(std::min(packet.size(), kV4Bytes)))) == kAllOnes)
        return wire::ip::read_ipv4(packet);
    constexpr std::size_t kNextHeader = 6;
    if (ether_type == wire::link::kEtherIpv6 && reader.peek(kNextHeader) == wire::ip::kProtoUdp)
        return wire::ip::read_ipv6(packet);
    return {};
}

class FrameWriter {
  public:
    explicit FrameWriter(std::span<std::uint8_t> bytes) noexcept : bytes_(bytes) {}
    template <std::size_t kBytes>
    void put(ByteView bytes) noexcept {
        VEDETTE_ASSERT(bytes.size() >= kBytes);
        std::memcpy(bytes_.data() + at_, bytes.data(), kBytes);
        at_ += kBytes;
    }
    void u8(std::uint8_t value) noexcept { bytes_[at_++] = value; }
    void u16(std::size_t value) noexcept {
        u8(static_cast<std::uint8_t>(value >> 8U));
        u8(static_cast<std::uint8_t>(value));
    }

  private:
    std::span<std::uint8_t> bytes_;
    std::size_t at_ = 0;
};

ByteView raw(const IpAddress& address) noexcept {
    const ByteView all(address.octets);
    return address.is_v4() ? all.subspan(12) : all;
}

std::uint16_t complement(std::uint16_t sum) noexcept {
    return static_cast<std::uint16_t>(~sum);
}

// Sums are made of the numbers, not of the octets just written: reading these back as whole words
// would wait for every one of them.

// RFC 791 3.1: an answer is never fragmented, so its identification says nothing (RFC 6864 4.1).
void put_v4(const UdpFrame& question, std::size_t udp_bytes, FrameWriter& out) noexcept {
    constexpr std::uint16_t kVersion = kV4NoOptions << 8U;
    constexpr std::uint16_t kHopsAndProtocol = kHopLimit << 8U | wire::ip::kProtoUdp;
    const ByteView server = raw(question.server.address);
    const ByteView client = raw(question.client.address);
    const std::size_t numbers = kVersion + kV4Bytes + udp_bytes + kDoNotFragment + kHopsAndProtocol;
    out.u16(kVersion);
    out.u16(kV4Bytes + udp_bytes);
    out.u16(0);
    out.u16(kDoNotFragment);
    out.u16(kHopsAndProtocol);
    out.u16(complement(folded(added(sum_of(server, sum_of(client)), numbers))));
    out.put<4>(server);
    out.put<4>(client);
}

// RFC 8200 3.
void put_v6(const UdpFrame& question, std::size_t udp_bytes, FrameWriter& out) noexcept {
    out.u8(kV6Version);
    out.u8(0);
    out.u16(0);
    out.u16(udp_bytes);
    out.u8(wire::ip::kProtoUdp);
    out.u8(kHopLimit);
    out.put<16>(raw(question.server.address));
    out.put<16>(raw(question.client.address));
}

}  // namespace

std::optional<UdpFrame> read_udp_frame(ByteView frame) noexcept {
    std::optional<UdpFrame> read;  // made where the caller has it, once everything is known
    wire::Reader reader(frame);
    const ByteView server_station = reader.bytes(kStationBytes);
    const ByteView client_station = reader.bytes(kStationBytes);
    const std::uint16_t ether_type = reader.u16();
    const wire::ip::IpView ip = read_plain_ip(ether_type, reader.rest());
    if (!ip.readable() || ip.damage || ip.fragment || ip.fragment_header ||
        ip.protocol != wire::ip::kProtoUdp || ip.missing != 0)
        return read;
    const wire::transport::UdpView udp = wire::transport::read_udp(ip.payload, 0);
    if (!udp.readable || udp.damage || udp.length_omitted ||
        udp.payload.size() + kUdpBytes != ip.payload.size() || !checksum_fits(ip, ip.payload))
        return read;
    read.emplace(
        client_station, server_station, Endpoint{IpAddress::from_bytes(ip.source), udp.source_port},
        Endpoint{IpAddress::from_bytes(ip.destination), udp.destination_port}, udp.payload);
    // An IPv6 packet with mapped addresses (RFC 4291 2.5.5.2) is nobody's.
    if (!can_be_answered(read->client) || (ip.version == 6 && read->client.address.is_v4()) ||
        (ip.version == 6 && read->server.address.is_v4()))
        read.reset();
    return read;
}

std::size_t write_udp_frame(const UdpFrame& question, std::span<std::uint8_t> frame,
                            std::size_t answer_bytes) noexcept {
    const bool v4 = question.client.address.is_v4();
    const std::size_t udp_bytes = kUdpBytes + answer_bytes;
    const std::size_t whole = question.header_bytes() + answer_bytes;
    VEDETTE_ASSERT(whole <= frame.size());
    FrameWriter out(frame);
    out.put<kStationBytes>(question.client_station);
    out.put<kStationBytes>(question.server_station);
    out.u16(v4 ? wire::link::kEtherIpv4 : wire::link::kEtherIpv6);
    if (v4)
        put_v4(question, udp_bytes, out);
    else
        put_v6(question, udp_bytes, out);
    const ByteView server = raw(question.server.address);
    const ByteView client = raw(question.client.address);
    const std::uint64_t head =
        added(pseudo_sum(server, client, udp_bytes),
              std::size_t{question.server.port} + question.client.port + udp_bytes);
    const ByteView answer = ByteView(frame).subspan(question.header_bytes(), answer_bytes);
    const std::uint16_t sum = folded(sum_of(answer, head));
    out.u16(question.server.port);
    out.u16(question.client.port);
    out.u16(udp_bytes);
    out.u16(sum == kAllOnes ? kAllOnes : complement(sum));  // zero would say that there is none
    return whole;
}

}  // namespace vedette::dnsd
