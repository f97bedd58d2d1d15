// One capture file or stream: recognises compression and format from the first bytes, keeps a
// window of its bytes and lets the format's parser turn it into packets that point into the window.
// Memory is bounded: the window grows only with bytes that have arrived, up to one record's limit.
// Batches that are still held elsewhere keep their window, and reading goes on in another one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "sys/capture/byte_input.hpp"
#include "sys/capture/capture_parser.hpp"
#include "sys/capture/interface_table.hpp"
#include "sys/capture/packet_source.hpp"

namespace vedette::sys {

class CaptureFile {
  public:
    /// Measured: larger windows read no faster, and this one still fits in L2. A memory map walks
    /// 8 ns a packet faster before anything looks at the bytes, but dies by SIGBUS when the file is
    /// cut meanwhile, and shows the whole file as this program's memory.
    static constexpr std::size_t kWindowBytes = 256U << 10U;

    /// `name` is what messages call the file; `interfaces` must outlive this. `window_bytes` is
    /// what the window starts with.
    CaptureFile(std::string name, std::unique_ptr<ByteInput> input, InterfaceTable& interfaces,
                std::size_t window_bytes = kWindowBytes);

    /// Appends packets, which point into the batch's window. Fails when the bytes are no capture
    /// file or cannot be read.
    [[nodiscard]] Result<ReadStatus> read(PacketBatch& batch);
    /// Bytes of the file (compressed when it is) taken so far.
    [[nodiscard]] std::uint64_t bytes_taken() const noexcept { return input_->bytes_taken(); }
    /// After End: sentences about what could not be read.
    [[nodiscard]] std::vector<std::string> take_warnings();

  private:
    [[nodiscard]] ByteView window() const noexcept {
        return {buffer_.bytes.get() + begin_, end_ - begin_};
    }
    [[nodiscard]] Result<std::size_t> parse(PacketBatch& batch);
    /// Tries to have `want` bytes in the window. Fewer only at the end or when idle.
    [[nodiscard]] Result<InputState> fill(std::size_t want);
    [[nodiscard]] Result<InputState> read_some();
    void make_room(std::size_t want);
    void change_window(std::size_t bytes);
    /// Recognises what the file is. Data when the parser is ready.
    [[nodiscard]] Result<InputState> recognise();
    [[nodiscard]] Result<InputState> decompress(Compression compression);
    [[nodiscard]] std::unexpected<Error> not_a_capture() const;
    /// Passes over bytes of a skipped block that were not in the window.
    void skip(std::uint64_t bytes) noexcept;
    ReadStatus end(std::size_t left);

    std::string name_;
    std::unique_ptr<ByteInput> input_;
    InterfaceTable* interfaces_;
    std::unique_ptr<CaptureParser> parser_;
    /// A window that no batch holds may be written over.
    struct Window {
        std::shared_ptr<std::uint8_t[]> bytes;
        std::size_t size = 0;

        [[nodiscard]] bool is_held() const noexcept { return bytes.use_count() > 1; }
    };
    Window buffer_;
    std::vector<Window> spare_;  // windows that batches held
    std::size_t window_bytes_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::size_t need_ = 0;  // bytes the parser's next record needs
    std::uint64_t to_skip_ = 0;
    std::uint64_t packets_ = 0;
    std::vector<std::string> warnings_;
    bool compressed_ = false;
    bool ended_ = false;
};

}  // namespace vedette::sys
