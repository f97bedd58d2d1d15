// Any bytes as a client of the answerer, cut in two: what comes back is whole frames or whole
// messages, whatever was sent.
#include "service/answerer/stream_peer.hpp"
#include "wire/reader/reader.hpp"

using namespace vedette;
using namespace vedette::answerer;

namespace {

void check_frames(ByteView bytes) {
    while (!bytes.empty()) {
        const wire::traced::FrameView frame = wire::traced::read_frame(bytes);
        if (!frame.whole || !frame.header.answer) __builtin_trap();
        bytes = bytes.subspan(frame.bytes());
    }
}

void check_messages(ByteView bytes) {
    wire::Reader reader{bytes};
    while (!reader.at_end()) {
        const ByteView message = reader.bytes(reader.u16());
        if (!reader.ok() || message.size() < wire::dns::kHeaderBytes) __builtin_trap();
        if (!wire::dns::MessageView::inspect(message).header().is_response()) __builtin_trap();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static AddressRule rule =
        *AddressRule::make({{"192.0.2.1-9", "2001:db8::1"}, "time", {"4-12 = 192.0.2.7"}});
    wire::Reader reader{ByteView(data, size)};
    const bool traced = (reader.u8() & 1U) != 0;
    const std::size_t cut = reader.u8();
    const ByteView bytes = reader.rest();
    MessageAnswerer messages(rule, 60);
    FrameCounts counts;
    StreamPeer peer(traced ? StreamPeer::Speaks::Traced : StreamPeer::Speaks::Dns, messages,
                    counts);
    std::vector<std::uint8_t> out;
    const std::size_t first = cut < bytes.size() ? cut : bytes.size();
    if (!peer.receive(bytes.first(first), 1, out)) (void)peer.receive(bytes.subspan(first), 1, out);
    traced ? check_frames(out) : check_messages(out);
    return 0;
}
