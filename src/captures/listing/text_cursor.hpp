// Text written into room that the caller has made sure of: no allocation, no locale, no check per
// character but the end. What does not fit is cut. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/time.hpp"
#include "captures/listing/fast_text.hpp"
#include "model/address.hpp"

namespace vedette::captures {

/// A short text that is copied whole, without a loop over its length.
struct Word {
    static constexpr std::size_t kMost = 15;

    char text[kMost] = {};
    std::uint8_t length = 0;

    constexpr Word() = default;
    /// Longer texts are cut.
    constexpr explicit Word(std::string_view from) noexcept {
        for (; length < from.size() && length < kMost; ++length)
            text[length] = from[length];
    }
    [[nodiscard]] std::string_view view() const noexcept { return {text, length}; }
};

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
        if (text.size() > room()) [[unlikely]]
            text = text.substr(0, room());
        std::memcpy(at_, text.data(), text.size());
        at_ += text.size();
    }
    void put(const Word& word) noexcept {
        if (room() < sizeof word.text) [[unlikely]]
            return put(word.view());
        std::memcpy(at_, word.text, sizeof word.text);
        at_ += word.length;
    }
    void number(std::uint64_t value) noexcept {
        if (room() < 24) [[unlikely]]
            return number_near_end(value);
        at_ = fast_text::number(at_, value);
    }
    /// Nine decimal digits with leading zeros; below 10^9.
    void nine_digits(std::uint32_t value) noexcept {
        if (room() >= 9) at_ = fast_text::nine_digits(at_, value);
    }
    /// Two digits in lower case.
    void hex(std::uint8_t value) noexcept;
    /// "1795262400.123456789", as frame.time_epoch; never an exponent.
    void epoch(Timestamp time) noexcept;
    void mac(const MacAddress& mac) noexcept {
        if (room() >= 19) at_ = fast_text::mac(at_, mac.octets.data());
    }
    void ip(const IpAddress& address) noexcept {
        if (!address.is_v4()) return ipv6(address);
        if (room() >= 16) at_ = fast_text::ipv4(at_, address.octets.data() + 12);
    }
    /// Text from the network: bytes outside printable ASCII become '.', at most `most` of them. It
    /// is remembered whether any was a comma or quotation mark.
    void printable(std::string_view text, std::size_t most) noexcept;

    /// Whether printable() wrote what CSV must quote.
    [[nodiscard]] bool needs_quotes() const noexcept { return needs_quotes_; }

  private:
    void number_near_end(std::uint64_t value) noexcept;
    void ipv6(const IpAddress& address) noexcept;

    char* begin_;
    char* at_;
    char* end_;
    bool needs_quotes_ = false;
};

}  // namespace vedette::captures
