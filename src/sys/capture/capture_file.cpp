#include "sys/capture/capture_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <utility>

#include "sys/capture/pcap_parser.hpp"
#include "sys/capture/pcapng_parser.hpp"

namespace vedette::sys {
namespace {

constexpr std::size_t kMagicBytes = 4;

/// What people hand us by mistake, by its first bytes.
struct Foreign {
    std::string_view start;
    std::string_view what;
};
using namespace std::string_view_literals;
constexpr std::array<Foreign, 12> kForeign{{
    {"snoop\0"sv, "a snoop capture; convert it with `editcap -F pcapng IN OUT`"},
    {"GMBU"sv, "a Network Monitor capture; convert it with `editcap -F pcapng IN OUT`"},
    {"RTSS"sv, "a Network Monitor capture; convert it with `editcap -F pcapng IN OUT`"},
    {"\xfd"
     "7zXZ"sv,
     "xz-compressed; decompress it first with `xz -d`"},
    {"BZh"sv, "bzip2-compressed; decompress it first with `bzip2 -d`"},
    {"\x04\x22\x4d\x18"sv, "lz4-compressed; decompress it first with `lz4 -d`"},
    {"PK\x03\x04"sv, "a zip archive; unpack it first"},
    {"\x7f"
     "ELF"sv,
     "a program"},
    {"SQLite format 3"sv,
     "an SQLite database, perhaps a store: read it with `vedette logs --store`"},
    {"<"sv, "a markup document"},
    {"{"sv, "a JSON document"},
    {"#"sv, "a text file"},
}};

std::string describe(ByteView start) {
    for (const Foreign& foreign : kForeign) {
        if (as_text(start).starts_with(foreign.start)) return std::string(foreign.what);
    }
    std::string hex;
    for (const std::uint8_t byte : start.first(std::min(start.size(), kMagicBytes))) {
        hex += fmt::format("{}{:02x}", hex.empty() ? "" : " ", byte);
    }
    return fmt::format(
        "neither pcap nor pcapng; it begins with {} (if Wireshark opens it, "
        "`editcap -F pcapng IN OUT` converts it)",
        hex);
}

}  // namespace

CaptureFile::CaptureFile(std::string name, std::unique_ptr<ByteInput> input,
                         InterfaceTable& interfaces, std::size_t window_bytes)
    : name_(std::move(name)),
      input_(std::move(input)),
      interfaces_(&interfaces),
      window_bytes_(window_bytes) {}

std::vector<std::string> CaptureFile::take_warnings() {
    return std::exchange(warnings_, {});
}

Result<ReadStatus> CaptureFile::read(PacketBatch& batch) {
    if (!parser_) {
        const Result<InputState> state = recognise();
        if (!state) return std::unexpected(state.error());
        if (*state == InputState::Idle) return ReadStatus::Idle;
    }
    while (true) {
        const Result<std::size_t> found = parse(batch);
        if (!found) return std::unexpected(found.error());
        if (*found > 0) {
            batch.window = buffer_.bytes;
            return ReadStatus::Packets;
        }
        if (ended_) return end(window().size());
        const Result<InputState> state = fill(need_);
        if (!state) return std::unexpected(state.error());
        if (*state == InputState::Idle) return ReadStatus::Idle;
    }
}

/// How many packets the window gave.
Result<std::size_t> CaptureFile::parse(PacketBatch& batch) {
    if (to_skip_ > 0) return 0U;
    const std::size_t before = batch.packets.size();
    ParseStep step = parser_->parse(window(), batch);
    skip(step.consumed);
    need_ = step.need;
    const std::size_t found = batch.packets.size() - before;
    packets_ += found;
    if (step.status == ParseStatus::Damaged) {
        if (packets_ == 0) {
            return fail(ErrorKind::InvalidInput,
                        fmt::format("{} is damaged: {}", name_, step.problem));
        }
        warnings_.push_back(
            fmt::format("{} is damaged after packet {}: {}", name_, packets_, step.problem));
        ended_ = true;
        begin_ = end_;
    }
    return found;
}

/// `left` bytes are in the window but are not a whole record.
ReadStatus CaptureFile::end(std::size_t left) {
    if (const std::string problem = input_->problem(); !problem.empty()) {
        warnings_.push_back(fmt::format("{}: {} after packet {}", name_, problem, packets_));
    } else if (left > 0 || to_skip_ > 0) {
        warnings_.push_back(
            fmt::format("{} is cut inside the record after packet {} ({} of {} bytes)", name_,
                        packets_, left, std::max(need_, left + to_skip_)));
    }
    if (const std::uint64_t skipped = parser_->skipped_packets(); skipped > 0) {
        warnings_.push_back(fmt::format(
            "{}: {} packet(s) are described wrongly (length or interface) and were left out", name_,
            skipped));
    }
    begin_ = end_;
    to_skip_ = 0;
    return ReadStatus::End;
}

Result<InputState> CaptureFile::fill(std::size_t want) {
    do {
        const Result<InputState> state = read_some();
        if (!state || *state != InputState::Data) return state;
    } while (end_ - begin_ < std::max<std::size_t>(want, 1));
    return InputState::Data;
}

Result<InputState> CaptureFile::read_some() {
    make_room(need_);
    Result<InputChunk> chunk = input_->read({buffer_.bytes.get() + end_, buffer_.size - end_});
    if (!chunk) return fail(std::move(chunk.error()), name_);
    end_ += chunk->bytes;
    if (chunk->state == InputState::End) ended_ = true;
    skip(std::exchange(to_skip_, 0));
    return chunk->state;
}

/// Moves what is left to the front, into another window when a batch holds this one. A record that
/// fills the window whole makes it grow: by doubling, so that a claimed length allocates no more
/// than twice the bytes that came.
void CaptureFile::make_room(std::size_t want) {
    const std::size_t left = end_ - begin_;
    if (buffer_.size == 0 || (left == buffer_.size && want > buffer_.size)) {
        change_window(std::max(window_bytes_, buffer_.size * 2));
    } else if (begin_ > 0 && buffer_.is_held()) {
        change_window(buffer_.size);
    } else if (begin_ > 0 && left > 0) {
        std::memmove(buffer_.bytes.get(), buffer_.bytes.get() + begin_, left);
    }
    begin_ = 0;
    end_ = left;
}

/// Goes on in a window of `bytes`, which begins with what is left in this one.
void CaptureFile::change_window(std::size_t bytes) {
    std::erase_if(spare_, [&](const Window& window) { return window.size < bytes; });
    Window next;
    if (const auto free = std::ranges::find_if_not(spare_, &Window::is_held);
        free != spare_.end()) {
        next = std::move(*free);
        spare_.erase(free);
    } else {
        next = {std::make_shared_for_overwrite<std::uint8_t[]>(bytes), bytes};
    }
    if (end_ > begin_) {
        std::memcpy(next.bytes.get(), buffer_.bytes.get() + begin_, end_ - begin_);
    }
    if (buffer_.size == next.size) spare_.push_back(std::move(buffer_));
    buffer_ = std::move(next);
}

void CaptureFile::skip(std::uint64_t bytes) noexcept {
    const std::uint64_t here = std::min<std::uint64_t>(bytes, end_ - begin_);
    begin_ += here;
    to_skip_ = bytes - here;
}

Result<InputState> CaptureFile::recognise() {
    while (!ended_ && end_ - begin_ < PcapParser::kFileHeaderBytes) {
        const Result<InputState> state = read_some();
        if (!state || *state == InputState::Idle) return state;
        const Compression compression = recognise_compression(window());
        if (!compressed_ && compression != Compression::None) VEDETTE_TRY(decompress(compression));
    }
    if (window().empty()) {
        return fail(ErrorKind::InvalidInput,
                    fmt::format("{} is empty{}{}", name_, input_->problem().empty() ? "" : ": ",
                                input_->problem()));
    }
    if (PcapngParser::recognises(window())) {
        parser_ = std::make_unique<PcapngParser>(*interfaces_);
        return InputState::Data;
    }
    if (!PcapParser::recognises(window())) return not_a_capture();
    if (window().size() < PcapParser::kFileHeaderBytes) {
        return fail(ErrorKind::InvalidInput,
                    fmt::format("{} is cut inside its file header ({} of {} bytes)", name_,
                                window().size(), PcapParser::kFileHeaderBytes));
    }
    Result<PcapParser> pcap =
        PcapParser::make(window().first(PcapParser::kFileHeaderBytes), *interfaces_);
    if (!pcap) return fail(std::move(pcap.error()), name_);
    parser_ = std::make_unique<PcapParser>(std::move(*pcap));
    skip(PcapParser::kFileHeaderBytes);
    return InputState::Data;
}

/// Puts a decompressor between the file and the window, which starts anew.
Result<InputState> CaptureFile::decompress(Compression compression) {
    const ByteView head = window();
    Result<std::unique_ptr<ByteInput>> input =
        make_decompressor(compression, std::move(input_), {head.begin(), head.end()});
    if (!input) return fail(std::move(input.error()), name_);
    input_ = std::move(*input);
    begin_ = end_ = 0;
    compressed_ = true;
    ended_ = false;
    return InputState::Data;
}

std::unexpected<Error> CaptureFile::not_a_capture() const {
    return fail(ErrorKind::InvalidInput,
                fmt::format("{} is no capture file: {}{}", name_,
                            compressed_ ? "its decompressed content is " : "", describe(window())));
}

}  // namespace vedette::sys
