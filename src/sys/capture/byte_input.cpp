#include "sys/capture/byte_input.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <cerrno>
#include <utility>

#include "sys/os/error.hpp"
#include "wire/reader/reader.hpp"

namespace vedette::sys {
namespace {

constexpr int kPollMillis = 100;
constexpr std::size_t kCompressedChunk = 256U << 10U;

class DescriptorInput final : public ByteInput {
  public:
    explicit DescriptorInput(Descriptor file) : file_(std::move(file)) {
        struct stat status{};
        may_block_ = ::fstat(file_.get(), &status) != 0 || !S_ISREG(status.st_mode);
        if (!may_block_) ::posix_fadvise(file_.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
    }

    Result<InputChunk> read(std::span<std::uint8_t> out) override {
        if (may_block_) {
            pollfd waiting{file_.get(), POLLIN, 0};
            if (::poll(&waiting, 1, kPollMillis) <= 0) return InputChunk{0, InputState::Idle};
        }
        const ssize_t got = ::read(file_.get(), out.data(), out.size());
        if (got < 0) {
            if (errno == EINTR || errno == EAGAIN) return InputChunk{0, InputState::Idle};
            return fail_errno("cannot read");
        }
        taken_ += static_cast<std::uint64_t>(got);
        return InputChunk{static_cast<std::size_t>(got),
                          got == 0 ? InputState::End : InputState::Data};
    }
    std::uint64_t bytes_taken() const noexcept override { return taken_; }

  private:
    Descriptor file_;
    std::uint64_t taken_ = 0;
    bool may_block_ = false;
};

/// What both decompressors share: a buffer of compressed bytes that is refilled when it is used up.
class Decompressor : public ByteInput {
  public:
    Result<InputChunk> read(std::span<std::uint8_t> out) override {
        while (true) {
            if (position_ == filled_ && !inner_ended_) {
                Result<InputChunk> chunk = refill();
                if (!chunk || chunk->state == InputState::Idle) return chunk;
            }
            if (!problem_.empty()) return InputChunk{};
            const std::size_t made = inflate(out);
            if (made > 0) return InputChunk{made, InputState::Data};
            if (position_ == filled_ && inner_ended_) {
                if (problem_.empty() && !at_boundary()) problem_ = "the compressed data is cut";
                return InputChunk{};
            }
        }
    }
    std::uint64_t bytes_taken() const noexcept override { return inner_->bytes_taken(); }
    std::string problem() const override { return problem_; }

  protected:
    Decompressor(std::unique_ptr<ByteInput> inner, std::vector<std::uint8_t> head)
        : inner_(std::move(inner)), buffer_(std::move(head)), filled_(buffer_.size()) {
        buffer_.resize(std::max(buffer_.size(), kCompressedChunk));
    }
    /// Compressed bytes not used yet.
    [[nodiscard]] std::span<std::uint8_t> pending() noexcept {
        return std::span(buffer_).subspan(position_, filled_ - position_);
    }
    void use(std::size_t bytes) noexcept { position_ += bytes; }
    void report(std::string problem) { problem_ = std::move(problem); }

  private:
    /// Uses pending() and writes into `out`; returns the bytes written.
    virtual std::size_t inflate(std::span<std::uint8_t> out) = 0;
    /// Whether the stream may end here.
    [[nodiscard]] virtual bool at_boundary() const noexcept = 0;

    Result<InputChunk> refill() {
        Result<InputChunk> chunk = inner_->read(buffer_);
        if (!chunk) return chunk;
        position_ = 0;
        filled_ = chunk->bytes;
        inner_ended_ = chunk->state == InputState::End;
        return chunk;
    }

    std::unique_ptr<ByteInput> inner_;
    std::vector<std::uint8_t> buffer_;
    std::size_t position_ = 0;
    std::size_t filled_ = 0;
    std::string problem_;
    bool inner_ended_ = false;
};

class GzipInput final : public Decompressor {
  public:
    GzipInput(std::unique_ptr<ByteInput> inner, std::vector<std::uint8_t> head)
        : Decompressor(std::move(inner), std::move(head)) {}
    GzipInput(const GzipInput&) = delete;
    GzipInput& operator=(const GzipInput&) = delete;
    ~GzipInput() override { ::inflateEnd(&stream_); }

    bool start() noexcept { return ::inflateInit2(&stream_, 15 + 16) == Z_OK; }

  private:
    std::size_t inflate(std::span<std::uint8_t> out) override {
        const std::span<std::uint8_t> in = pending();
        if (in.empty()) return 0;
        if (boundary_) {
            // Zeros may pad the end of a member; anything else must be the next one.
            if (members_ > 0 && in.front() == 0) {
                use(1);
                return 0;
            }
            ::inflateReset(&stream_);
            boundary_ = false;
        }
        stream_.next_in = in.data();
        stream_.avail_in = static_cast<uInt>(in.size());
        stream_.next_out = out.data();
        stream_.avail_out = static_cast<uInt>(std::min<std::size_t>(out.size(), UINT32_MAX));
        const uInt room = stream_.avail_out;
        const int code = ::inflate(&stream_, Z_NO_FLUSH);
        use(in.size() - stream_.avail_in);
        if (code == Z_STREAM_END) {
            boundary_ = true;
            ++members_;
        } else if (code != Z_OK && code != Z_BUF_ERROR) {
            report("the gzip data is damaged");
        }
        return room - stream_.avail_out;
    }
    bool at_boundary() const noexcept override { return boundary_; }

    z_stream stream_{};
    std::uint64_t members_ = 0;
    bool boundary_ = false;
};

class ZstdInput final : public Decompressor {
  public:
    ZstdInput(std::unique_ptr<ByteInput> inner, std::vector<std::uint8_t> head)
        : Decompressor(std::move(inner), std::move(head)), stream_(::ZSTD_createDStream()) {}
    ZstdInput(const ZstdInput&) = delete;
    ZstdInput& operator=(const ZstdInput&) = delete;
    ~ZstdInput() override { ::ZSTD_freeDStream(stream_); }

    bool start() noexcept {
        return stream_ != nullptr && ::ZSTD_isError(::ZSTD_initDStream(stream_)) == 0;
    }

  private:
    std::size_t inflate(std::span<std::uint8_t> out) override {
        const std::span<std::uint8_t> in = pending();
        ZSTD_inBuffer input{in.data(), in.size(), 0};
        ZSTD_outBuffer output{out.data(), out.size(), 0};
        // Called without input too: the library may still hold finished output.
        const std::size_t left = ::ZSTD_decompressStream(stream_, &output, &input);
        use(input.pos);
        if (::ZSTD_isError(left) != 0) {
            report(std::string("the zstd data is damaged: ") + ::ZSTD_getErrorName(left));
        } else if (input.pos > 0 || output.pos > 0) {
            boundary_ = left == 0;
        }
        return output.pos;
    }
    bool at_boundary() const noexcept override { return boundary_; }

    ZSTD_DStream* stream_;
    bool boundary_ = false;
};

template <typename Input>
Result<std::unique_ptr<ByteInput>> start(std::unique_ptr<ByteInput> inner,
                                         std::vector<std::uint8_t> head) {
    auto input = std::make_unique<Input>(std::move(inner), std::move(head));
    if (!input->start()) return fail(ErrorKind::Failed, "not enough memory to decompress");
    return input;
}

}  // namespace

std::unique_ptr<ByteInput> make_descriptor_input(Descriptor file) {
    return std::make_unique<DescriptorInput>(std::move(file));
}

Compression recognise_compression(ByteView start) noexcept {
    const std::uint32_t magic = wire::Reader(start).u32();
    if (magic >> 8U == 0x1f8b08) return Compression::Gzip;
    // A zstd frame (RFC 8878 3.1.1), or a skippable one in front of it.
    if (magic == 0x28b52ffd || (std::byteswap(magic) & 0xfffffff0U) == 0x184d2a50) {
        return Compression::Zstd;
    }
    return Compression::None;
}

Result<std::unique_ptr<ByteInput>> make_decompressor(Compression compression,
                                                     std::unique_ptr<ByteInput> inner,
                                                     std::vector<std::uint8_t> head) {
    if (compression == Compression::Gzip)
        return start<GzipInput>(std::move(inner), std::move(head));
    return start<ZstdInput>(std::move(inner), std::move(head));
}

}  // namespace vedette::sys
