#include "wire/icmp/ndp.hpp"

#include "wire/reader/reader.hpp"

namespace vedette::wire::icmp {
namespace {

/// Bytes between the four of type, code and checksum and the options or target.
struct Shape {
    std::uint8_t reserved;
    bool has_target;
};

constexpr Shape kShapes[] = {
    {4, false},   // router solicitation
    {12, false},  // router advertisement: hop limit, flags, lifetime, reachable, retransmit
    {4, true},    // neighbour solicitation
    {4, true},    // neighbour advertisement
    {4, true},    // redirect, whose target is followed by the destination
};

// prefix length(8) L A reserved(6) valid(32) preferred(32) reserved(32) prefix(128): RFC 4861 4.6.2
void read_prefix(ByteView value, NdpView& view) noexcept {
    constexpr std::uint8_t kOnLink = 0x80;
    Reader reader{value};
    const std::uint8_t length = reader.u8();
    const std::uint8_t flags = reader.u8();
    reader.skip(12);
    const ByteView prefix = reader.bytes(16);
    if (!reader.ok() || (flags & kOnLink) == 0 || length > 128 || !view.prefix.empty()) return;
    view.prefix = prefix;
    view.prefix_length = length;
}

// type(8) length(8, in 8-byte units) value: RFC 4861 4.6
void read_options(Reader& reader, NdpView& view) noexcept {
    constexpr std::uint8_t kSourceLink = 1;
    constexpr std::uint8_t kTargetLink = 2;
    constexpr std::uint8_t kPrefix = 3;
    while (!reader.at_end()) {
        const std::uint8_t type = reader.u8();
        const std::size_t length = reader.u8() * std::size_t{8};
        if (length == 0) reader.fail();
        const ByteView value = reader.bytes(length - 2);
        if (type == kPrefix && view.type == kRouterAdvertisement) read_prefix(value, view);
        if (value.size() != 6) continue;
        if (type == kSourceLink) view.source_mac = value;
        if (type == kTargetLink) view.target_mac = value;
    }
}

}  // namespace

NdpView read_ndp(ByteView message, std::uint32_t missing) noexcept {
    NdpView view;
    Reader reader{message};
    view.type = reader.u8();
    reader.skip(3);
    if (view.type >= kRouterSolicitation && view.type <= kRedirect) {
        const Shape& shape = kShapes[view.type - kRouterSolicitation];
        view.is_ndp = true;
        reader.skip(shape.reserved);
        if (shape.has_target) view.target = reader.bytes(16);
        if (view.type == kRedirect) reader.skip(16);
        read_options(reader, view);
    }
    if (!reader.ok()) {
        const AnomalyId own = view.is_ndp ? AnomalyId::NdpDamaged : AnomalyId::IcmpTruncated;
        view.damage.report(missing != 0 ? AnomalyId::IpPayloadCut : own, reader.failure_offset());
    }
    return view;
}

}  // namespace vedette::wire::icmp
