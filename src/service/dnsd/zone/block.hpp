// How a compiled zone lies in memory. Each name is one block: header, owner name (case kept, padded
// to four octets), then its RRsets. An RRset is a header and its records ready to be copied into an
// answer: the owner of every record is a pointer to the question (C0 0C), names in RDATA are
// uncompressed, signatures follow the records that they cover. Blocks are addressed by offset / 4,
// so a zone may have 16 GiB.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"

namespace vedette::dnsd {

/// Bits of BlockHeader::flags.
struct NameFlags {
    static constexpr std::uint16_t kApex = 1U << 0U;
    static constexpr std::uint16_t kCut = 1U << 1U;  ///< NS below the apex
    static constexpr std::uint16_t kDname = 1U << 2U;
    static constexpr std::uint16_t kCname = 1U << 3U;
    static constexpr std::uint16_t kOccluded = 1U << 4U;       ///< below a cut or a DNAME
    static constexpr std::uint16_t kWildcardBelow = 1U << 5U;  ///< "*" is a child
    static constexpr std::uint16_t kNsec3Only = 1U << 6U;      ///< a hash, no name to be asked for
    static constexpr std::uint16_t kGone = 1U << 7U;  ///< of a changed zone: no longer there
};

struct BlockHeader {
    std::uint32_t block_bytes;  ///< to the next block
    std::uint8_t name_bytes;
    std::uint8_t labels;
    std::uint16_t flags;
    std::uint16_t rrset_count;
    std::uint16_t reserved;
};

/// Bits of RrsetHeader::flags.
struct RrsetFlags {
    static constexpr std::uint16_t kCompressible = 1U << 0U;  ///< RFC 1035 names in RDATA
    static constexpr std::uint16_t kTargets = 1U << 1U;       ///< NS, MX, SRV: additional records
};

struct RrsetHeader {
    std::uint16_t type;
    std::uint16_t flags;
    std::uint16_t record_count;
    std::uint16_t signature_count;
    std::uint32_t ttl;
    std::uint32_t record_bytes;
    std::uint32_t signature_bytes;
};

/// Octets of a stored record before its RDATA: owner pointer, type, class, TTL, RDLENGTH.
inline constexpr std::size_t kRecordHeaderBytes = 12;

[[nodiscard]] constexpr std::size_t padded4(std::size_t bytes) noexcept {
    return (bytes + 3U) & ~std::size_t{3};
}

/// Walks the records of one stored RRset.
class StoredRecords {
  public:
    explicit StoredRecords(ByteView records) noexcept : rest_(records) {}
    /// False at the end. `whole` is the record with its header, `rdata` its last part.
    [[nodiscard]] bool next(ByteView& whole, ByteView& rdata) noexcept {
        if (rest_.empty()) return false;
        const std::size_t length = std::size_t{rest_[10]} << 8U | rest_[11];
        whole = rest_.first(kRecordHeaderBytes + length);
        rdata = whole.subspan(kRecordHeaderBytes);
        rest_ = rest_.subspan(whole.size());
        return true;
    }

  private:
    ByteView rest_;
};

/// Borrowed RRset of a zone.
class RrsetView {
  public:
    RrsetView() noexcept = default;
    explicit RrsetView(const RrsetHeader* header) noexcept : header_(header) {}
    [[nodiscard]] explicit operator bool() const noexcept { return header_ != nullptr; }
    [[nodiscard]] const RrsetHeader& header() const noexcept { return *header_; }
    [[nodiscard]] std::uint16_t type() const noexcept { return header_->type; }
    [[nodiscard]] ByteView records() const noexcept { return {data(), header_->record_bytes}; }
    [[nodiscard]] ByteView signatures() const noexcept {
        return {data() + header_->record_bytes, header_->signature_bytes};
    }
    [[nodiscard]] const RrsetHeader* next() const noexcept {
        return reinterpret_cast<const RrsetHeader*>(
            data() + padded4(std::size_t{header_->record_bytes} + header_->signature_bytes));
    }

  private:
    [[nodiscard]] const std::uint8_t* data() const noexcept {
        return reinterpret_cast<const std::uint8_t*>(header_ + 1);
    }
    const RrsetHeader* header_ = nullptr;
};

/// Borrowed name of a zone with its RRsets. Empty when nothing was found.
class NodeView {
  public:
    NodeView() noexcept = default;
    explicit NodeView(const BlockHeader* block) noexcept : block_(block) {}
    [[nodiscard]] explicit operator bool() const noexcept { return block_ != nullptr; }
    [[nodiscard]] bool has(std::uint16_t flags) const noexcept {
        return (block_->flags & flags) != 0;
    }
    [[nodiscard]] std::uint16_t flags() const noexcept { return block_->flags; }
    [[nodiscard]] unsigned labels() const noexcept { return block_->labels; }
    [[nodiscard]] unsigned rrset_count() const noexcept { return block_->rrset_count; }
    /// Case as in the zone file.
    [[nodiscard]] ByteView name() const noexcept {
        return {reinterpret_cast<const std::uint8_t*>(block_ + 1), block_->name_bytes};
    }
    [[nodiscard]] RrsetView first() const noexcept {
        return RrsetView(reinterpret_cast<const RrsetHeader*>(
            reinterpret_cast<const std::uint8_t*>(block_ + 1) + padded4(block_->name_bytes)));
    }
    /// The RRset of a type, or an empty view.
    [[nodiscard]] RrsetView find(std::uint16_t type) const noexcept {
        RrsetView rrset = first();
        for (unsigned i = 0; i < block_->rrset_count; ++i) {
            if (rrset.type() == type) return rrset;
            rrset = RrsetView(rrset.next());
        }
        return {};
    }
    [[nodiscard]] bool same_as(NodeView other) const noexcept { return block_ == other.block_; }

  private:
    const BlockHeader* block_ = nullptr;
};

}  // namespace vedette::dnsd
