#include "wire/arp/arp.hpp"

#include <algorithm>

#include "wire/reader/reader.hpp"

namespace vedette::wire::arp {
namespace {

bool all_zero(ByteView bytes) noexcept {
    return std::ranges::all_of(bytes, [](std::uint8_t octet) { return octet == 0; });
}

}  // namespace

bool ArpView::claims_address() const noexcept {
    if (operation != kRequest && operation != kReply) return false;
    if (sender_mac.empty() || all_zero(sender_ip) || all_zero(sender_mac)) return false;
    return (sender_mac[0] & 1U) == 0;  // a group address is nobody's
}

// hardware(16) protocol(16) | hlen(8) plen(8) operation(16) | sender hardware, sender protocol,
// target hardware, target protocol
ArpView read_arp(ByteView packet) noexcept {
    ArpView view;
    Reader reader{packet};
    const std::uint16_t hardware = reader.u16();
    const std::uint16_t protocol = reader.u16();
    const std::uint8_t hardware_length = reader.u8();
    const std::uint8_t protocol_length = reader.u8();
    view.operation = reader.u16();
    const ByteView sender_mac = reader.bytes(hardware_length);
    const ByteView sender_ip = reader.bytes(protocol_length);
    const ByteView target_mac = reader.bytes(hardware_length);
    const ByteView target_ip = reader.bytes(protocol_length);
    if (!reader.ok()) {
        view.damage.report(AnomalyId::ArpDamaged, reader.failure_offset());
        return view;
    }
    // Ethernet (1) and IEEE 802 (6) write the same addresses; other media are not damage.
    const bool ethernet = hardware == 1 || hardware == 6;
    if (!ethernet || protocol != 0x0800) return view;
    if (hardware_length != 6 || protocol_length != 4) {
        view.damage.report(AnomalyId::ArpDamaged, 4);
        return view;
    }
    view.sender_mac = sender_mac;
    view.sender_ip = sender_ip;
    view.target_mac = target_mac;
    view.target_ip = target_ip;
    return view;
}

}  // namespace vedette::wire::arp
