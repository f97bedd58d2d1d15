#include <zstd.h>

#include "store/batch_codec/batch_codec.hpp"

namespace vedette::store {
namespace {

/// Measured on captured traffic: level 1 makes a fifth of it at ten times a link's speed; higher
/// levels cost more than they save.
constexpr int kLevel = 1;

}  // namespace

struct BatchCompressor::State {
    ZSTD_CCtx* context = ZSTD_createCCtx();
    ~State() { ZSTD_freeCCtx(context); }
};

BatchCompressor::BatchCompressor() : state_(std::make_unique<State>()) {
    ZSTD_CCtx_setParameter(state_->context, ZSTD_c_compressionLevel, kLevel);
    ZSTD_CCtx_setParameter(state_->context, ZSTD_c_checksumFlag, 1);
}
BatchCompressor::~BatchCompressor() = default;

void BatchCompressor::compress(ByteView bytes, std::vector<std::uint8_t>& out) {
    const std::size_t start = out.size();
    out.resize(start + ZSTD_compressBound(bytes.size()));
    const std::size_t size = ZSTD_compress2(state_->context, out.data() + start, out.size() - start,
                                            bytes.data(), bytes.size());
    VEDETTE_ASSERT(ZSTD_isError(size) == 0);  // the room suffices, and nothing else can fail
    out.resize(start + size);
}

struct BatchDecompressor::State {
    ZSTD_DCtx* context = ZSTD_createDCtx();
    ~State() { ZSTD_freeDCtx(context); }
};

BatchDecompressor::BatchDecompressor() : state_(std::make_unique<State>()) {}
BatchDecompressor::~BatchDecompressor() = default;

bool BatchDecompressor::decompress(ByteView bytes, std::uint32_t size,
                                   std::vector<std::uint8_t>& out) {
    out.resize(size);
    const std::size_t done =
        ZSTD_decompressDCtx(state_->context, out.data(), out.size(), bytes.data(), bytes.size());
    return ZSTD_isError(done) == 0 && done == size;
}

}  // namespace vedette::store
