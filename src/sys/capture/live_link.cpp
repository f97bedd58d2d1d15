#include "sys/capture/live_link.hpp"

#include <net/if_arp.h>

#include <array>
#include <cstring>

namespace vedette::sys {
namespace {

constexpr std::uint16_t kEthernet = 1;
constexpr std::uint16_t kRawIp = 101;
constexpr std::uint16_t kIeee80211 = 105;
constexpr std::uint16_t kLinuxCooked = 113;
constexpr std::uint16_t kPrism = 119;
constexpr std::uint16_t kRadiotap = 127;

struct Row {
    std::uint16_t hardware;
    std::uint16_t link_type;
};
constexpr std::array<Row, 8> kLinks{{
    {ARPHRD_ETHER, kEthernet},
    {ARPHRD_EETHER, kEthernet},
    {ARPHRD_LOOPBACK, kEthernet},  // with zero addresses
    {ARPHRD_NONE, kRawIp},         // tun, WireGuard
    {ARPHRD_RAWIP, kRawIp},        // mobile modems
    {ARPHRD_IEEE80211, kIeee80211},
    {ARPHRD_IEEE80211_PRISM, kPrism},
    {ARPHRD_IEEE80211_RADIOTAP, kRadiotap},
}};

void put16(std::uint8_t* at, std::uint16_t value) noexcept {
    at[0] = static_cast<std::uint8_t>(value >> 8U);
    at[1] = static_cast<std::uint8_t>(value);
}

}  // namespace

LiveLink live_link(std::uint16_t arp_hardware_type) noexcept {
    for (const Row& row : kLinks) {
        if (row.hardware == arp_hardware_type) return {row.link_type, false};
    }
    return {kLinuxCooked, true};
}

std::uint8_t* restore_vlan_tag(std::uint8_t* frame, std::uint16_t ethertype,
                               std::uint16_t tag) noexcept {
    std::uint8_t* start = frame - kVlanTagBytes;
    std::memmove(start, frame, 12);
    put16(start + 12, ethertype);
    put16(start + 14, tag);
    return start;
}

std::uint8_t* prepend_cooked_header(std::uint8_t* payload, const CookedHeader& header) noexcept {
    std::uint8_t* start = payload - kCookedHeaderBytes;
    put16(start, header.packet_type);
    put16(start + 2, header.hardware_type);
    put16(start + 4, header.address_length);
    std::memcpy(start + 6, header.address, 8);
    put16(start + 14, header.protocol);
    return start;
}

}  // namespace vedette::sys
