// A capture as CSV, a row per packet (docs/analyze.md lists the columns). Rows are built in one
// large buffer and handed over when it is full; nothing is allocated per packet. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "base/result.hpp"
#include "decode/packet_facts.hpp"

namespace vedette::captures {

class PacketCsv {
  public:
    /// Takes some bytes of the text, in order.
    using Write = std::function<Result<void>(std::string_view)>;

    static constexpr std::size_t kBufferBytes = 256U << 10U;
    /// More than any row takes.
    static constexpr std::size_t kMaxRowBytes = 1'024;

    explicit PacketCsv(Write write);

    /// The titles, without line break.
    [[nodiscard]] static std::string_view titles() noexcept;

    [[nodiscard]] Result<void> add(const decode::PacketFacts& facts);
    /// Hands over what is left; a capture without packets still has its titles.
    [[nodiscard]] Result<void> finish();
    [[nodiscard]] std::uint64_t rows() const noexcept { return rows_; }

  private:
    Write write_;
    std::unique_ptr<char[]> buffer_;
    std::size_t used_ = 0;
    std::uint64_t rows_ = 0;
};

}  // namespace vedette::captures
