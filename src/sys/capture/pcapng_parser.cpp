#include "sys/capture/pcapng_parser.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vedette::sys {
namespace {

using wire::Reader;

constexpr std::uint32_t kSectionHeader = 0x0a0d0d0a;  // the same in both byte orders
constexpr std::uint32_t kInterfaceDescription = 1;
constexpr std::uint32_t kObsoletePacket = 2;
constexpr std::uint32_t kSimplePacket = 3;
constexpr std::uint32_t kEnhancedPacket = 6;

constexpr std::uint32_t kByteOrderMagic = 0x1a2b3c4d;
constexpr std::uint32_t kBlockFrameBytes = 12;  // type, length, length again
constexpr std::size_t kMaxInterfaceName = 64;

constexpr std::uint16_t kOptionName = 2;
constexpr std::uint16_t kOptionResolution = 9;
constexpr std::uint16_t kOptionOffset = 14;

bool is_read(std::uint32_t type) noexcept {
    return type == kSectionHeader || type == kInterfaceDescription || type == kObsoletePacket ||
           type == kSimplePacket || type == kEnhancedPacket;
}

/// The name is shown to people: what a terminal would act on is not kept.
std::string printable(ByteView bytes) {
    std::string name(as_text(bytes.first(std::min(bytes.size(), kMaxInterfaceName))));
    std::ranges::replace_if(
        name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
    return name;
}

}  // namespace

bool PcapngParser::recognises(ByteView start) noexcept {
    return Reader(start).u32() == kSectionHeader;
}

ParseStep PcapngParser::parse(ByteView window, PacketBatch& batch) {
    ParseStep step;
    while (batch.packets.size() < kBatchPackets) {
        const ByteView rest = window.subspan(step.consumed);
        Block block;
        if (!read_block_header(rest, block, step)) return step;
        if (!is_read(block.type)) {
            step.consumed += block.length;
            if (step.consumed > window.size()) return step;
            continue;
        }
        if (block.length > rest.size()) {
            step.need = block.length;
            return step;
        }
        Reader trailer(rest.subspan(block.length - 4, 4));
        // A section header's own byte order is known only once its body is read.
        const char* problem =
            read_body(block, rest.subspan(8, block.length - kBlockFrameBytes), batch);
        if (problem == nullptr && u32(trailer) != block.length) {
            problem = "a block ends with another length than it begins with";
        }
        if (problem != nullptr) {
            step.status = ParseStatus::Damaged;
            step.problem = problem;
            return step;
        }
        step.consumed += block.length;
    }
    step.status = ParseStatus::BatchFull;
    return step;
}

//  0 type | 4 total length | 8 body … | total length
bool PcapngParser::read_block_header(ByteView rest, Block& block, ParseStep& step) const {
    Reader reader(rest);
    step.need = kBlockFrameBytes;
    block.type = u32(reader);
    block.length = u32(reader);
    if (block.type == kSectionHeader) {
        // The byte-order magic is the first word of the body, and decides how to read the length.
        if (const std::uint32_t magic = reader.u32();
            magic == kByteOrderMagic || magic == std::byteswap(kByteOrderMagic)) {
            Reader length(rest.subspan(4));
            block.length = magic == kByteOrderMagic ? length.u32() : length.u32_le();
        }
    }
    if (rest.size() < kBlockFrameBytes) return false;
    if (!in_section_ && block.type != kSectionHeader) {
        step.problem = "the first block is not a section header";
    } else if (block.length < kBlockFrameBytes || block.length % 4 != 0) {
        step.problem = fmt::format("a block of type {} claims {} bytes", block.type, block.length);
    } else if (is_read(block.type) && block.length > kMaxRecordBytes + 4'096) {
        step.problem = fmt::format("a block of type {} claims {} bytes", block.type, block.length);
    } else {
        return true;
    }
    step.status = ParseStatus::Damaged;
    return false;
}

const char* PcapngParser::read_body(const Block& block, ByteView bytes, PacketBatch& batch) {
    const Reader body(bytes);
    switch (block.type) {
        case kSectionHeader:
            return read_section_header(body);
        case kInterfaceDescription:
            read_interface(body);
            break;
        case kEnhancedPacket:
            read_enhanced_packet(body, batch);
            break;
        case kObsoletePacket:
            read_obsolete_packet(body, batch);
            break;
        case kSimplePacket:
            read_simple_packet(body, batch);
            break;
        default:
            break;
    }
    return nullptr;
}

//  0 byte-order magic | 4 major, minor | 8 section length | options
const char* PcapngParser::read_section_header(Reader body) {
    const std::uint32_t magic = body.u32();
    if (magic != kByteOrderMagic && magic != std::byteswap(kByteOrderMagic)) {
        return "a section header has no byte-order magic";
    }
    big_endian_ = magic == kByteOrderMagic;
    const std::uint16_t major = u16(body);
    if (!body.ok() || major != 1) return "a section is of an unknown pcapng version";
    interfaces_.clear();
    in_section_ = true;
    return nullptr;
}

//  0 link type | 2 reserved | 4 snap length | options
void PcapngParser::read_interface(Reader body) {
    Interface interface;
    InterfaceInfo info;
    interface.link_type = u16(body);
    body.skip(2);
    interface.snap_bytes = u32(body);
    if (!body.ok() || interfaces_.size() == kMaxInterfaces) return;
    read_interface_options(body, interface, info);
    info.link_type = interface.link_type;
    interface.number = table_->add(std::move(info));
    interfaces_.push_back(interface);
}

//  0 code | 2 length | 4 value, padded to four bytes; code 0 ends the list
void PcapngParser::read_interface_options(Reader options, Interface& interface,
                                          InterfaceInfo& info) {
    while (options.remaining() >= 4) {
        const std::uint16_t code = u16(options);
        const std::uint16_t length = u16(options);
        if (code == 0) return;
        const ByteView value = options.bytes(length);
        if (!options.ok()) return;
        Reader reader(value);
        if (code == kOptionName) {
            info.name = printable(value);
        } else if (code == kOptionResolution && length >= 1) {
            interface.clock.resolution = reader.u8();
        } else if (code == kOptionOffset && length >= 8) {
            interface.clock.offset_seconds =
                static_cast<std::int64_t>(big_endian_ ? reader.u64() : reader.u64_le());
        }
        options.skip(std::min<std::size_t>((4 - length % 4) % 4, options.remaining()));
    }
}

//  0 interface | 4 time, high | 8 time, low | 12 captured | 16 original | bytes, padded | options
void PcapngParser::read_enhanced_packet(Reader body, PacketBatch& batch) {
    const std::uint32_t interface = u32(body);
    read_timed_packet(interface, body, batch);
}

//  0 interface | 2 drops | 4 time, high | … as above
void PcapngParser::read_obsolete_packet(Reader body, PacketBatch& batch) {
    const std::uint16_t interface = u16(body);
    body.skip(2);
    read_timed_packet(interface, body, batch);
}

void PcapngParser::read_timed_packet(std::uint32_t interface, Reader& body, PacketBatch& batch) {
    const std::uint64_t high = u32(body);
    const std::uint64_t units = high << 32U | u32(body);
    const std::uint32_t captured = u32(body);
    const std::uint32_t original = u32(body);
    const ByteView bytes = body.bytes(captured);
    if (!body.ok() || interface >= interfaces_.size()) {
        ++skipped_;
        return;
    }
    const Interface& from = interfaces_[interface];
    last_time_ = from.clock.time_of(units);
    batch.packets.push_back(
        {last_time_, bytes.data(), captured, original, from.link_type, from.number});
}

//  0 original length | bytes, padded. Of the first interface, cut at its snap length, without time.
void PcapngParser::read_simple_packet(Reader body, PacketBatch& batch) {
    const std::uint32_t original = u32(body);
    if (!body.ok() || interfaces_.empty()) {
        ++skipped_;
        return;
    }
    const Interface& from = interfaces_.front();
    const std::uint32_t limit =
        from.snap_bytes == 0 ? original : std::min(original, from.snap_bytes);
    const auto captured =
        static_cast<std::uint32_t>(std::min<std::size_t>(limit, body.remaining()));
    batch.packets.push_back(
        {last_time_, body.bytes(captured).data(), captured, original, from.link_type, from.number});
}

}  // namespace vedette::sys
