// Lines of a file, plain or compressed, at most a mebibyte each: what is longer is cut and told as
// damaged. One thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "sys/capture/byte_input.hpp"

namespace vedette::importer {

class LineReader {
  public:
    static constexpr std::size_t kMaxLine = 1U << 20U;

    /// "-" is standard input.
    [[nodiscard]] static Result<LineReader> open(const std::string& path);

    /// False at the end. The line lasts until the next call; its end is not part of it.
    [[nodiscard]] Result<bool> next(std::string_view& line);
    /// Whether the line that was given was longer, and the rest skipped.
    [[nodiscard]] bool was_cut() const noexcept { return cut_; }
    /// What is in front, without taking it; for recognising binary files.
    [[nodiscard]] Result<ByteView> look();
    /// The rest of the file in pieces, for formats without lines; empty at the end.
    [[nodiscard]] Result<ByteView> next_bytes();
    [[nodiscard]] std::string problem() const { return input_->problem(); }

  private:
    explicit LineReader(std::unique_ptr<sys::ByteInput> input) : input_(std::move(input)) {}
    [[nodiscard]] Result<bool> fill();

    std::unique_ptr<sys::ByteInput> input_;
    std::vector<std::uint8_t> buffer_;
    std::size_t start_ = 0;
    bool ended_ = false;
    bool cut_ = false;
};

}  // namespace vedette::importer
