#include "wire/nbns/name.hpp"

#include <algorithm>

#include "wire/reader/reader.hpp"

namespace vedette::wire::nbns {
namespace {

constexpr std::uint16_t kGroupFlag = 0x8000;

/// Length without the padding of spaces, or of zeros as `*` has it.
std::uint8_t unpadded(const std::array<std::uint8_t, kNameBytes>& bytes) noexcept {
    std::size_t length = kNameBytes;
    while (length > 0 && (bytes[length - 1] == ' ' || bytes[length - 1] == 0))
        --length;
    return static_cast<std::uint8_t>(length);
}

}  // namespace

bool decode_name(ByteView name, NetbiosName& out) noexcept {
    Reader in{name};
    if (in.u8() != kEncodedBytes) return false;
    for (std::size_t i = 0; i <= kNameBytes; ++i) {
        const unsigned high = in.u8() - unsigned{'A'};
        const unsigned low = in.u8() - unsigned{'A'};
        if (high > 15 || low > 15) return false;
        const auto byte = static_cast<std::uint8_t>(high << 4U | low);
        if (i < kNameBytes)
            out.bytes[i] = byte;
        else
            out.suffix = byte;
    }
    out.scope = in.rest();
    out.length = unpadded(out.bytes);
    return !out.scope.empty();
}

std::string_view suffix_word(std::uint8_t suffix) noexcept {
    switch (suffix) {
        case 0x00:
            return "workstation";
        case 0x03:
            return "messenger";
        case 0x06:
            return "remote access server";
        case 0x1b:
            return "domain master browser";
        case 0x1c:
            return "domain controllers";
        case 0x1d:
            return "master browser";
        case 0x1e:
            return "browser election";
        case 0x20:
            return "file server";
        case 0x21:
            return "remote access client";
        default:
            return {};
    }
}

std::string_view opcode_word(std::uint8_t opcode) noexcept {
    switch (opcode) {
        case 0:
            return "query";
        case 5:
            return "registration";
        case 6:
            return "release";
        case 7:
            return "wait";
        case 8:
        case 9:
            return "refresh";
        case 15:
            return "multi-homed registration";
        default:
            return {};
    }
}

bool NbAddresses::next(NbAddress& entry) noexcept {
    Reader in{rest_};
    const std::uint16_t flags = in.u16();
    const ByteView address = in.bytes(4);
    if (!in.ok()) return false;
    entry.group = (flags & kGroupFlag) != 0;
    entry.node_type = static_cast<std::uint8_t>(flags >> 13U & 3U);
    entry.address = address;
    rest_ = in.rest();
    return true;
}

StatusNames::StatusNames(ByteView rdata) noexcept {
    Reader in{rdata};
    left_ = in.u8();
    rest_ = in.rest();
}

bool StatusNames::next(StatusName& entry) noexcept {
    if (left_ == 0) return false;
    --left_;
    Reader in{rest_};
    const ByteView name = in.bytes(kNameBytes);
    const std::uint8_t suffix = in.u8();
    const std::uint16_t flags = in.u16();
    if (!in.ok()) {
        left_ = 0;
        return false;
    }
    std::ranges::copy(name, entry.name.bytes.begin());
    entry.name.length = unpadded(entry.name.bytes);
    entry.name.suffix = suffix;
    entry.name.scope = {};
    entry.group = (flags & kGroupFlag) != 0;
    rest_ = in.rest();
    return true;
}

}  // namespace vedette::wire::nbns
