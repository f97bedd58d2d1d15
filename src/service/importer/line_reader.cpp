#include "service/importer/line_reader.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "sys/os/error.hpp"

namespace vedette::importer {
namespace {

constexpr std::size_t kChunk = 64U << 10U;

}  // namespace

Result<LineReader> LineReader::open(const std::string& path) {
    sys::Descriptor file(path == "-" ? ::dup(STDIN_FILENO)
                                     : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.open()) return sys::fail_errno("cannot open " + path);
    auto input = sys::make_descriptor_input(std::move(file));
    std::vector<std::uint8_t> head(16);
    std::size_t got = 0;
    while (got < head.size()) {
        auto chunk = input->read(std::span(head).subspan(got));
        if (!chunk) return fail(std::move(chunk).error(), path);
        if (chunk->state == sys::InputState::End) break;
        got += chunk->bytes;
    }
    head.resize(got);
    const sys::Compression compression = sys::recognise_compression(head);
    if (compression == sys::Compression::None) {
        LineReader reader(std::move(input));
        reader.buffer_ = std::move(head);
        return reader;
    }
    auto plain = sys::make_decompressor(compression, std::move(input), std::move(head));
    if (!plain) return fail(std::move(plain).error(), path);
    return LineReader(std::move(*plain));
}

/// More bytes behind those that wait; false at the end.
Result<bool> LineReader::fill() {
    if (ended_) return false;
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(start_));
    start_ = 0;
    const std::size_t before = buffer_.size();
    buffer_.resize(before + kChunk);
    auto chunk = input_->read(std::span(buffer_).subspan(before));
    buffer_.resize(before + (chunk ? chunk->bytes : 0));
    if (!chunk) return std::unexpected(std::move(chunk).error());
    ended_ = chunk->state == sys::InputState::End;
    return !ended_ || chunk->bytes != 0;
}

Result<bool> LineReader::next(std::string_view& line) {
    cut_ = false;
    std::size_t searched = 0;
    bool skipping = false;
    for (;;) {
        const auto waiting = ByteView(buffer_).subspan(start_);
        const auto end = std::find(waiting.begin() + static_cast<std::ptrdiff_t>(searched),
                                   waiting.end(), std::uint8_t{'\n'});
        const auto length = static_cast<std::size_t>(end - waiting.begin());
        if (end != waiting.end() || (ended_ && !waiting.empty())) {
            line = as_text(waiting.first(skipping ? 0 : length));
            start_ += length + (end != waiting.end() ? 1 : 0);
            if (line.ends_with('\r')) line.remove_suffix(1);
            cut_ = skipping;
            return true;
        }
        if (waiting.size() > kMaxLine) {
            skipping = true;
            start_ = buffer_.size();
        }
        searched = skipping ? 0 : waiting.size();
        const Result<bool> more = fill();
        if (!more) return std::unexpected(more.error());
        if (!*more && buffer_.size() == start_) {
            if (!skipping) return false;
            line = {};
            cut_ = true;
            return true;
        }
    }
}

Result<ByteView> LineReader::look() {
    while (buffer_.size() - start_ < kChunk) {
        const Result<bool> more = fill();
        if (!more) return std::unexpected(more.error());
        if (!*more) break;
    }
    return ByteView(buffer_).subspan(start_);
}

Result<ByteView> LineReader::next_bytes() {
    if (start_ == buffer_.size()) {
        const Result<bool> more = fill();
        if (!more) return std::unexpected(more.error());
    }
    const ByteView bytes = ByteView(buffer_).subspan(start_);
    start_ = buffer_.size();
    return bytes;
}

}  // namespace vedette::importer
