// The one loop over a name's labels and pointers; inspection counts with it, expansion copies.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "wire/anomaly/anomaly.hpp"
#include "wire/dns/name.hpp"
#include "wire/reader/reader.hpp"

namespace vedette::wire::dns {

/// What a pointer at `at`, met while reading labels that began at `chunk`, does wrong.
[[nodiscard]] inline AnomalyId pointer_anomaly(std::size_t target, std::size_t at,
                                               std::size_t chunk) noexcept {
    if (target < kHeaderBytes) return AnomalyId::DnsPointerHeader;
    if (target >= at) return AnomalyId::DnsPointerForward;
    return target >= chunk ? AnomalyId::DnsPointerLoop : AnomalyId::None;
}

/// Why the label at `at` cannot be read, or ends a name that is too long.
[[nodiscard]] inline AnomalyId label_anomaly(std::size_t at, bool whole,
                                             std::size_t message_bytes) noexcept {
    if (whole) return AnomalyId::DnsNameTooLong;
    return at >= message_bytes ? AnomalyId::DnsNameTruncated : AnomalyId::DnsLabelOverrun;
}

/// Calls on_label(offset, bytes) for each label of the name at `offset`, its length byte and the
/// root included, and on_pointer(target, length so far) for each sound pointer, which may end the
/// walk early by returning the uncompressed length of what stands at the target (0 goes on).
template <typename OnLabel, typename OnPointer>
NameExtent walk_name(ByteView message, std::size_t offset, OnLabel&& on_label,
                     OnPointer&& on_pointer) noexcept {
    NameExtent extent;
    std::size_t length = 0;
    std::size_t chunk = offset;
    Reader in{message.subspan(chunk)};
    for (unsigned pointers = 0;;) {
        if (pointers != 0) ++extent.steps;
        const std::size_t at = chunk + in.offset();
        const std::uint8_t head = in.u8();
        if (head <= kMaxLabelBytes) [[likely]] {
            in.skip(head);
            length += std::size_t{1} + head;
            if (!in.ok() || length > kMaxNameBytes) [[unlikely]] {
                extent.damage.report(label_anomaly(at, in.ok(), message.size()), at);
                return extent;
            }
            on_label(at, std::size_t{1} + head);
            if (head != 0) continue;
            if (pointers == 0) extent.end = static_cast<std::uint32_t>(at + 1);
            break;
        }
        const std::size_t target = (head & 0x3fU) << 8U | in.u8();
        const AnomalyId wrong = head < 0xc0                 ? AnomalyId::DnsLabelType
                                : !in.ok()                  ? AnomalyId::DnsNameTruncated
                                : ++pointers > kMaxPointers ? AnomalyId::DnsPointerExcess
                                                            : pointer_anomaly(target, at, chunk);
        if (wrong != AnomalyId::None) [[unlikely]] {
            extent.damage.report(wrong, at);
            return extent;
        }
        if (pointers == 1) extent.end = static_cast<std::uint32_t>(at + 2);
        if (const std::size_t known = on_pointer(target, length); known != 0) {
            length += known;
            if (length > kMaxNameBytes) extent.damage.report(AnomalyId::DnsNameTooLong, at);
            break;
        }
        chunk = target;
        in = Reader{message.subspan(chunk)};
    }
    extent.length = static_cast<std::uint16_t>(length);
    return extent;
}

}  // namespace vedette::wire::dns
