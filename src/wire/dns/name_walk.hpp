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

/// Calls on_label(length byte and label) for each label of the name at `offset`, the root included,
/// and on_pointer(target) for each sound pointer, which may end the walk early by returning the
/// uncompressed length of what stands at the target (0 goes on).
template <typename OnLabel, typename OnPointer>
NameExtent walk_name(ByteView message, std::size_t offset, OnLabel&& on_label,
                     OnPointer&& on_pointer) noexcept {
    NameExtent extent;
    std::size_t chunk = offset;
    Reader in{message.subspan(chunk)};
    for (unsigned pointers = 0;;) {
        const std::size_t at = chunk + in.offset();
        const std::uint8_t head = in.peek();
        if (head <= kMaxLabelBytes) [[likely]] {
            const ByteView label = in.bytes(std::size_t{1} + head);
            if (!in.ok()) [[unlikely]] {
                extent.damage.report(
                    at >= message.size() ? AnomalyId::DnsNameTruncated : AnomalyId::DnsLabelOverrun,
                    at);
                return extent;
            }
            extent.length = static_cast<std::uint16_t>(extent.length + label.size());
            if (extent.length > kMaxNameBytes) [[unlikely]] {
                extent.damage.report(AnomalyId::DnsNameTooLong, at);
                return extent;
            }
            on_label(label);
            if (head != 0) continue;
            if (pointers == 0) extent.end = static_cast<std::uint32_t>(at + 1);
            return extent;
        }
        const std::size_t target = in.u16() & 0x3fffU;
        AnomalyId wrong = AnomalyId::None;
        if (head < 0xc0) {
            wrong = AnomalyId::DnsLabelType;
        } else if (!in.ok()) {
            wrong = AnomalyId::DnsNameTruncated;
        } else {
            wrong = ++pointers > kMaxPointers ? AnomalyId::DnsPointerExcess
                                              : pointer_anomaly(target, at, chunk);
        }
        if (wrong != AnomalyId::None) [[unlikely]] {
            extent.damage.report(wrong, at);
            return extent;
        }
        if (pointers == 1) extent.end = static_cast<std::uint32_t>(at + 2);
        if (const std::uint16_t known = on_pointer(target, extent.length); known != 0) {
            extent.length = static_cast<std::uint16_t>(extent.length + known);
            if (extent.length > kMaxNameBytes) extent.damage.report(AnomalyId::DnsNameTooLong, at);
            return extent;
        }
        chunk = target;
        in = Reader{message.subspan(chunk)};
    }
}

}  // namespace vedette::wire::dns
