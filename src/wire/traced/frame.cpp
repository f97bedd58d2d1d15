#include "wire/traced/frame.hpp"

#include "wire/reader/reader.hpp"

namespace vedette::wire::traced {
namespace {

struct KindRow {
    PayloadKind kind;
    std::uint16_t link_type;  // LINKTYPE_ value
};

// In a link's first row stands what it is sent as.
constexpr std::array kKinds{
    KindRow{PayloadKind::Ethernet, 1},      KindRow{PayloadKind::Ip, 101},
    KindRow{PayloadKind::Ip, 12},           KindRow{PayloadKind::Ip, 14},
    KindRow{PayloadKind::Ip, 228},          KindRow{PayloadKind::Ip, 229},
    KindRow{PayloadKind::LinuxCooked, 113}, KindRow{PayloadKind::LinuxCooked2, 276},
    KindRow{PayloadKind::BsdLoopback, 0},   KindRow{PayloadKind::OpenBsdLoopback, 108},
    KindRow{PayloadKind::Wifi, 105},        KindRow{PayloadKind::WifiRadiotap, 127},
    KindRow{PayloadKind::Ppp, 9},
};

constexpr std::uint8_t kSpareFlags = 0x30;
constexpr std::int64_t kSecondsPerDay = 86'400;

// A leap second is second 60.
bool is_time_of_day(const Header& header) noexcept {
    return header.hour < 24 && header.minute < 60 && header.second <= 60 &&
           header.nanos < kNanosPerSecond;
}

bool is_length(const Header& header) noexcept {
    return header.length <= kMaxPayloadBytes && (header.answer || header.length != 0);
}

}  // namespace

PayloadKind kind_of_link(std::uint16_t link_type) noexcept {
    for (const KindRow& row : kKinds) {
        if (row.link_type == link_type) return row.kind;
    }
    return PayloadKind::Message;
}

bool link_of_kind(PayloadKind kind, std::uint16_t& link_type) noexcept {
    for (const KindRow& row : kKinds) {
        if (row.kind != kind) continue;
        link_type = row.link_type;
        return true;
    }
    return false;
}

void Header::set_time(Timestamp time) noexcept {
    std::int64_t seconds = time.nanos / kNanosPerSecond;
    std::int64_t rest = time.nanos % kNanosPerSecond;
    if (rest < 0) {  // before 1970
        rest += kNanosPerSecond;
        --seconds;
    }
    const std::int64_t day = ((seconds % kSecondsPerDay) + kSecondsPerDay) % kSecondsPerDay;
    hour = static_cast<std::uint8_t>(day / 3'600);
    minute = static_cast<std::uint8_t>(day / 60 % 60);
    second = static_cast<std::uint8_t>(day % 60);
    nanos = static_cast<std::uint32_t>(rest);
}

FrameView read_frame(ByteView bytes) noexcept {
    FrameView view;
    Reader reader{bytes};
    // As soon as its octets are there: a peer of another kind need not send eighteen.
    const std::uint16_t magic = reader.u16();
    if (reader.ok() && magic != kMagic) view.damage.report(AnomalyId::TracedMagic, 0);
    const std::uint8_t version = reader.u8();
    if (reader.ok() && version != kVersion) view.damage.report(AnomalyId::TracedVersion, 2);
    const std::uint8_t flags = reader.u8();
    Header& header = view.header;
    header.answer = (flags & kFlagAnswer) != 0;
    header.more = (flags & kFlagMore) != 0;
    header.kind = static_cast<PayloadKind>(flags & kKindMask);
    header.hour = reader.u8();
    header.minute = reader.u8();
    header.second = reader.u8();
    header.nanos = reader.u32();
    header.id = std::uint32_t{reader.u8()} << 16U;
    header.id |= reader.u16();
    header.length = reader.u32();
    if (view.damage) return view;
    if (!reader.ok()) {
        view.damage.report(AnomalyId::TracedTruncated, reader.failure_offset());
        return view;
    }
    if (!is_length(header)) {
        view.damage.report(AnomalyId::TracedLength, 14);
    } else if (!is_time_of_day(header)) {
        view.damage.report(AnomalyId::TracedTime, 4);
    } else if (header.length > reader.remaining()) {
        view.damage.report(AnomalyId::TracedTruncated, bytes.size());
    } else {
        view.payload = reader.bytes(header.length);
        view.whole = true;
    }
    return view;
}

bool starts_frame(ByteView bytes) noexcept {
    const FrameView view = read_frame(bytes);
    Reader reader{bytes};
    reader.skip(3);
    const bool spare = (reader.u8() & kSpareFlags) != 0;
    return bytes.size() >= kHeaderBytes && !view.broken() && !spare;
}

HeaderBytes write_header(const Header& header) noexcept {
    const auto octet = [](std::uint32_t value, unsigned shift) {
        return static_cast<std::uint8_t>(value >> shift);
    };
    const auto flags = static_cast<std::uint8_t>((header.answer ? kFlagAnswer : 0U) |
                                                 (header.more ? kFlagMore : 0U) |
                                                 static_cast<std::uint8_t>(header.kind));
    return {octet(kMagic, 8),
            octet(kMagic, 0),
            kVersion,
            flags,
            header.hour,
            header.minute,
            header.second,
            octet(header.nanos, 24),
            octet(header.nanos, 16),
            octet(header.nanos, 8),
            octet(header.nanos, 0),
            octet(header.id, 16),
            octet(header.id, 8),
            octet(header.id, 0),
            octet(header.length, 24),
            octet(header.length, 16),
            octet(header.length, 8),
            octet(header.length, 0)};
}

}  // namespace vedette::wire::traced
