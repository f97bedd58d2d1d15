// A capture as CSV, a row per packet (docs/analyze.md lists the columns). Rows gather in a buffer
// that is used again and again; nothing is allocated per packet. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "captures/listing/text_cursor.hpp"
#include "decode/packet_facts.hpp"

namespace vedette::captures {

class PacketCsv {
  public:
    /// More than any row takes.
    static constexpr std::size_t kMaxRowBytes = 1'024;

    /// The titles, without line break.
    [[nodiscard]] static std::string_view titles() noexcept;

    void add(const decode::PacketFacts& facts);
    /// The rows since the last clear(), each with its line break.
    [[nodiscard]] std::string_view text() const noexcept { return {buffer_.get(), used_}; }
    void clear() noexcept { used_ = 0; }

  private:
    void grow();
    void put_row(TextCursor& out, const decode::PacketFacts& facts) noexcept;
    void put_index(TextCursor& out, std::uint64_t index) noexcept;
    void put_time(TextCursor& out, Timestamp time) noexcept;

    Word index_text_ = Word("0,");  // of the packet expected next, when next_index_ is not zero
    std::uint64_t next_index_ = 0;
    Word second_text_;  // of the last packet's time, with the dot
    std::int64_t second_ = -1;
    std::unique_ptr<char[]> buffer_;
    std::size_t size_ = 0;
    std::size_t used_ = 0;
};

}  // namespace vedette::captures
