// Whether two answers to one question say the same. Compared are the rcode and the records of the
// answer section: owner, type, class and data, names in any case. Not compared: ids, flags, TTLs,
// the order of records, RRSIG records (they are made anew), other sections.
//
// Rotation: when the rcodes are the same and everything but addresses (A, AAAA) is, and both have
// addresses, then answers whose addresses overlap, or lie in the same /24 or /48 networks, are
// those of one service that hands its addresses out in turn.
//
// Pure; the comparer owns its buffers and is for one thread.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "service/replay/outcome.hpp"

namespace vedette::replay {

class AnswerComparer {
  public:
    AnswerComparer();
    /// Same, Rotated or Differs. What cannot be read differs, unless it is byte for byte the same.
    [[nodiscard]] Verdict compare(ByteView expected, ByteView got) noexcept;

  private:
    /// Records of one answer as sorted sets of hashes.
    struct Digest {
        std::uint16_t rcode = 0;
        bool readable = true;
        std::vector<std::uint64_t> others;     ///< all but addresses
        std::vector<std::uint64_t> addresses;  ///< data alone
        std::vector<std::uint64_t> networks;   ///< of the addresses
    };
    void read(ByteView message, Digest& digest) noexcept;

    std::array<Digest, 2> digests_;
    std::vector<std::uint8_t> buffer_;
};

}  // namespace vedette::replay
