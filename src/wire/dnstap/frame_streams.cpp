#include "wire/dnstap/frame_streams.hpp"

#include <algorithm>

#include "wire/reader/reader.hpp"

namespace vedette::wire::dnstap {
namespace {

constexpr std::uint32_t kFieldContentType = 1;  // FSTRM_CONTROL_FIELD_CONTENT_TYPE

bool is_control(std::uint32_t type) noexcept {
    return type >= static_cast<std::uint32_t>(Control::Accept) &&
           type <= static_cast<std::uint32_t>(Control::Finish);
}

/// Control frame: 4 octets type, then fields of 4 octets type, 4 octets length, value.
void inspect_control(Reader reader, FrameView& view) noexcept {
    const std::uint32_t type = reader.u32();
    bool any = false;
    while (reader.ok() && !reader.at_end()) {
        const std::uint32_t field = reader.u32();
        const std::uint32_t length = reader.u32();
        const ByteView value = reader.bytes(length);
        if (field != kFieldContentType) reader.fail();
        any = true;
        view.speaks_dnstap = view.speaks_dnstap || as_text(value) == kContentType;
    }
    view.speaks_dnstap = view.speaks_dnstap || !any;
    view.control = static_cast<Control>(type);
    view.kind = reader.ok() && is_control(type) ? FrameKind::Control : FrameKind::Broken;
}

void put_u32(std::array<std::uint8_t, kControlFrameBytes>& out, std::size_t at,
             std::size_t value) noexcept {
    for (unsigned i = 0; i < 4; ++i)
        out[at + i] = static_cast<std::uint8_t>(value >> (24U - 8U * i));
}

}  // namespace

FrameView inspect_frame(ByteView bytes) noexcept {
    FrameView view;
    Reader reader(bytes);
    if (reader.remaining() < 4) return view;
    const std::uint32_t length = reader.u32();
    if (length > kMaxDataFrame) {
        view.kind = FrameKind::Broken;
        return view;
    }
    if (length != 0) {
        if (reader.remaining() < length) return view;
        view.kind = FrameKind::Data;
        view.data = reader.bytes(length);
        view.size = reader.offset();
        return view;
    }
    if (reader.remaining() < 4) return view;
    const std::uint32_t control = reader.u32();
    if (control > kMaxControlFrame || control < 4) {
        view.kind = FrameKind::Broken;
        return view;
    }
    if (reader.remaining() < control) return view;
    inspect_control(reader.child(control), view);
    view.size = reader.offset();
    return view;
}

ByteView write_control(Control control,
                       std::array<std::uint8_t, kControlFrameBytes>& out) noexcept {
    // STOP and FINISH carry no fields.
    const bool typed = control != Control::Stop && control != Control::Finish;
    const std::size_t length = typed ? 12 + kContentType.size() : 4;
    put_u32(out, 0, 0);
    put_u32(out, 4, length);
    put_u32(out, 8, static_cast<std::uint32_t>(control));
    if (!typed) return ByteView(out).first(12);
    put_u32(out, 12, kFieldContentType);
    put_u32(out, 16, kContentType.size());
    std::ranges::copy(as_bytes(kContentType), out.begin() + 20);
    return ByteView(out);
}

}  // namespace vedette::wire::dnstap
