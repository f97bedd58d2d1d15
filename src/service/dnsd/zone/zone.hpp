// One zone, compiled and immutable: names are found through a hash table over all owner names and
// empty non-terminals (RFC 4592 2.2.2), denial of existence through sorted NSEC and NSEC3 tables.
// Any number of threads may read a zone; whoever reads keeps it alive through its snapshot.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "service/dnsd/zone/block.hpp"
#include "service/dnsd/zone/canonical_key.hpp"
#include "service/dnsd/zone/growing_array.hpp"
#include "service/dnsd/zone/lookup_name.hpp"
#include "service/dnsd/zone/nsec3_hash.hpp"

namespace vedette::dnsd {

struct ZoneCounts {
    std::uint64_t names = 0;  ///< with empty non-terminals
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;  ///< memory of the compiled zone
};

/// One place of the hash table. `tag` is the upper half of the hash.
struct ZoneSlot {
    std::uint32_t tag;
    std::uint32_t block;  ///< offset / 4 + 1; 0 is free
};

class Zone {
  public:
    /// Only the compiler makes zones.
    class Key {
        friend class ZoneCompiler;
        Key() = default;
    };
    explicit Zone(Key) {}
    Zone(const Zone&) = delete;
    Zone& operator=(const Zone&) = delete;
    ~Zone() = default;

    [[nodiscard]] const KeptName& apex_name() const noexcept { return apex_name_; }
    [[nodiscard]] NodeView apex() const noexcept { return apex_; }
    [[nodiscard]] RrsetView soa() const noexcept { return soa_; }
    [[nodiscard]] std::uint32_t serial() const noexcept { return serial_; }
    /// min(SOA TTL, SOA MINIMUM), the TTL of negative answers (RFC 2308 3).
    [[nodiscard]] std::uint32_t negative_ttl() const noexcept { return negative_ttl_; }
    [[nodiscard]] bool has_nsec() const noexcept { return !nsec_.empty(); }
    [[nodiscard]] bool has_nsec3() const noexcept { return !nsec3_.empty(); }
    [[nodiscard]] const ZoneCounts& counts() const noexcept { return counts_; }

    /// The name without its first `skip` labels; empty when the zone has no such name.
    [[nodiscard]] NodeView find(const LookupName& name, unsigned skip) const noexcept;
    /// The node that holds the data of a name: its own, or that of the wildcard which answers for
    /// it (RFC 4592 3.3.1). Empty when there is neither.
    [[nodiscard]] NodeView find_or_expand(const LookupName& name) const noexcept;
    /// The longest existing ancestor of a name that is below the apex and does not exist
    /// itself. `skip` becomes the number of labels to drop to reach it.
    [[nodiscard]] NodeView closest_encloser(const LookupName& name, unsigned& skip) const noexcept;

    /// The NSEC owner at or before the name in canonical order (RFC 4034 6.1).
    [[nodiscard]] NodeView nsec_at_or_before(const LookupName& name) const noexcept;
    [[nodiscard]] Nsec3Digest nsec3_digest(ByteView name) const noexcept;
    /// The NSEC3 whose hash equals, or an empty view.
    [[nodiscard]] NodeView nsec3_match(const Nsec3Digest& digest) const noexcept;
    /// The NSEC3 with the greatest hash at or before, round the end of the chain.
    [[nodiscard]] NodeView nsec3_cover(const Nsec3Digest& digest) const noexcept;

    /// Whether the other zone was compiled from the same records in the same order.
    [[nodiscard]] bool same_as(const Zone& other) const noexcept;

    /// Every block in the order of the zone file; for transfers and listings. Starts with the apex.
    [[nodiscard]] NodeView next_block(NodeView after) const noexcept;

  private:
    friend class ZoneCompiler;

    struct Nsec3Entry {
        Nsec3Digest digest;
        std::uint32_t block;
    };
    [[nodiscard]] NodeView at(std::uint32_t block) const noexcept {
        return NodeView(reinterpret_cast<const BlockHeader*>(blocks_.data() + block));
    }
    [[nodiscard]] std::size_t nsec_before(const LookupName& name) const noexcept;
    [[nodiscard]] std::size_t nsec3_before(const Nsec3Digest& digest) const noexcept;

    GrowingArray<std::uint32_t> blocks_;
    GrowingArray<ZoneSlot> slots_;
    std::uint64_t slot_mask_ = 0;
    std::vector<std::uint32_t> nsec_;                          // block offsets, canonical order
    std::vector<CanonicalKey> nsec_keys_;                      // of the same names
    std::vector<Nsec3Entry> nsec3_;                            // by digest
    std::unique_ptr<const Nsec3Parameters> nsec3_parameters_;  // where there is an NSEC3
    KeptName apex_name_;
    NodeView apex_;
    RrsetView soa_;
    std::uint32_t serial_ = 0;
    std::uint32_t negative_ttl_ = 0;
    ZoneCounts counts_;
};

using ZonePointer = std::shared_ptr<const Zone>;

}  // namespace vedette::dnsd
