#include "decode/protocol/protocol.hpp"

#include <algorithm>
#include <memory>
#include <vector>

#include "decode/protocol/content.hpp"

namespace vedette::decode {
namespace {

using By = ProtocolMark::By;
using Number = std::uint16_t;

// The words of protocol.def.
constexpr ProtocolMark ether_type(Number number) {
    return {By::EtherType, number};
}
constexpr ProtocolMark llc(Number number) {
    return {By::Llc, number};
}
constexpr ProtocolMark snap(Number number) {
    return {By::Snap, number};
}
constexpr ProtocolMark ip(Number number) {
    return {By::IpProtocol, number};
}
constexpr ProtocolMark tcp(Number port) {
    return {By::TcpPort, port};
}
constexpr ProtocolMark tls(Number port) {
    return {By::TlsPort, port};
}
constexpr ProtocolMark mixed(Number port) {
    return {By::MixedPort, port};
}
constexpr ProtocolMark udp(Number port) {
    return {By::UdpPort, port};
}
constexpr ProtocolMark both(Number port) {
    return {By::BothPorts, port};
}
template <std::size_t N>
constexpr ProtocolMark tcp_starts(const char (&text)[N]) {
    return {By::TcpContent, 0, {text, 1}, {text, N - 1}};
}
template <std::size_t N>
constexpr ProtocolMark udp_starts(const char (&text)[N]) {
    return {By::UdpContent, 0, {text, 1}, {text, N - 1}};
}
constexpr ProtocolMark tcp_content(std::string_view first, ContentProbe probe) {
    return {By::TcpContent, 0, first, {}, probe};
}
constexpr ProtocolMark udp_content(std::string_view first, ContentProbe probe) {
    return {By::UdpContent, 0, first, {}, probe};
}
constexpr ProtocolMark tcp_hint(std::string_view first, ContentProbe probe) {
    return {By::TcpHint, 0, first, {}, probe};
}
constexpr ProtocolMark udp_hint(std::string_view first, ContentProbe probe) {
    return {By::UdpHint, 0, first, {}, probe};
}

constexpr ProtocolInfo kInfos[] = {
#define VEDETTE_PROTOCOL(name, text, title, ...) {text, title},
#include "decode/protocol/protocol.def"
#undef VEDETTE_PROTOCOL
};
static_assert(std::size(kInfos) == kProtocols);
static_assert(kProtocols < 256);

/// The marks of one row; the first is a filler, as a list may not be empty.
#define VEDETTE_PROTOCOL(name, text, title, ...) \
    constexpr ProtocolMark kMarks##name[] = {ProtocolMark{} __VA_OPT__(, ) __VA_ARGS__};
#include "decode/protocol/protocol.def"
#undef VEDETTE_PROTOCOL

constexpr std::span<const ProtocolMark> kMarks[] = {
#define VEDETTE_PROTOCOL(name, ...) std::span<const ProtocolMark>(kMarks##name).subspan(1),
#include "decode/protocol/protocol.def"
#undef VEDETTE_PROTOCOL
};

struct Content {
    ProtocolId id;
    const ProtocolMark* mark;
};

/// What content is asked for, by the first byte.
class ContentTable {
  public:
    void add(ProtocolId id, const ProtocolMark& mark) {
        for (unsigned byte = 0; byte < 256; ++byte) {
            if (mark.first.empty() || mark.first.contains(static_cast<char>(byte))) {
                by_first_[byte].push_back({id, &mark});
            }
        }
    }
    [[nodiscard]] ProtocolId find(ByteView payload) const noexcept {
        if (payload.empty()) return ProtocolId::Unknown;
        for (const Content& content : by_first_[payload[0]]) {
            const ProtocolMark& mark = *content.mark;
            const bool found = mark.probe != nullptr ? mark.probe(payload)
                                                     : as_text(payload).starts_with(mark.prefix);
            if (found) return content.id;
        }
        return ProtocolId::Unknown;
    }

  private:
    std::array<std::vector<Content>, 256> by_first_;
};

struct Tables {
    std::array<ProtocolId, 65'536> ether_types{};
    std::array<ProtocolId, 65'536> llcs{};
    std::array<ProtocolId, 65'536> snaps{};
    std::array<ProtocolId, 65'536> tcp_ports{};
    std::array<ProtocolId, 65'536> udp_ports{};
    std::array<ProtocolId, 256> ip_protocols{};
    std::array<bool, kProtocols> over_tls{};
    std::array<bool, kProtocols> mixed{};
    std::array<ContentTable, 2> content;
    std::array<ContentTable, 2> hints;

    void add(ProtocolId id, const ProtocolMark& mark);
};

void set(std::span<ProtocolId> table, std::uint16_t number, ProtocolId id) noexcept {
    if (table[number] == ProtocolId::Unknown) table[number] = id;
}

void Tables::add(ProtocolId id, const ProtocolMark& mark) {
    const auto row = static_cast<std::size_t>(id);
    switch (mark.by) {
        case By::EtherType:
            return set(ether_types, mark.number, id);
        case By::Llc:
            return set(llcs, mark.number, id);
        case By::Snap:
            return set(snaps, mark.number, id);
        case By::IpProtocol:
            return set(ip_protocols, mark.number, id);
        case By::UdpPort:
            return set(udp_ports, mark.number, id);
        case By::BothPorts:
            set(udp_ports, mark.number, id);
            return set(tcp_ports, mark.number, id);
        case By::TlsPort:
            over_tls[row] = true;
            return set(tcp_ports, mark.number, id);
        case By::MixedPort:
            mixed[row] = true;
            return set(tcp_ports, mark.number, id);
        case By::TcpPort:
            return set(tcp_ports, mark.number, id);
        case By::TcpContent:
            return content[static_cast<std::size_t>(Carrier::Tcp)].add(id, mark);
        case By::UdpContent:
            return content[static_cast<std::size_t>(Carrier::Udp)].add(id, mark);
        case By::TcpHint:
            return hints[static_cast<std::size_t>(Carrier::Tcp)].add(id, mark);
        case By::UdpHint:
            return hints[static_cast<std::size_t>(Carrier::Udp)].add(id, mark);
    }
}

std::unique_ptr<Tables> make_tables() {
    auto tables = std::make_unique<Tables>();
    for (std::size_t row = 0; row < kProtocols; ++row) {
        for (const ProtocolMark& mark : kMarks[row])
            tables->add(static_cast<ProtocolId>(row), mark);
    }
    return tables;
}

const Tables& tables() noexcept {
    static const std::unique_ptr<Tables> made = make_tables();
    return *made;
}

bool same_word(std::string_view a, std::string_view b) noexcept {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return std::ranges::equal(a, b, {}, lower, lower);
}

}  // namespace

const ProtocolInfo& info(ProtocolId id) noexcept {
    return kInfos[static_cast<std::size_t>(id)];
}

std::optional<ProtocolId> find_protocol(std::string_view name) noexcept {
    for (std::size_t row = 0; row < kProtocols; ++row) {
        if (same_word(kInfos[row].name, name)) return static_cast<ProtocolId>(row);
    }
    return std::nullopt;
}

std::span<const ProtocolMark> marks(ProtocolId id) noexcept {
    return kMarks[static_cast<std::size_t>(id)];
}

ProtocolId protocol_of_ether_type(std::uint16_t type) noexcept {
    return tables().ether_types[type];
}

ProtocolId protocol_of_llc(std::uint16_t llc_number) noexcept {
    return tables().llcs[llc_number];
}

ProtocolId protocol_of_snap(std::uint16_t protocol) noexcept {
    return tables().snaps[protocol];
}

ProtocolId protocol_of_ip(std::uint8_t number) noexcept {
    return tables().ip_protocols[number];
}

ProtocolId protocol_of_ports(Carrier carrier, std::uint16_t source,
                             std::uint16_t destination) noexcept {
    const auto& ports = carrier == Carrier::Tcp ? tables().tcp_ports : tables().udp_ports;
    const auto [low, high] = std::minmax(source, destination);
    return ports[low] != ProtocolId::Unknown ? ports[low] : ports[high];
}

bool keeps_name(ProtocolId by_port, ProtocolId by_content) noexcept {
    const auto row = static_cast<std::size_t>(by_port);
    if (by_content == ProtocolId::Tls) return tables().over_tls[row] || tables().mixed[row];
    return by_content == ProtocolId::Http && tables().mixed[row];
}

ProtocolId protocol_of_content(Carrier carrier, ByteView payload) noexcept {
    return tables().content[static_cast<std::size_t>(carrier)].find(payload);
}

ProtocolId protocol_hint(Carrier carrier, ByteView payload) noexcept {
    return tables().hints[static_cast<std::size_t>(carrier)].find(payload);
}

}  // namespace vedette::decode
