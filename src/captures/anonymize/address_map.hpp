// Addresses -> other addresses, the same one each time, so that what shared a prefix still shares
// exactly as many bits (Crypto-PAn: Xu, Fan, Ammar, Moon, ICNP 2002). Blocks with a meaning of
// their own stay what they are: private stays private, loopback, multicast and broadcast stay as
// they are (docs/anonymize.md has the table). One thread; remembers addresses in fixed tables.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "captures/anonymize/cipher.hpp"
#include "captures/anonymize/key.hpp"

namespace vedette::captures {

/// Whether blocks with a meaning keep it. Off is the published algorithm, for its test vectors.
enum class SpecialBlocks : std::uint8_t { Kept, Ignored };

class AddressMap {
  public:
    explicit AddressMap(const AnonymizeKey::Bytes& key,
                        SpecialBlocks special = SpecialBlocks::Kept);

    using V6 = std::array<std::uint8_t, 16>;

    /// Host order.
    [[nodiscard]] std::uint32_t v4(std::uint32_t address);
    [[nodiscard]] V6 v6(const V6& address);
    /// 4 or 16 bytes in network order, from and to.
    void map(ByteView from, std::span<std::uint8_t> to);
    /// As map(), then only the first `length` bits: prefixes and masked addresses.
    void map_prefix(ByteView from, unsigned length, std::span<std::uint8_t> to);
    /// How many leading bits of an IPv4 address (or of its beginning) are kept.
    [[nodiscard]] unsigned kept_bits(std::uint32_t address) const noexcept;

  private:
    [[nodiscard]] std::uint32_t flips4(std::uint32_t address) const;
    [[nodiscard]] V6 flips6(const V6& address) const;
    [[nodiscard]] V6 compute6(const V6& address);

    struct Known4 {
        std::uint32_t from = 0;
        std::uint32_t to = 0;
        bool set = false;
    };
    struct Known6 {
        V6 from{};
        V6 to{};
        bool set = false;
    };

    Cipher cipher_;
    Cipher groups_;
    Cipher::Block pad_{};
    SpecialBlocks special_;
    std::vector<Known4> known4_;
    std::vector<Known6> known6_;
};

}  // namespace vedette::captures
