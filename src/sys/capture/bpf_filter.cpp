#include "sys/capture/bpf_filter.hpp"

#include <fmt/format.h>
#include <linux/filter.h>
#include <pcap/pcap.h>
#include <sys/socket.h>

#include <utility>

#include "sys/os/error.hpp"

namespace vedette::sys {
namespace {

constexpr std::uint16_t kRawLinkType = 101;

/// libpcap numbers some link types in memory otherwise than in files.
int dlt_of(std::uint16_t link_type) noexcept {
    return link_type == kRawLinkType ? DLT_RAW : link_type;
}

}  // namespace

struct BpfFilter::Program {
    bpf_program code{};

    Program() = default;
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;
    ~Program() { ::pcap_freecode(&code); }
};

BpfFilter::BpfFilter(std::unique_ptr<Program> program) noexcept : program_(std::move(program)) {}
BpfFilter::BpfFilter(BpfFilter&& other) noexcept = default;
BpfFilter& BpfFilter::operator=(BpfFilter&& other) noexcept = default;
BpfFilter::~BpfFilter() = default;

Result<BpfFilter> BpfFilter::compile(const std::string& expression, std::uint16_t link_type,
                                     std::uint32_t snap_bytes) {
    pcap_t* handle = ::pcap_open_dead(dlt_of(link_type), static_cast<int>(snap_bytes));
    if (handle == nullptr) return fail(ErrorKind::Failed, "not enough memory to compile a filter");
    auto program = std::make_unique<Program>();
    const int outcome =
        ::pcap_compile(handle, &program->code, expression.c_str(), 1, PCAP_NETMASK_UNKNOWN);
    std::string reason = outcome == 0 ? "" : ::pcap_geterr(handle);
    ::pcap_close(handle);
    if (outcome != 0) {
        return fail(ErrorKind::Usage,
                    fmt::format("the packet filter '{}' cannot be used: {}", expression, reason));
    }
    return BpfFilter(std::move(program));
}

bool BpfFilter::matches(const PacketRecord& packet) const noexcept {
    return ::bpf_filter(program_->code.bf_insns, packet.data, packet.original, packet.captured) !=
           0;
}

Result<void> BpfFilter::attach(int socket) const {
    static_assert(sizeof(sock_filter) == sizeof(bpf_insn));
    sock_fprog kernel{static_cast<unsigned short>(program_->code.bf_len),
                      reinterpret_cast<sock_filter*>(program_->code.bf_insns)};
    if (::setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &kernel, sizeof kernel) != 0) {
        return fail_errno("the kernel refuses the packet filter");
    }
    return {};
}

namespace {

// The first packets of a TLS or QUIC connection, a handful of bytes into them: a handshake record,
// a long header, and the last segment (PSH) of a ClientHello that takes several, which begins with
// no record (types 20 to 23). tcpdump's language reaches into IPv6 by hand, without extension
// headers.
constexpr const char* kHandshakeFilter =
    "((tcp dst port 443 or tcp dst port 853) and tcp[(tcp[12] & 0xf0) >> 2] = 22) or "
    "((tcp dst port 443 or tcp dst port 853) and tcp[13] & 8 != 0 and "
    "tcp[(tcp[12] & 0xf0) >> 2] & 0xfc != 20) or "
    "(ip6 and (tcp dst port 443 or tcp dst port 853) and ip6[40 + ((ip6[52] & 0xf0) >> 2)] = 22) "
    "or (ip6 and (tcp dst port 443 or tcp dst port 853) and ip6[53] & 8 != 0 and "
    "ip6[40 + ((ip6[52] & 0xf0) >> 2)] & 0xfc != 20) "
    "or (udp dst port 443 and udp[8] & 0xc0 = 0xc0) or "
    "(ip6 and udp dst port 443 and ip6[48] & 0xc0 = 0xc0)";

}  // namespace

std::string default_capture_filter(const std::vector<std::uint16_t>& dns_ports,
                                   Handshakes handshakes) {
    std::string ports = "tcp port 53";
    for (const std::uint16_t port : dns_ports) {
        if (port != 53) ports += fmt::format(" or tcp port {}", port);
    }
    const std::string ours =
        fmt::format("(not tcp or {} or ip[6:2] & 0x3fff != 0) and not udp port 443", ports);
    if (handshakes == Handshakes::Left) return ours;
    return fmt::format("({}) or {}", ours, kHandshakeFilter);
}

}  // namespace vedette::sys
