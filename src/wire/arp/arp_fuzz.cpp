// Any bytes as ARP: addresses are whole or absent, and lie inside the packet.
#include "wire/arp/arp.hpp"
#include "wire/reader/battery.hpp"

using namespace vedette;
using namespace vedette::wire;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView bytes(data, size);
    const arp::ArpView view = arp::read_arp(bytes);
    if (!lies_within(view.target_ip, bytes)) __builtin_trap();
    if (!view.sender_mac.empty() && (view.sender_mac.size() != 6 || view.sender_ip.size() != 4)) {
        __builtin_trap();
    }
    if (view.claims_address() && view.damage) __builtin_trap();
    return 0;
}
