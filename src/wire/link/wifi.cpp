// 802.11 data frames that are not encrypted (IEEE 802.11-2020 9.3.2), and the headers that radios
// put before them: radiotap, Prism, AVS, PPI.
#include "wire/link/steps.hpp"

namespace vedette::wire::link {
namespace {

constexpr std::uint8_t kToDs = 0x01;
constexpr std::uint8_t kFromDs = 0x02;
constexpr std::uint8_t kMoreFragments = 0x04;
constexpr std::uint8_t kProtected = 0x40;
constexpr std::uint8_t kOrder = 0x80;
constexpr std::uint8_t kSubtypeNull = 0x4;
constexpr std::uint8_t kSubtypeQos = 0x8;
constexpr std::uint8_t kAmsduPresent = 0x80;

constexpr std::uint8_t kRadiotapFlagPad = 0x20;
constexpr std::uint32_t kAvsMagic = 0x80211000;

struct WifiHeader {
    ByteView address1;
    ByteView address2;
    ByteView address3;
    ByteView address4;
    std::uint8_t subtype = 0;
    std::uint8_t flags = 0;
    bool amsdu = false;
};

void take_addresses(Cursor& cursor, const WifiHeader& header) noexcept {
    const bool to_ds = (header.flags & kToDs) != 0;
    const bool from_ds = (header.flags & kFromDs) != 0;
    cursor.destination(to_ds ? header.address3 : header.address1);
    if (!from_ds) {
        cursor.source(header.address2);
    } else {
        cursor.source(to_ds ? header.address4 : header.address3);
    }
}

ByteView take_address(Cursor& cursor) noexcept {
    const ByteView address = cursor.reader.bytes(6);
    cursor.identity(address);
    return address;
}

// frame control(2) duration(2) address1(6) address2(6) address3(6) sequence(2)
//   [address4(6)] [QoS(2)] [HT control(4)]
Next data_frame(Cursor& cursor, std::size_t header_start, bool padded) noexcept {
    WifiHeader header;
    const std::uint8_t control = cursor.reader.u8();
    header.flags = cursor.reader.u8();
    header.subtype = control >> 4U;
    if ((control & 0x0cU) != 0x08U) return Next::Nothing;  // management, control, extension
    if ((header.subtype & kSubtypeNull) != 0 || (header.flags & kProtected) != 0) {
        return Next::Nothing;
    }
    cursor.reader.skip(2);
    header.address1 = take_address(cursor);
    header.address2 = take_address(cursor);
    header.address3 = take_address(cursor);
    const std::uint16_t sequence = cursor.reader.u16_le();
    if ((header.flags & (kToDs | kFromDs)) == (kToDs | kFromDs)) {
        header.address4 = take_address(cursor);
    }
    if ((header.subtype & kSubtypeQos) != 0) {
        header.amsdu = (cursor.reader.u8() & kAmsduPresent) != 0;
        cursor.reader.skip(1);
        if ((header.flags & kOrder) != 0) cursor.reader.skip(4);
    }
    if (padded) cursor.reader.skip((4 - (cursor.reader.offset() - header_start) % 4) % 4);
    take_addresses(cursor, header);
    // Frames fragmented at this layer are rare enough to leave alone.
    if ((header.flags & kMoreFragments) != 0 || (sequence & 0xfU) != 0) return Next::Nothing;
    if (!header.amsdu) return Next::Llc;
    cursor.view.more = cursor.reader.rest();
    return Next::Nothing;
}

}  // namespace

Next wifi(Cursor& cursor) noexcept {
    return data_frame(cursor, cursor.reader.offset(), false);
}

// version(1) pad(1) length(2) present(4, chained by bit 31), then fields; all little-endian. Only
// the flags field matters (bit 1), behind the TSFT (bit 0), which is aligned to 8 bytes.
Next radiotap(Cursor& cursor) noexcept {
    const std::size_t start = cursor.reader.offset();
    cursor.reader.skip(2);
    const std::size_t length = cursor.reader.u16_le();
    const std::uint32_t present = cursor.reader.u32_le();
    std::uint32_t word = present;
    while ((word & 0x80000000U) != 0 && cursor.reader.ok())
        word = cursor.reader.u32_le();
    std::uint8_t flags = 0;
    if ((present & 1U) != 0) {
        cursor.reader.skip((8 - (cursor.reader.offset() - start) % 8) % 8 + 8);
    }
    if ((present & 2U) != 0) flags = cursor.reader.u8();
    const std::size_t used = cursor.reader.offset() - start;
    if (used > length) cursor.reader.fail();
    cursor.reader.skip(cursor.reader.ok() ? length - used : 0);
    return data_frame(cursor, cursor.reader.offset(), (flags & kRadiotapFlagPad) != 0);
}

// message code(4) message length(4) in the order of the machine that captured; the length covers
// the header. Some drivers write an AVS header under this link type.
Next prism(Cursor& cursor) noexcept {
    Reader probe = cursor.reader;
    if ((probe.u32() & 0xfffff000U) == kAvsMagic) return avs(cursor);
    const std::uint32_t little = probe.u32_le();
    const std::size_t length = little < 0x10000U ? little : std::byteswap(little);
    if (length < 8) cursor.reader.fail();
    cursor.reader.skip(length);
    return wifi(cursor);
}

// magic and version(4) length(4), big-endian; the length covers the header.
Next avs(Cursor& cursor) noexcept {
    Reader probe = cursor.reader;
    probe.skip(4);
    const std::size_t length = probe.u32();
    if (length < 8) cursor.reader.fail();
    cursor.reader.skip(length);
    return wifi(cursor);
}

// version(1) flags(1) length(2) DLT(4), little-endian; the length covers the header.
Next ppi(Cursor& cursor) noexcept {
    Reader probe = cursor.reader;
    probe.skip(2);
    const std::size_t length = probe.u16_le();
    cursor.link_type = static_cast<std::uint16_t>(probe.u32_le());
    if (length < 8) cursor.reader.fail();
    cursor.reader.skip(8);
    cursor.identity(cursor.reader.bytes(length - 8));  // fields, places among them
    return Next::LinkType;
}

}  // namespace vedette::wire::link
