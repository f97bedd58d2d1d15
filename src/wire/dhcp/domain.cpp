#include "wire/dhcp/domain.hpp"

#include <cstring>

namespace vedette::wire::dhcp {

bool DomainCursor::next(dns::NameBuffer& name) noexcept {
    name.length = 0;
    partial_ = false;
    if (damaged_ || offset_ >= list_.size()) return false;
    std::size_t length = 0;
    std::size_t chunk = offset_;  // labels are read from here on; pointers lead before it
    Reader in{list_.subspan(chunk)};
    for (bool jumped = false;;) {
        if (in.at_end() && length != 0 && !jumped && length < dns::kMaxNameBytes) {
            partial_ = true;
            name.bytes[length++] = 0;
            offset_ = list_.size();
            break;
        }
        const std::uint8_t head = in.peek();
        if (head >= 0xc0 && compression_ == DomainCompression::Allowed) {
            const std::size_t target = in.u16() & 0x3fffU;
            if (!in.ok() || target >= chunk) return damaged_ = true, false;
            if (!jumped) offset_ = chunk + in.offset();
            jumped = true;
            chunk = target;  // strictly smaller each time, so the walk ends
            in = Reader{list_.subspan(chunk)};
            continue;
        }
        const ByteView label = in.bytes(std::size_t{1} + head);
        if (!in.ok() || head > dns::kMaxLabelBytes || length + label.size() > dns::kMaxNameBytes) {
            return damaged_ = true, false;
        }
        std::memcpy(name.bytes.data() + length, label.data(), label.size());
        length += label.size();
        if (head != 0) continue;
        if (!jumped) offset_ = chunk + in.offset();
        break;
    }
    name.length = static_cast<std::uint8_t>(length);
    return true;
}

bool is_sound_domain_list(ByteView list, DomainCompression compression) noexcept {
    DomainCursor cursor(list, compression);
    for (dns::NameBuffer name; cursor.next(name);) {
        if (cursor.partial()) return false;
    }
    return !cursor.damaged();
}

}  // namespace vedette::wire::dhcp
