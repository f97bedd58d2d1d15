// AES-128 of OpenSSL as what anonymizing needs: many blocks at once, a keyed function of bytes, and
// keyed permutations of small numbers. Nothing here is reversible without the key. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "base/bytes.hpp"

namespace vedette::captures {

class Cipher {
  public:
    static constexpr std::size_t kBlockBytes = 16;
    using Block = std::array<std::uint8_t, kBlockBytes>;

    /// `key` is 16 bytes.
    explicit Cipher(ByteView key);
    Cipher(Cipher&&) noexcept;
    Cipher& operator=(Cipher&&) noexcept;
    ~Cipher();

    /// Encrypts whole blocks in place.
    void encrypt(std::span<Block> blocks) const;
    /// A keyed hash of `bytes` and `tweak`: CBC-MAC with both lengths in the first block.
    [[nodiscard]] Block hash(ByteView bytes, std::uint64_t tweak) const;
    /// Fills `out` with what follows from `seed`.
    void expand(Block seed, std::span<std::uint8_t> out) const;
    /// A permutation of the numbers below 2^`bits` (even, at most 62), another one per tweak.
    [[nodiscard]] std::uint64_t permute(std::uint64_t value, unsigned bits,
                                        std::uint64_t tweak) const;

  private:
    struct Context;
    std::unique_ptr<Context> context_;
};

}  // namespace vedette::captures
