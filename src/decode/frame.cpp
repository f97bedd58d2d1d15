#include "decode/frame.hpp"

namespace vedette::decode {

namespace link = wire::link;
namespace ip_wire = wire::ip;

link::LinkView open_tunnel(ip_wire::Tunnel tunnel, ByteView bytes, bool cut) noexcept {
    const ip_wire::TunnelView view = ip_wire::read_tunnel(tunnel, bytes);
    link::LinkView inner;
    if (view.damage) {
        inner.damage = cut ? wire::Damage{wire::AnomalyId::IpPayloadCut, 0} : view.damage;
        return inner;
    }
    switch (view.inner) {
        case ip_wire::Inner::Nothing:
            break;
        case ip_wire::Inner::LinkType:
            return link::read_link(view.link_type, view.payload);
        case ip_wire::Inner::EtherType:
            return link::read_ether_type(view.ether_type, view.payload);
        case ip_wire::Inner::Ip:
            inner.ether_type = link::kEtherIpv4;  // the version nibble decides
            inner.payload = view.payload;
            break;
    }
    return inner;
}

}  // namespace vedette::decode
