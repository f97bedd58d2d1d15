// Text written into room that the caller has made sure of: no allocation, no locale, no check per
// character but the end. What does not fit is cut. One thread.
#pragma once

#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "model/address.hpp"

namespace vedette::captures {

class TextCursor {
  public:
    TextCursor(char* begin, char* end) noexcept : begin_(begin), at_(begin), end_(end) {}

    [[nodiscard]] std::string_view text() const noexcept {
        return {begin_, static_cast<std::size_t>(at_ - begin_)};
    }
    /// Where the next character goes; back_to() takes back what was written since.
    [[nodiscard]] char* at() const noexcept { return at_; }
    void back_to(char* at) noexcept { at_ = at; }
    [[nodiscard]] std::size_t room() const noexcept { return static_cast<std::size_t>(end_ - at_); }

    void put(char c) noexcept {
        if (at_ != end_) *at_++ = c;
    }
    void put(std::string_view text) noexcept {
        const std::size_t count = text.size() < room() ? text.size() : room();
        std::memcpy(at_, text.data(), count);
        at_ += count;
    }
    void number(std::uint64_t value) noexcept {
        const auto [end, error] = std::to_chars(at_, end_, value);
        if (error == std::errc()) at_ = end;
    }
    /// Nine decimal digits with leading zeros; below 10^9.
    void nine_digits(std::uint32_t value) noexcept;
    /// Two digits in lower case.
    void hex(std::uint8_t value) noexcept;
    /// "1795262400.123456789", as frame.time_epoch; never an exponent.
    void epoch(Timestamp time) noexcept;
    void mac(const MacAddress& mac) noexcept;
    void ip(const IpAddress& address) noexcept;
    /// Text from the network: bytes outside printable ASCII become '.', at most `most` of them. It
    /// is remembered whether any was a comma or quotation mark.
    void printable(std::string_view text, std::size_t most) noexcept;

    /// Whether printable() wrote what CSV must quote.
    [[nodiscard]] bool needs_quotes() const noexcept { return needs_quotes_; }

  private:
    void ipv6(const IpAddress& address) noexcept;

    char* begin_;
    char* at_;
    char* end_;
    bool needs_quotes_ = false;
};

}  // namespace vedette::captures
