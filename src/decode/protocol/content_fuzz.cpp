// Any payload: the probes stay inside it, name only rows that have such a mark, and say the same
// twice.
#include <algorithm>
#include <tuple>

#include "decode/protocol/protocol.hpp"

using namespace vedette;
using decode::ProtocolId;
using decode::ProtocolMark;

namespace {

void check(ProtocolId id, ProtocolMark::By by) {
    if (id == ProtocolId::Unknown) return;
    if (id >= ProtocolId::Count) __builtin_trap();
    const auto marks = decode::marks(id);
    if (std::ranges::none_of(marks, [by](const auto& mark) { return mark.by == by; })) {
        __builtin_trap();
    }
}

}  // namespace

// Input: the payload
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using By = ProtocolMark::By;
    const ByteView payload(data, size);
    for (const auto& [carrier, content, hint] :
         {std::tuple{decode::Carrier::Tcp, By::TcpContent, By::TcpHint},
          std::tuple{decode::Carrier::Udp, By::UdpContent, By::UdpHint}}) {
        const ProtocolId id = decode::protocol_of_content(carrier, payload);
        if (id != decode::protocol_of_content(carrier, payload)) __builtin_trap();
        check(id, content);
        check(decode::protocol_hint(carrier, payload), hint);
    }
    return 0;
}
