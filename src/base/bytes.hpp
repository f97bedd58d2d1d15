// Borrowed bytes, and slices that name bytes inside a batch's arena by offset, so that a batch can
// grow and move without invalidating its events.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/assert.hpp"

namespace vedette {

/// Read-only bytes owned by somebody else.
using ByteView = std::span<const std::uint8_t>;

/// The same bytes as characters, for text fields.
[[nodiscard]] inline std::string_view as_text(ByteView bytes) noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
[[nodiscard]] inline ByteView as_bytes(std::string_view text) noexcept {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// `length` bytes at `offset` of the arena that belongs to the same batch. Empty by default.
struct ByteSlice {
    std::uint32_t offset = 0;
    std::uint32_t length = 0;

    [[nodiscard]] bool empty() const noexcept { return length == 0; }
    /// The part of this slice from `from`, at most `count` bytes; clipped to the slice.
    [[nodiscard]] ByteSlice part(std::uint32_t from, std::uint32_t count) const noexcept {
        if (from > length) from = length;
        if (count > length - from) count = length - from;
        return {offset + from, count};
    }
};

/// Append-only bytes of one batch; at most 4 GiB. Not thread safe.
class ByteArena {
  public:
    ByteSlice append(ByteView bytes) {
        VEDETTE_ASSERT(bytes_.size() + bytes.size() <= UINT32_MAX);
        const ByteSlice slice{static_cast<std::uint32_t>(bytes_.size()),
                              static_cast<std::uint32_t>(bytes.size())};
        bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
        return slice;
    }
    ByteSlice append(std::string_view text) { return append(as_bytes(text)); }

    [[nodiscard]] ByteView view(ByteSlice slice) const noexcept {
        VEDETTE_ASSERT(slice.offset <= bytes_.size() &&
                       slice.length <= bytes_.size() - slice.offset);
        return {bytes_.data() + slice.offset, slice.length};
    }
    [[nodiscard]] std::string_view text(ByteSlice slice) const noexcept {
        return as_text(view(slice));
    }
    [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }
    [[nodiscard]] std::size_t capacity() const noexcept { return bytes_.capacity(); }
    void reserve(std::size_t bytes) { bytes_.reserve(bytes); }
    /// Forgets the content, keeps the memory.
    void clear() noexcept { bytes_.clear(); }

  private:
    std::vector<std::uint8_t> bytes_;
};

}  // namespace vedette
