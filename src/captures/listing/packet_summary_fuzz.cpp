// Any packet under any link type becomes one row of CSV: no line break inside, printable ASCII, ten
// commas outside quotation marks, within its size.
#include <algorithm>

#include "captures/listing/packet_csv.hpp"
#include "wire/reader/reader.hpp"

using namespace vedette;

namespace {

void check(std::string_view row) {
    if (row.size() >= captures::PacketCsv::kMaxRowBytes || row.back() != '\n') __builtin_trap();
    bool quoted = false;
    unsigned commas = 0;
    for (const char c : row.substr(0, row.size() - 1)) {
        if (c < ' ' || c > '~') __builtin_trap();
        if (c == '"') quoted = !quoted;
        commas += c == ',' && !quoted;
    }
    if (quoted || commas != 10) __builtin_trap();
}

}  // namespace

// Input: link type(1) cut(1) | the packet
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static constexpr std::uint16_t kDnsPorts[] = {53};
    wire::Reader input{ByteView(data, size)};
    sys::PacketRecord record;
    record.link_type = input.u8();
    const std::uint8_t cut = input.u8();
    if (!input.ok()) return 0;
    const ByteView bytes = input.rest();
    record.data = bytes.data();
    record.captured = static_cast<std::uint32_t>(bytes.size());
    record.original = record.captured + (cut < 200 ? 0U : cut);
    static decode::PacketInspector inspector({.dns_ports = kDnsPorts});
    decode::PacketFacts facts;
    inspector.inspect(record, 1, facts);
    captures::PacketCsv csv;
    csv.add(facts);
    check(csv.text());
    return 0;
}
