// Big-endian writing into a growing buffer. The generator builds its packets with this and not with
// the program's own encoders: a mistake shared by writer and reader would never show. One thread.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "model/address.hpp"

namespace demo {

using vedette::ByteView;
using vedette::IpAddress;
using vedette::MacAddress;

class Octets {
  public:
    Octets& number(std::uint64_t value, unsigned bytes) {
        while (bytes-- > 0)
            data_.push_back(static_cast<std::uint8_t>(value >> (8 * bytes)));
        return *this;
    }
    Octets& u8(std::uint64_t value) { return number(value, 1); }
    Octets& u16(std::uint64_t value) { return number(value, 2); }
    Octets& u32(std::uint64_t value) { return number(value, 4); }
    Octets& raw(ByteView bytes) {
        data_.insert(data_.end(), bytes.begin(), bytes.end());
        return *this;
    }
    Octets& text(std::string_view text) { return raw(vedette::as_bytes(text)); }
    Octets& mac(const MacAddress& mac) { return raw(mac.octets); }
    Octets& ip(const IpAddress& ip) { return raw(ip.bytes()); }
    Octets& zeros(std::size_t count) {
        data_.insert(data_.end(), count, 0);
        return *this;
    }
    /// A character string: one length byte, then the text.
    Octets& counted(std::string_view value) { return u8(value.size()).text(value); }

    void set16(std::size_t at, std::uint64_t value) {
        data_[at] = static_cast<std::uint8_t>(value >> 8U);
        data_[at + 1] = static_cast<std::uint8_t>(value);
    }
    [[nodiscard]] std::size_t size() const { return data_.size(); }
    [[nodiscard]] ByteView view() const { return data_; }
    [[nodiscard]] std::vector<std::uint8_t>& bytes() { return data_; }

  private:
    std::vector<std::uint8_t> data_;
};

}  // namespace demo
