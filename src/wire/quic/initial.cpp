#include "wire/quic/initial.hpp"

namespace vedette::wire::quic {
namespace {

constexpr std::uint32_t kDraftMask = 0xffff'ff00;
constexpr std::uint32_t kDrafts = 0xff00'0000;
constexpr std::uint8_t kLongHeader = 0xc0;  // form and fixed bit
constexpr std::size_t kLeastSealed = 20;    // four bytes of number, sixteen that mask it

enum FrameType : std::uint8_t { kPadding = 0, kPing = 1, kAck = 2, kAckEcn = 3, kCrypto = 6 };

/// RFC 9000 16: two bits say how many bytes.
std::uint64_t read_varint(Reader& reader) noexcept {
    const std::uint8_t first = reader.u8();
    std::uint64_t value = first & 0x3fU;
    for (unsigned more = (1U << (first >> 6U)) - 1; more != 0; --more)
        value = value << 8U | reader.u8();
    return value;
}

bool is_initial_type(std::uint8_t first, std::uint32_t version) noexcept {
    if ((first & kLongHeader) != kLongHeader) return false;
    const unsigned type = first >> 4U & 3U;
    if (version == kVersion2) return type == 1;
    return type == 0 && (version == kVersion1 || (version & kDraftMask) == kDrafts);
}

/// largest, delay, ranges, first range, then two numbers a range; with ECN three counters.
void skip_ack(Reader& reader, std::uint8_t type) noexcept {
    (void)read_varint(reader);
    (void)read_varint(reader);
    const std::uint64_t ranges = read_varint(reader);
    (void)read_varint(reader);
    if (ranges > reader.remaining()) return reader.fail();
    for (std::uint64_t i = 0; i < 2 * ranges; ++i)
        (void)read_varint(reader);
    for (int i = 0; type == kAckEcn && i < 3; ++i)
        (void)read_varint(reader);
}

}  // namespace

// form, fixed bit and type(8) | version(32) | id length(8) id | id length(8) id | token | length |
// packet number, masked | sealed frames
InitialView read_initial(ByteView datagram) noexcept {
    InitialView view;
    Reader reader{datagram};
    const std::uint8_t first = reader.u8();
    view.version = reader.u32();
    const std::size_t destination = reader.u8();
    view.destination_id = reader.bytes(destination);
    const std::size_t source = reader.u8();
    reader.skip(source);
    view.is_initial = reader.ok() && destination <= kMaxConnectionId &&
                      source <= kMaxConnectionId && is_initial_type(first, view.version);
    if (!view.is_initial) return view;
    const std::uint64_t token = read_varint(reader);
    if (token > reader.remaining()) return view;
    reader.skip(static_cast<std::size_t>(token));
    const std::uint64_t length = read_varint(reader);
    if (!reader.ok() || length > reader.remaining() || length < kLeastSealed) return view;
    view.number_offset = reader.offset();
    view.end = view.number_offset + static_cast<std::size_t>(length);
    view.whole = true;
    return view;
}

bool CryptoFrames::next(CryptoFrame& frame) noexcept {
    while (reader_.ok() && !reader_.at_end()) {
        const std::uint8_t type = reader_.u8();
        if (type == kPadding || type == kPing) continue;
        if (type == kAck || type == kAckEcn) {
            skip_ack(reader_, type);
            continue;
        }
        if (type != kCrypto) return false;
        frame.offset = read_varint(reader_);
        const std::uint64_t length = read_varint(reader_);
        if (!reader_.ok() || length > reader_.remaining()) return false;
        frame.data = reader_.bytes(static_cast<std::size_t>(length));
        return true;
    }
    return false;
}

}  // namespace vedette::wire::quic
