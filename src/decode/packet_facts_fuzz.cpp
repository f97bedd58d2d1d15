// Any packets under any link type, some of them cut: payloads lie inside their packet, protocols
// are rows of the table, and a packet read twice by fresh inspectors is read the same.
#include "decode/packet_facts.hpp"
#include "wire/reader/reader.hpp"

using namespace vedette;

namespace {

void check(const decode::PacketFacts& facts, ByteView packet) {
    if (facts.protocol >= decode::ProtocolId::Count) __builtin_trap();
    if (facts.captured != packet.size() || facts.original < facts.captured) __builtin_trap();
    if (facts.has_ports && !facts.has_ip) __builtin_trap();
    if (facts.payload.empty()) return;
    if (facts.payload.data() < packet.data()) __builtin_trap();
    if (facts.payload.data() + facts.payload.size() > packet.data() + packet.size()) {
        __builtin_trap();
    }
    if (facts.has_ip && facts.payload_bytes < facts.payload.size()) __builtin_trap();
}

decode::PacketInspector make_inspector() {
    static constexpr std::uint16_t kDnsPorts[] = {53};
    decode::InspectorOptions options;
    options.dns_ports = kDnsPorts;
    options.max_flows = 64;
    return decode::PacketInspector(options);
}

}  // namespace

// Input: link type(1) | packets: length(2) cut(1) bytes
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    wire::Reader input{ByteView(data, size)};
    static decode::PacketInspector inspector = make_inspector();
    sys::PacketRecord record;
    record.link_type = input.u8();
    decode::PacketFacts facts;
    for (std::uint64_t number = 1; !input.at_end(); ++number) {
        const std::size_t length = input.u16() % 2'048;
        const std::uint8_t cut = input.u8();
        const ByteView bytes = input.bytes(std::min(length, input.remaining()));
        if (!input.ok()) break;
        record.data = bytes.data();
        record.captured = static_cast<std::uint32_t>(bytes.size());
        record.original = record.captured + (cut < 200 ? 0U : cut);
        inspector.inspect(record, number, facts);
        check(facts, bytes);
        decode::PacketFacts again;
        inspector.inspect(record, number, again);
        if (again.payload.data() != facts.payload.data() || again.ip_bytes != facts.ip_bytes ||
            again.source != facts.source || again.tcp_flags != facts.tcp_flags) {
            __builtin_trap();
        }
    }
    return 0;
}
