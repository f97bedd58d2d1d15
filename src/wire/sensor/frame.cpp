#include "wire/sensor/frame.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "wire/reader/reader.hpp"

namespace vedette::wire::sensor {
namespace {

constexpr std::uint8_t kLastType = static_cast<std::uint8_t>(FrameType::Spoiled);

template <typename T>
void put(std::span<std::uint8_t> out, std::size_t at, T value) noexcept {
    if constexpr (std::endian::native == std::endian::little) value = std::byteswap(value);
    std::memcpy(out.data() + at, &value, sizeof(value));
}

std::string_view read_text(Reader& reader) noexcept {
    const std::uint16_t length = reader.u16();
    return as_text(reader.bytes(length));
}

FrameFault judge(const FrameHeader& header) noexcept {
    if (header.type != FrameType::Batch)
        return header.payload_bytes > kMaxControl || header.batch_bytes != 0 ? FrameFault::Size
                                                                             : FrameFault::None;
    return header.payload_bytes == 0 || header.payload_bytes > kMaxPayload ||
                   header.batch_bytes == 0 || header.batch_bytes > kMaxBatch
               ? FrameFault::Size
               : FrameFault::None;
}

}  // namespace

std::string_view to_text(FrameFault fault) noexcept {
    switch (fault) {
        case FrameFault::None:
            return "nothing";
        case FrameFault::NotOurs:
            return "not a frame of this protocol";
        case FrameFault::Version:
            return "another version of the protocol";
        case FrameFault::Type:
            return "an unknown type of frame";
        case FrameFault::Size:
            return "a frame larger than allowed";
    }
    return "unknown";
}

HeaderView inspect_header(ByteView bytes) noexcept {
    Reader reader(bytes);
    HeaderView view;
    const std::uint32_t magic = reader.u32();
    view.header.version = reader.u8();
    const std::uint8_t type = reader.u8();
    const std::uint16_t flags = reader.u16();
    view.header.payload_bytes = reader.u32();
    view.header.batch_bytes = reader.u32();
    view.header.sequence = reader.u64();
    view.header.time = Timestamp{static_cast<std::int64_t>(reader.u64())};
    if (!reader.ok() || magic != kMagic)
        view.fault = FrameFault::NotOurs;
    else if (view.header.version < kOldestVersion || view.header.version > kVersion)
        view.fault = FrameFault::Version;
    else if (type == 0 || type > kLastType || flags != 0)
        view.fault = FrameFault::Type;
    if (!view.ok()) return view;
    view.header.type = static_cast<FrameType>(type);
    view.fault = judge(view.header);
    return view;
}

std::array<std::uint8_t, kHeaderBytes> write_header(const FrameHeader& header) noexcept {
    std::array<std::uint8_t, kHeaderBytes> out{};
    put(out, 0, kMagic);
    out[4] = header.version;
    out[5] = static_cast<std::uint8_t>(header.type);
    put(out, 8, header.payload_bytes);
    put(out, 12, header.batch_bytes);
    put(out, 16, header.sequence);
    put(out, 24, static_cast<std::uint64_t>(header.time.nanos));
    return out;
}

std::optional<HelloView> inspect_hello(ByteView payload) noexcept {
    Reader reader(payload);
    HelloView hello;
    hello.stream = reader.bytes(kStreamIdBytes);
    hello.name = read_text(reader);
    hello.token = read_text(reader);
    hello.version = read_text(reader);
    // What a later version appends is not for us.
    if (!reader.ok()) return std::nullopt;
    return hello;
}

ByteView write_hello(const HelloView& hello, std::array<std::uint8_t, kMaxControl>& out) noexcept {
    const std::array<std::string_view, 3> texts{hello.name, hello.token, hello.version};
    std::size_t total = kStreamIdBytes;
    for (const std::string_view text : texts)
        total += 2 + text.size();
    if (hello.stream.size() != kStreamIdBytes || total > out.size()) return {};
    std::ranges::copy(hello.stream, out.begin());
    std::size_t at = kStreamIdBytes;
    for (const std::string_view text : texts) {
        put(out, at, static_cast<std::uint16_t>(text.size()));
        std::ranges::copy(as_bytes(text), out.begin() + static_cast<std::ptrdiff_t>(at) + 2);
        at += 2 + text.size();
    }
    return ByteView(out.data(), total);
}

std::optional<Status> inspect_status(ByteView payload) noexcept {
    Reader reader(payload);
    Status status;
    status.events = reader.u64();
    status.dropped_events = reader.u64();
    status.spooled_batches = reader.u64();
    status.spooled_bytes = reader.u64();
    if (!reader.ok()) return std::nullopt;
    return status;
}

std::array<std::uint8_t, kStatusBytes> write_status(const Status& status) noexcept {
    std::array<std::uint8_t, kStatusBytes> out{};
    put(out, 0, status.events);
    put(out, 8, status.dropped_events);
    put(out, 16, status.spooled_batches);
    put(out, 24, status.spooled_bytes);
    return out;
}

}  // namespace vedette::wire::sensor
