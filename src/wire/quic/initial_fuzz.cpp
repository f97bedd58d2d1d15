// Any bytes as a QUIC packet, and as the frames of an opened one: views lie within the input.
#include "wire/quic/initial.hpp"
#include "wire/reader/battery.hpp"

using namespace vedette;
using namespace vedette::wire;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView bytes(data, size);
    const quic::InitialView view = quic::read_initial(bytes);
    if (!lies_within(view.destination_id, bytes)) __builtin_trap();
    if (view.whole && (!view.is_initial || view.end > size || view.number_offset + 20 > view.end))
        __builtin_trap();
    quic::CryptoFrames frames(bytes);
    std::size_t sum = 0;
    for (quic::CryptoFrame frame; frames.next(frame);) {
        if (!lies_within(frame.data, bytes)) __builtin_trap();
        sum += frame.data.size();
    }
    if (sum > size) __builtin_trap();
    return 0;
}
