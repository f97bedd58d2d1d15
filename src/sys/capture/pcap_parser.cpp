#include "sys/capture/pcap_parser.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "wire/reader/reader.hpp"

namespace vedette::sys {
namespace {

using wire::Reader;

/// One row per magic number, as it reads in the file's own byte order.
struct Variant {
    std::uint32_t magic;
    std::uint32_t fraction_nanos;
    std::uint32_t record_header_bytes;
};
constexpr std::array<Variant, 3> kVariants{{
    {0xa1b2c3d4, kNanosPerMicro, 16},
    {0xa1b23c4d, 1, 16},
    {0xa1b2cd34, kNanosPerMicro, 24},  // Kuznetzov: interface, protocol and type follow the lengths
}};

struct Recognised {
    const Variant* variant = nullptr;
    bool big_endian = false;
};

Recognised recognise(ByteView start) noexcept {
    const std::uint32_t big = Reader(start).u32();
    const std::uint32_t little = std::byteswap(big);
    for (const Variant& variant : kVariants) {
        if (variant.magic == big) return {&variant, true};
        if (variant.magic == little) return {&variant, false};
    }
    return {};
}

template <bool kBigEndian>
std::uint32_t u32(Reader& reader) noexcept {
    return kBigEndian ? reader.u32() : reader.u32_le();
}

std::uint16_t u16(Reader& reader, bool big_endian) noexcept {
    return big_endian ? reader.u16() : reader.u16_le();
}

/// The version that one system wrote for 2.2 files.
constexpr std::uint16_t kDgUxMajor = 543;

}  // namespace

bool PcapParser::recognises(ByteView start) noexcept {
    return recognise(start).variant != nullptr;
}

//  0 magic | 4 major, minor | 8 zone | 12 accuracy | 16 snap length | 20 FCS bits and link type
Result<PcapParser> PcapParser::make(ByteView header, InterfaceTable& interfaces) {
    const Recognised found = recognise(header);
    Reader reader(header);
    reader.skip(4);
    const std::uint16_t major = u16(reader, found.big_endian);
    const std::uint16_t minor = u16(reader, found.big_endian);
    reader.skip(12);
    const std::uint32_t link = found.big_endian ? reader.u32() : reader.u32_le();
    if (found.variant == nullptr || !reader.ok()) {
        return fail(ErrorKind::InvalidInput, "not a pcap file header");
    }
    if (major != 2 && major != kDgUxMajor) {
        return fail(ErrorKind::InvalidInput,
                    fmt::format("pcap version {}.{} is not known; 2.4 is", major, minor));
    }
    PcapParser parser;
    parser.big_endian_ = found.big_endian;
    parser.fraction_nanos_ = found.variant->fraction_nanos;
    parser.record_header_bytes_ = found.variant->record_header_bytes;
    // The upper half holds the length of the frame check sequence and a class that is always zero.
    parser.link_type_ = static_cast<std::uint16_t>(link & 0xffffU);
    parser.interface_ = interfaces.add({"", parser.link_type_});
    if (major == kDgUxMajor || minor < 3) {
        parser.lengths_ = Lengths::Swapped;
    } else if (minor == 3) {
        parser.lengths_ = Lengths::Either;
    }
    return parser;
}

ParseStep PcapParser::parse(ByteView window, PacketBatch& batch) {
    return big_endian_ ? parse_records<true>(window, batch) : parse_records<false>(window, batch);
}

//  0 seconds | 4 micro- or nanoseconds | 8 captured | 12 original | captured bytes
template <bool kBigEndian>
ParseStep PcapParser::parse_records(ByteView window, PacketBatch& batch) {
    std::size_t offset = 0;
    while (batch.packets.size() < kBatchPackets) {
        Reader reader(window.subspan(offset));
        const std::uint32_t seconds = u32<kBigEndian>(reader);
        const std::uint32_t fraction = u32<kBigEndian>(reader);
        std::uint32_t captured = u32<kBigEndian>(reader);
        std::uint32_t original = u32<kBigEndian>(reader);
        if (!reader.ok()) return {offset, record_header_bytes_, ParseStatus::NeedMore, {}};
        if (lengths_ == Lengths::Swapped || (lengths_ == Lengths::Either && captured > original)) {
            std::swap(captured, original);
        }
        if (captured > kMaxRecordBytes) [[unlikely]] {
            return {offset, 0, ParseStatus::Damaged,
                    fmt::format("packet {} claims {} captured bytes", packets_ + 1, captured)};
        }
        reader.skip(record_header_bytes_ - 16);
        const ByteView bytes = reader.bytes(captured);
        if (!reader.ok()) {
            return {offset, record_header_bytes_ + captured, ParseStatus::NeedMore, {}};
        }
        const std::int64_t nanos = static_cast<std::int64_t>(seconds) * kNanosPerSecond +
                                   static_cast<std::int64_t>(fraction) * fraction_nanos_;
        batch.packets.push_back(
            {{nanos}, bytes.data(), captured, original, link_type_, interface_});
        ++packets_;
        offset += record_header_bytes_ + captured;
    }
    return {offset, 0, ParseStatus::BatchFull, {}};
}

}  // namespace vedette::sys
