#include "captures/anonymize/anonymizer.hpp"

#include <algorithm>
#include <utility>

#include "captures/anonymize/disguise.hpp"
#include "captures/anonymize/fragment_gather.hpp"
#include "captures/anonymize/held_packets.hpp"
#include "captures/anonymize/packet_scrub.hpp"
#include "captures/anonymize/stream_gather.hpp"

namespace vedette::captures {

struct Anonymizer::State final : PieceSink {
    State(const AnonymizeKey& key, AnonymizerOptions&& chosen, PacketTaker& takes)
        : options(std::move(chosen)),
          taker(takes),
          disguise(key),
          scrub(disguise, options.dns_ports),
          fragments(scrub, packets),
          streams(scrub, packets) {}

    // PacketScrub scrubs what was put together too, so its work on the packet must be done before.
    void on_fragment(const FragmentPiece& piece) override { new_fragments.push_back(piece); }
    void on_segment(const SegmentPiece& piece) override { new_segments.push_back(piece); }

    /// Where `bytes` stand in the packet under way.
    [[nodiscard]] std::uint32_t offset(ByteView bytes) const noexcept {
        return static_cast<std::uint32_t>(bytes.data() - original.data());
    }
    Result<void> hand_over();
    Result<void> make_room();

    AnonymizerOptions options;
    PacketTaker& taker;
    Disguise disguise;
    PacketScrub scrub;
    HeldPackets packets;
    FragmentGather fragments;
    StreamGather streams;
    ByteView original;
    std::vector<FragmentPiece> new_fragments;
    std::vector<SegmentPiece> new_segments;
    Timestamp now{0};
};

Anonymizer::Anonymizer(const AnonymizeKey& key, AnonymizerOptions options, PacketTaker& taker)
    : state_(std::make_unique<State>(key, std::move(options), taker)) {}

Anonymizer::~Anonymizer() = default;

Result<void> Anonymizer::add(const sys::PacketRecord& packet) {
    State& state = *state_;
    HeldPacket& held = state.packets.push(packet);
    state.original = packet.bytes();
    state.now = std::max(state.now, packet.time);
    state.new_fragments.clear();
    state.new_segments.clear();
    const Canvas canvas(state.original, held.bytes);
    state.scrub.frame(canvas, packet.link_type, held.jobs, state);
    for (const FragmentPiece& piece : state.new_fragments)
        state.fragments.add(piece, state.offset(piece.bytes));
    for (const SegmentPiece& piece : state.new_segments)
        state.streams.add(piece, state.offset(piece.bytes));
    VEDETTE_TRY(state.hand_over());
    return state.make_room();
}

Result<void> Anonymizer::finish() {
    State& state = *state_;
    state.fragments.give_up_all();
    state.streams.give_up_all();
    return state.hand_over();
}

Result<void> Anonymizer::State::hand_over() {
    while (!packets.empty() && packets.front().open == 0) {
        HeldPacket& packet = packets.front();
        mend(packet.jobs, packet.bytes);
        VEDETTE_TRY(taker.on_packet(packet.record));
        packets.pop_front();
    }
    return {};
}

// The oldest packet waits longest; everything behind it waits for it.
Result<void> Anonymizer::State::make_room() {
    while (!packets.empty() && (packets.bytes() > options.max_held_bytes ||
                                now - packets.front().record.time > options.max_hold)) {
        const std::uint64_t oldest = packets.front_number();
        fragments.give_up(oldest);
        streams.give_up(oldest);
        VEDETTE_TRY(hand_over());
    }
    return {};
}

}  // namespace vedette::captures
