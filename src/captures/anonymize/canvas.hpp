// A packet (or a datagram put together from several) as it was, and as it will be: as many bytes,
// all zero at first. Only what somebody recognized is written, so whatever nobody understands
// stays zero. Pieces are named by views into the original. Borrows both; one thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "base/assert.hpp"
#include "base/bytes.hpp"

namespace vedette::captures {

class Canvas {
  public:
    Canvas(ByteView in, std::span<std::uint8_t> out) noexcept : in_(in), out_(out) {
        VEDETTE_ASSERT(in.size() == out.size());
    }

    [[nodiscard]] ByteView in() const noexcept { return in_; }
    /// Where `piece`, a view into in(), begins.
    [[nodiscard]] std::size_t offset(ByteView piece) const noexcept {
        const auto at = static_cast<std::size_t>(piece.data() - in_.data());
        VEDETTE_ASSERT(at <= in_.size() && piece.size() <= in_.size() - at);
        return at;
    }
    /// The bytes to write for `piece`.
    [[nodiscard]] std::span<std::uint8_t> at(ByteView piece) const noexcept {
        if (piece.empty()) return {};
        return out_.subspan(offset(piece), piece.size());
    }
    [[nodiscard]] Canvas part(ByteView piece) const noexcept {
        if (piece.empty()) return {{}, {}};
        return {piece, at(piece)};
    }
    /// `piece` as it was.
    void keep(ByteView piece) const noexcept { std::ranges::copy(piece, at(piece).begin()); }

  private:
    ByteView in_;
    std::span<std::uint8_t> out_;
};

}  // namespace vedette::captures
