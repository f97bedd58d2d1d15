#include "captures/anonymize/cipher.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <vector>

#include "base/assert.hpp"

namespace vedette::captures {
namespace {

constexpr unsigned kRounds = 8;  // of the Feistel network; four are enough for a permutation

void put(Cipher::Block& block, std::size_t at, std::uint64_t value) noexcept {
    for (std::size_t i = 0; i < 8; ++i)
        block[at + i] = static_cast<std::uint8_t>(value >> (56U - 8U * i));
}

std::uint64_t get(const Cipher::Block& block) noexcept {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 8; ++i)
        value = value << 8U | block[i];
    return value;
}

}  // namespace

struct Cipher::Context {
    Context() : evp(::EVP_CIPHER_CTX_new()) {}
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;
    ~Context() { ::EVP_CIPHER_CTX_free(evp); }
    EVP_CIPHER_CTX* evp;
};

Cipher::Cipher(ByteView key) : context_(std::make_unique<Context>()) {
    VEDETTE_ASSERT(key.size() == 16 && context_->evp != nullptr);
    const int ready =
        ::EVP_EncryptInit_ex(context_->evp, ::EVP_aes_128_ecb(), nullptr, key.data(), nullptr);
    VEDETTE_ASSERT(ready == 1);
    ::EVP_CIPHER_CTX_set_padding(context_->evp, 0);
}
Cipher::Cipher(Cipher&&) noexcept = default;
Cipher& Cipher::operator=(Cipher&&) noexcept = default;
Cipher::~Cipher() = default;

void Cipher::encrypt(std::span<Block> blocks) const {
    if (blocks.empty()) return;
    std::uint8_t* const bytes = blocks.front().data();
    const int size = static_cast<int>(blocks.size_bytes());
    int done = 0;
    const int encrypted = ::EVP_EncryptUpdate(context_->evp, bytes, &done, bytes, size);
    VEDETTE_ASSERT(encrypted == 1 && done == size);
}

Cipher::Block Cipher::hash(ByteView bytes, std::uint64_t tweak) const {
    Block state{};
    put(state, 0, tweak);
    put(state, 8, bytes.size());
    encrypt({&state, 1});
    for (std::size_t at = 0; at < bytes.size(); at += kBlockBytes) {
        const std::size_t count = std::min(kBlockBytes, bytes.size() - at);
        for (std::size_t i = 0; i < count; ++i)
            state[i] ^= bytes[at + i];
        encrypt({&state, 1});
    }
    return state;
}

void Cipher::expand(Block seed, std::span<std::uint8_t> out) const {
    std::array<Block, 8> blocks;
    std::uint64_t counter = 0;
    for (std::size_t at = 0; at < out.size();) {
        const std::size_t wanted = out.size() - at;
        const std::size_t count = std::min(blocks.size(), (wanted + kBlockBytes - 1) / kBlockBytes);
        for (std::size_t i = 0; i < count; ++i) {
            blocks[i] = seed;
            put(blocks[i], 8,
                get(Block{seed[8], seed[9], seed[10], seed[11], seed[12], seed[13], seed[14],
                          seed[15]}) ^
                    ++counter);
        }
        encrypt(std::span(blocks).first(count));
        for (std::size_t i = 0; i < count && at < out.size(); ++i) {
            const std::size_t part = std::min(kBlockBytes, out.size() - at);
            std::copy_n(blocks[i].begin(), part, out.begin() + static_cast<std::ptrdiff_t>(at));
            at += part;
        }
    }
}

// A balanced Feistel network: each round mixes one half with a keyed hash of the other.
std::uint64_t Cipher::permute(std::uint64_t value, unsigned bits, std::uint64_t tweak) const {
    VEDETTE_ASSERT(bits % 2 == 0 && bits > 0 && bits <= 62);
    const unsigned half = bits / 2;
    const std::uint64_t mask = (std::uint64_t{1} << half) - 1;
    std::uint64_t left = value >> half & mask;
    std::uint64_t right = value & mask;
    for (std::uint64_t round = 0; round < kRounds; ++round) {
        Block block{};
        put(block, 0, tweak);
        put(block, 8, round << 56U | std::uint64_t{bits} << 48U | right);
        encrypt({&block, 1});
        const std::uint64_t mixed = (left ^ get(block)) & mask;
        left = right;
        right = mixed;
    }
    return left << half | right;
}

}  // namespace vedette::captures
