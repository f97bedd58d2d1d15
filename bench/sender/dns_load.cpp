#include "sender/dns_load.hpp"

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace vedette::bench {
namespace {

class FrameWriter {
  public:
    void u8(std::uint32_t value) { bytes_.push_back(static_cast<std::uint8_t>(value)); }
    void u16(std::uint32_t value) { u8(value >> 8U), u8(value); }
    void u32(std::uint32_t value) { u16(value >> 16U), u16(value); }
    void label(std::string_view text) {
        u8(static_cast<std::uint32_t>(text.size()));
        bytes_.insert(bytes_.end(), text.begin(), text.end());
    }
    void append(const Frame& more) { bytes_.insert(bytes_.end(), more.begin(), more.end()); }
    [[nodiscard]] Frame take() { return std::move(bytes_); }

  private:
    Frame bytes_;
};

constexpr std::uint32_t kServerAddress = 0xc0000235;  // 192.0.2.53
constexpr std::uint32_t kClientNetwork = 0xc6336400;  // 198.51.100.0/24
constexpr std::uint32_t kTypeA = 1;
constexpr std::uint32_t kClassIn = 1;

Frame make_message(std::uint32_t pair, bool answer) {
    FrameWriter dns;
    dns.u16(pair * 40'503U);
    dns.u16(answer ? 0x8180 : 0x0100);
    dns.u16(1), dns.u16(answer ? 1 : 0), dns.u16(0), dns.u16(0);
    dns.label(fmt::format("host{}", pair % 5'000));
    dns.label("example"), dns.label("net"), dns.u8(0);
    dns.u16(kTypeA), dns.u16(kClassIn);
    if (answer) {
        dns.u16(0xc00c), dns.u16(kTypeA), dns.u16(kClassIn), dns.u32(300);
        dns.u16(4), dns.u32(0xcb007100U + pair % 250);
    }
    return dns.take();
}

std::uint32_t header_checksum(const Frame& header) {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < header.size(); i += 2) {
        sum += static_cast<std::uint32_t>(header[i] << 8U | header[i + 1]);
    }
    while (sum > 0xffff)
        sum = (sum & 0xffffU) + (sum >> 16U);
    return ~sum & 0xffffU;
}

Frame make_ip_header(std::size_t payload, std::uint32_t source, std::uint32_t destination,
                     std::uint32_t checksum) {
    FrameWriter ip;
    ip.u16(0x4500), ip.u16(static_cast<std::uint32_t>(20 + payload));
    ip.u32(0), ip.u16(64U << 8U | 17U), ip.u16(checksum);
    ip.u32(source), ip.u32(destination);
    return ip.take();
}

Frame make_frame(std::uint32_t pair, bool answer) {
    const Frame message = make_message(pair, answer);
    const std::uint32_t client = kClientNetwork + 1 + pair % 200;
    const std::uint32_t port = 20'000 + pair % 40'000;
    FrameWriter frame;
    const auto mac = [&frame, pair](bool of_client) {
        frame.u16(0x0200), frame.u32(of_client ? 0x5e100000U + pair % 200 : 0x5e000035U);
    };
    mac(answer), mac(!answer), frame.u16(0x0800);
    const std::uint32_t source = answer ? kServerAddress : client;
    const std::uint32_t destination = answer ? client : kServerAddress;
    const std::size_t udp_bytes = 8 + message.size();
    const std::uint32_t sum = header_checksum(make_ip_header(udp_bytes, source, destination, 0));
    frame.append(make_ip_header(udp_bytes, source, destination, sum));
    frame.u16(answer ? 53 : port), frame.u16(answer ? port : 53);
    frame.u16(static_cast<std::uint32_t>(udp_bytes)), frame.u16(0);
    frame.append(message);
    return frame.take();
}

}  // namespace

std::vector<Frame> make_dns_load(std::uint32_t pairs) {
    std::vector<Frame> frames;
    frames.reserve(std::size_t{2} * pairs);
    for (std::uint32_t pair = 0; pair < pairs; ++pair) {
        frames.push_back(make_frame(pair, false));
        frames.push_back(make_frame(pair, true));
    }
    return frames;
}

}  // namespace vedette::bench
