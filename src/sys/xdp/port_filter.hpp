// The BPF program in front of AF_XDP: plain UDP datagrams for one of our places go to the socket of
// their queue, everything else goes on to the kernel, with it what only the kernel can put right:
// fragments, IP options, extension headers, VLAN tags, frames for another station. Written as
// instructions, so that no compiler is needed. Pure.
#pragma once

#include <linux/bpf.h>

#include <array>
#include <cstdint>
#include <vector>

namespace vedette::sys {

/// A local address and port, as the program looks it up.
struct XdpPlace {
    std::array<std::uint8_t, 16> address{};  ///< IPv4 as ::ffff:a.b.c.d
    std::uint16_t port = 0;                  ///< network order
    std::uint16_t unused = 0;
    friend bool operator==(const XdpPlace&, const XdpPlace&) noexcept = default;
};
static_assert(sizeof(XdpPlace) == 20);

/// `places`: a hash map of XdpPlace; `sockets`: an XSKMAP by queue; both as descriptors.
[[nodiscard]] std::vector<bpf_insn> port_filter(int places, int sockets,
                                                const std::array<std::uint8_t, 6>& station);

}  // namespace vedette::sys
