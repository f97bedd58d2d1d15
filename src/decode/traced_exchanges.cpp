#include "decode/traced_exchanges.hpp"

#include <utility>

namespace vedette::decode {
namespace {

using wire::traced::FrameView;

/// The moment and place of `connection`; nothing of its link belongs to the captured client.
void place(PacketContext& context, const PacketContext& connection) noexcept {
    context.time = connection.time;
    context.packet = connection.packet;
    context.interface = connection.interface;
    context.vlan = connection.vlan;
    context.has_link = false;
    context.tunneled = true;
}

void turn_around(PacketContext& context) noexcept {
    std::swap(context.source, context.destination);
    std::swap(context.source_port, context.destination_port);
    std::swap(context.link_source, context.link_destination);
}

}  // namespace

std::uint64_t TracedExchanges::KeyHash::operator()(const Key& key) const noexcept {
    return mix64(IpHash{}(key.client) * 31 + IpHash{}(key.server) +
                 (std::uint64_t{key.id} << 32U | key.ports));
}

void TracedExchanges::keep(const PacketContext& connection, ByteView frame) {
    kept_.push_back({connection, bytes_.size(), frame.size()});
    bytes_.insert(bytes_.end(), frame.begin(), frame.end());
}

std::size_t TracedExchanges::open(const Kept& kept) {
    const ByteView bytes = ByteView(draining_bytes_).subspan(kept.offset, kept.bytes);
    const FrameView frame = wire::traced::read_frame(bytes);
    if (!frame.whole) return 0;
    return frame.header.answer ? open_answer(kept, frame) : open_question(kept, frame);
}

std::size_t TracedExchanges::open_question(const Kept& kept, const FrameView& frame) {
    const PacketContext& connection = kept.connection;
    std::size_t count = 0;
    std::uint16_t link_type = 0;
    if (wire::traced::link_of_kind(frame.header.kind, link_type)) {
        count = read_packet_messages(link_type, frame.payload, found_);
        for (std::size_t i = 0; i < count; ++i)
            place(found_[i].context, connection);
    } else {
        found_[0] = {connection, DnsProtocol::Dns, frame.payload, true};
        count = 1;
    }
    if (count == 0) return 0;
    const Key key{connection.source, connection.destination,
                  std::uint32_t{connection.source_port} << 16U | connection.destination_port,
                  frame.header.id};
    const std::uint32_t slot = waiting_.obtain(key, [](const Key&, const Waiting&) {});
    waiting_.at(slot).context = found_[0].context;
    waiting_.at(slot).protocol = found_[0].protocol;
    return count;
}

std::size_t TracedExchanges::open_answer(const Kept& kept, const FrameView& frame) {
    const PacketContext& connection = kept.connection;
    if (frame.payload.empty()) return 0;  // the packet held no question
    const Key key{connection.destination, connection.source,
                  std::uint32_t{connection.destination_port} << 16U | connection.source_port,
                  frame.header.id};
    PacketMessage& found = found_[0];
    found = {connection, DnsProtocol::Dns, frame.payload, true};
    const std::uint32_t slot = waiting_.find(key);
    if (slot == BoundedMap<Key, Waiting, KeyHash>::kNoSlot) return 1;
    found.context = waiting_.at(slot).context;
    found.protocol = waiting_.at(slot).protocol;
    turn_around(found.context);
    place(found.context, connection);
    // A group answers nobody; who answered for it is at the end of the connection.
    if (found.context.source.is_multicast()) found.context.source = connection.source;
    if (!frame.header.more) waiting_.erase(key);
    return 1;
}

}  // namespace vedette::decode
