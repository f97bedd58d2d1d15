// Any packets under any link types, some of them cut, in any order: the books balance, views die
// with their packet, slices stay inside the arena.
#include "decode/decoder.hpp"
#include "wire/reader/reader.hpp"

using namespace vedette;

namespace {

void check(const EventBatch& out) {
    for (const AnomalyEvent& event : out.anomalies)
        (void)out.bytes.view(event.evidence);
    for (const DnsTransaction& event : out.dns) {
        (void)out.bytes.view(event.query_message);
        (void)out.bytes.view(event.response_message);
        (void)out.bytes.view(event.qname);
    }
}

}  // namespace

// Input: link type(1) | packets: length(2) cut(1) time step(1) bytes
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    wire::Reader input{ByteView(data, size)};
    decode::DecoderOptions options;
    // Small tables: they are made anew for every input.
    options.dns.max_pending = 16;
    options.dns.max_pending_bytes = 8'192;
    options.dns.hash_seed = 1;
    options.dhcp.max_leases = 16;
    options.dhcp.max_transactions = 16;
    options.identity.max_hosts = 16;
    options.max_fragment_bytes = 4'096;
    options.max_streams = 4;
    options.max_stream_bytes = 8'192;
    decode::Decoder decoder(options);
    const std::uint8_t link_type = input.u8();
    sys::PacketBatch batch;
    std::int64_t time = 0;
    while (!input.at_end()) {
        const std::size_t length = input.u16() % 2'048;
        const std::uint8_t cut = input.u8();
        time += input.u8() * std::int64_t{10'000'000};
        const std::size_t count = length < input.remaining() ? length : input.remaining();
        const ByteView bytes = input.bytes(count);
        if (!input.ok()) break;
        sys::PacketRecord record;
        record.time = Timestamp{time};
        record.data = bytes.data();
        record.captured = static_cast<std::uint32_t>(bytes.size());
        record.original = record.captured + (cut < 200 ? 0U : cut);
        record.link_type = link_type;
        batch.packets.push_back(record);
    }
    EventBatch out;
    decoder.decode(batch, out);
    decoder.finish(out);
    check(out);
    const TraceCounts& counts = decoder.counts();
    if (!counts.balances() || counts.packets != batch.packets.size()) __builtin_trap();
    if (out.anomalies.size() > 1'024) __builtin_trap();
    return 0;
}
