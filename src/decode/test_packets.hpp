// Packets for the tests and benchmarks of decode/: headers put before a payload from the inside
// out, so that tunnels are built by calling more functions.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "decode/dns_test_messages.hpp"
#include "model/address.hpp"
#include "sys/capture/packet_batch.hpp"

namespace vedette::decode::test {

inline constexpr std::string_view kClientIp = "192.0.2.10";
inline constexpr std::string_view kServerIp = "192.0.2.53";
inline constexpr std::string_view kClientIp6 = "2001:db8::10";
inline constexpr std::string_view kServerIp6 = "2001:db8::53";
inline constexpr std::string_view kClientMac = "0c:00:00:00:00:10";
inline constexpr std::string_view kServerMac = "0c:00:00:00:00:53";
inline IpAddress address(std::string_view text) {
    return *IpAddress::parse(text);
}
inline MacAddress mac(std::string_view text) {
    return *MacAddress::parse(text);
}

inline void put32(Bytes& out, std::uint32_t value) {
    put16(out, value >> 16U);
    put16(out, value & 0xffffU);
}
inline void put(Bytes& out, ByteView bytes) {
    out.insert(out.end(), bytes.begin(), bytes.end());
}

inline Bytes udp(std::uint16_t source, std::uint16_t destination, const Bytes& payload) {
    Bytes out;
    put16(out, source);
    put16(out, destination);
    put16(out, static_cast<unsigned>(payload.size() + 8));
    put16(out, 0);
    put(out, payload);
    return out;
}

struct Tcp {
    std::uint16_t source = 40'000;
    std::uint16_t destination = 53;
    std::uint32_t sequence = 1;
    std::uint8_t flags = 0x18;
};

inline Bytes tcp(const Tcp& header, const Bytes& payload) {
    Bytes out;
    put16(out, header.source);
    put16(out, header.destination);
    put32(out, header.sequence);
    put32(out, 0);
    out.push_back(0x50);
    out.push_back(header.flags);
    put16(out, 1'024);
    put32(out, 0);
    put(out, payload);
    return out;
}

/// A message with TCP's length before it.
inline Bytes framed(const Bytes& message) {
    Bytes out;
    put16(out, static_cast<unsigned>(message.size()));
    put(out, message);
    return out;
}

struct Ip {
    std::uint8_t protocol = 17;
    std::string_view source = kClientIp;
    std::string_view destination = kServerIp;
    std::uint16_t fragment = 0;  ///< IPv4's flags and offset field
    std::uint16_t id = 0;
    std::uint8_t hop_limit = 64;
};

inline Bytes ipv4(const Ip& header, const Bytes& payload) {
    Bytes out{0x45, 0};
    put16(out, static_cast<unsigned>(payload.size() + 20));
    put16(out, header.id);
    put16(out, header.fragment);
    out.push_back(header.hop_limit);
    out.push_back(header.protocol);
    put16(out, 0);
    put32(out, address(header.source).to_v4());
    put32(out, address(header.destination).to_v4());
    put(out, payload);
    return out;
}

inline Bytes ipv6(Ip header, const Bytes& payload) {
    if (header.source == kClientIp) header.source = kClientIp6;
    if (header.destination == kServerIp) header.destination = kServerIp6;
    Bytes out{0x60, 0, 0, 0};
    put16(out, static_cast<unsigned>(payload.size()));
    out.push_back(header.protocol);
    out.push_back(header.hop_limit);
    put(out, ByteView(address(header.source).octets));
    put(out, ByteView(address(header.destination).octets));
    put(out, payload);
    return out;
}

inline Bytes ethernet(std::uint16_t type, const Bytes& payload) {
    Bytes out;
    put(out, ByteView(mac(kServerMac).octets));
    put(out, ByteView(mac(kClientMac).octets));
    put16(out, type);
    put(out, payload);
    return out;
}

/// An ordinary query of the client, or the server's answer to it, in Ethernet and IPv4.
inline Bytes query_frame(std::uint16_t id, std::string_view name) {
    return ethernet(0x0800, ipv4({}, udp(40'000, 53, query(id, name))));
}
inline Bytes answer_frame(std::uint16_t id, std::string_view name) {
    return ethernet(0x0800, ipv4({17, kServerIp, kClientIp}, udp(53, 40'000, answer(id, name))));
}

/// Packets that own their bytes, as a batch.
class PacketList {
  public:
    void add(Bytes bytes, std::uint16_t link_type = 1, std::uint32_t cut = 0) {
        bytes_.push_back(std::move(bytes));
        sys::PacketRecord record;
        record.time = Timestamp{static_cast<std::int64_t>(bytes_.size()) * kNanosPerMilli};
        record.captured = static_cast<std::uint32_t>(bytes_.back().size());
        record.original = record.captured + cut;
        record.link_type = link_type;
        batch_.packets.push_back(record);
    }
    [[nodiscard]] sys::PacketRecord& last() { return batch_.packets.back(); }
    /// Valid until the next add().
    [[nodiscard]] const sys::PacketBatch& batch() {
        for (std::size_t i = 0; i < bytes_.size(); ++i)
            batch_.packets[i].data = bytes_[i].data();
        return batch_;
    }
    [[nodiscard]] std::size_t size() const { return bytes_.size(); }

  private:
    std::vector<Bytes> bytes_;
    sys::PacketBatch batch_;
};

}  // namespace vedette::decode::test
