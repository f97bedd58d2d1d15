// A Frame Streams connection as a hostile peer would send it. Every frame moves forward, and views
// stay inside the input.
#include <cstdlib>

#include "wire/dnstap/frame_streams.hpp"
#include "wire/dnstap/message.hpp"
#include "wire/reader/battery.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette::wire;
    const vedette::ByteView input(data, size);
    std::size_t at = 0;
    for (;;) {
        const auto frame = dnstap::inspect_frame(input.subspan(at));
        if (frame.kind == dnstap::FrameKind::Partial || frame.kind == dnstap::FrameKind::Broken)
            break;
        if (frame.size < 4 || frame.size > input.size() - at) std::abort();
        if (frame.kind == dnstap::FrameKind::Data) {
            const auto record = dnstap::inspect_dnstap(frame.data);
            for (const auto part :
                 {record.view.identity, record.view.query_address, record.view.response_address,
                  record.view.query_message, record.view.response_message}) {
                if (!lies_within(part, frame.data)) std::abort();
            }
            const std::size_t address = record.view.query_address.size();
            if (address != 0 && address != 4 && address != 16) std::abort();
        }
        at += frame.size;
    }
    return 0;
}
