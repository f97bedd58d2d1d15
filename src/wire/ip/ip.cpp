#include "wire/ip/ip.hpp"

namespace vedette::wire::ip {
namespace {

enum class Extension : std::uint8_t { None, Plain, Authentication, Fragment };

/// Headers that name a next header (IANA "IPv6 Extension Header Types"). ESP hides what follows.
Extension kind_of(std::uint8_t protocol) noexcept {
    switch (protocol) {
        case kProtoHopByHop:
        case kProtoRouting:
        case kProtoDestination:
        case 135:  // mobility, RFC 6275
        case 139:  // HIP, RFC 7401
        case 140:  // Shim6, RFC 5533
            return Extension::Plain;
        case kProtoAh:
            return Extension::Authentication;
        case kProtoFragment:
            return Extension::Fragment;
        default:
            return Extension::None;
    }
}

// next header(8) reserved(8) offset(13) reserved(2) M(1) | id(32): RFC 8200 4.5
void take_fragment(Reader& reader, IpView& view) noexcept {
    reader.skip(1);
    const std::uint16_t fragment = reader.u16();
    view.fragment_header = true;
    view.fragment_offset = fragment & 0xfff8U;
    view.more_fragments = (fragment & 1U) != 0;
    view.fragment = view.fragment_offset != 0 || view.more_fragments;
    view.fragment_id = reader.u32();
}

/// Walks the chain at the cursor. Fragment headers are obeyed once and only where they may be.
void walk(Reader& reader, IpView& view, std::uint8_t next) noexcept {
    for (unsigned count = 0; !view.fragment; ++count) {
        const Extension kind = kind_of(next);
        if (kind == Extension::None) break;
        const std::size_t at = reader.offset();
        if (count == kMaxExtensions || (kind == Extension::Fragment && view.fragment_header)) {
            view.damage.report(AnomalyId::Ip6ExtensionChain, at);
            view.version = 0;
            return;
        }
        next = reader.u8();
        if (kind == Extension::Fragment) {
            take_fragment(reader, view);
        } else if (kind == Extension::Authentication) {
            reader.skip((reader.u8() + std::size_t{2}) * 4 - 2);  // RFC 4302 2.2
        } else {
            reader.skip((reader.u8() + std::size_t{1}) * 8 - 2);
        }
        if (!reader.ok()) {
            // Cut by the capture is not the sender's damage.
            view.damage.report(
                view.missing != 0 ? AnomalyId::IpPayloadCut : AnomalyId::Ip6ExtensionChain, at);
            view.version = 0;
            return;
        }
    }
    view.protocol = next;
    view.payload = reader.rest();
}

}  // namespace

// RFC 8200 3: version(4) class(8) flow(20) | payload length(16) next header(8) hop limit(8) |
// source(128) | destination(128)
IpView read_ipv6(ByteView packet) noexcept {
    IpView view;
    Reader reader{packet};
    reader.skip(4);
    const std::size_t length = reader.u16();
    const std::uint8_t next = reader.u8();
    view.hop_limit = reader.u8();
    view.source = reader.bytes(16);
    view.destination = reader.bytes(16);
    if (!reader.ok()) {
        view.damage.report(AnomalyId::IpTruncated, reader.failure_offset());
        return view;
    }
    view.version = 6;
    // Zero is a jumbogram (RFC 2675) or segmentation offload: the capture's length decides.
    detail::clip(reader, view, length == 0 ? 0 : length + 40);
    Reader chain{view.payload};
    walk(chain, view, next);
    return view;
}

void read_extensions(IpView& view) noexcept {
    if (kind_of(view.protocol) == Extension::None) return;
    Reader chain{view.payload};
    const bool was_fragment = view.fragment;
    view.fragment = false;
    walk(chain, view, view.protocol);
    view.fragment = was_fragment;
}

IpView read_ip(ByteView packet) noexcept {
    Reader reader{packet};
    const unsigned version = reader.peek() >> 4U;
    if (version == 4) return read_ipv4(packet);
    if (version == 6) return read_ipv6(packet);
    IpView view;
    view.damage.report(packet.empty() ? AnomalyId::IpTruncated : AnomalyId::IpBadVersion, 0);
    return view;
}

}  // namespace vedette::wire::ip
