// For tests and benchmarks: DHCP messages put together field by field.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace vedette::wire::dhcp {

using Bytes = std::vector<std::uint8_t>;

inline void put(Bytes& out, std::uint64_t value, unsigned octets) {
    while (octets-- > 0)
        out.push_back(static_cast<std::uint8_t>(value >> (8U * octets)));
}
inline void put(Bytes& out, ByteView bytes) {
    out.insert(out.end(), bytes.begin(), bytes.end());
}

/// A BOOTP/DHCPv4 message: 240 fixed bytes, then what is added.
class Example4 {
  public:
    explicit Example4(std::uint8_t op, std::uint32_t xid = 0x01020304,
                      std::uint64_t mac = 0x000c29aabb01) {
        bytes_ = {op, 1, 6, 0};
        put(bytes_, xid, 4);
        bytes_.resize(28);
        put(bytes_, mac, 6);
        bytes_.resize(236);
        put(bytes_, 0x63825363, 4);
    }
    Example4& address(std::size_t offset, std::uint32_t value) {
        for (std::size_t i = 0; i < 4; ++i) {
            bytes_[offset + i] = static_cast<std::uint8_t>(value >> (24U - 8U * i));
        }
        return *this;
    }
    Example4& ciaddr(std::uint32_t value) { return address(12, value); }
    Example4& yiaddr(std::uint32_t value) { return address(16, value); }
    Example4& giaddr(std::uint32_t value) { return address(24, value); }
    Example4& at(std::size_t offset, ByteView bytes) {
        for (std::size_t i = 0; i < bytes.size(); ++i)
            bytes_[offset + i] = bytes[i];
        return *this;
    }
    Example4& option(std::uint8_t code, ByteView data) {
        bytes_.push_back(code);
        bytes_.push_back(static_cast<std::uint8_t>(data.size()));
        put(bytes_, data);
        return *this;
    }
    Example4& option(std::uint8_t code, std::initializer_list<std::uint8_t> data) {
        return option(code, ByteView(data.begin(), data.size()));
    }
    Example4& option(std::uint8_t code, std::string_view text) {
        return option(code, as_bytes(text));
    }
    Example4& number(std::uint8_t code, std::uint64_t value, unsigned octets) {
        Bytes data;
        put(data, value, octets);
        return option(code, ByteView(data));
    }
    Example4& type(std::uint8_t value) { return number(53, value, 1); }
    [[nodiscard]] Bytes end() const {
        Bytes whole = bytes_;
        whole.push_back(255);
        return whole;
    }
    [[nodiscard]] Bytes unended() const { return bytes_; }

  private:
    Bytes bytes_;
};

/// A DHCPv6 option.
inline Bytes option6(std::uint16_t code, ByteView data) {
    Bytes out;
    put(out, code, 2);
    put(out, data.size(), 2);
    put(out, data);
    return out;
}
inline Bytes option6(std::uint16_t code, std::initializer_list<std::uint8_t> data) {
    return option6(code, ByteView(data.begin(), data.size()));
}
inline Bytes joined(std::initializer_list<Bytes> parts) {
    Bytes out;
    for (const Bytes& part : parts)
        put(out, part);
    return out;
}

inline Bytes message6(std::uint8_t type, std::uint32_t xid, const Bytes& options) {
    Bytes out{type};
    put(out, xid, 3);
    put(out, options);
    return out;
}
/// 16 bytes: 2001:db8::`tail`.
inline Bytes address6(std::uint64_t tail) {
    Bytes out;
    put(out, 0x20010db8, 4);
    put(out, 0, 4);
    put(out, tail, 8);
    return out;
}
inline Bytes relay6(std::uint8_t type, std::uint8_t hops, const Bytes& options) {
    Bytes out{type, hops};
    put(out, address6(0xaaaa));
    put(out, 0xfe80, 2);
    put(out, 0, 6);
    put(out, 0x020c29fffeaabb01, 8);
    put(out, options);
    return out;
}
inline Bytes ia_na(std::uint32_t iaid, const Bytes& address, std::uint32_t valid) {
    Bytes inner = address;
    put(inner, valid / 2, 4);
    put(inner, valid, 4);
    Bytes ia;
    put(ia, iaid, 4);
    put(ia, valid / 4, 4);
    put(ia, valid / 3, 4);
    put(ia, option6(5, ByteView(inner)));
    return option6(3, ByteView(ia));
}
inline Bytes ia_pd(std::uint32_t iaid, const Bytes& prefix, std::uint8_t length,
                   std::uint32_t valid) {
    Bytes inner;
    put(inner, valid / 2, 4);
    put(inner, valid, 4);
    inner.push_back(length);
    put(inner, prefix);
    Bytes ia;
    put(ia, iaid, 4);
    put(ia, 0, 8);
    put(ia, option6(26, ByteView(inner)));
    return option6(25, ByteView(ia));
}
/// DUID-LL of an Ethernet card.
inline Bytes duid_ll(std::uint64_t mac) {
    Bytes out{0, 3, 0, 1};
    put(out, mac, 6);
    return out;
}

}  // namespace vedette::wire::dhcp
