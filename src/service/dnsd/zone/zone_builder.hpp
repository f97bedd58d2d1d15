// Collects the records of one zone in any order, compactly, and compiles them. Owner names are
// interned in the hash table that later becomes the zone's own. Not thread safe; used once.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "service/dnsd/zone/growing_array.hpp"
#include "service/dnsd/zone/lookup_name.hpp"
#include "service/dnsd/zone/zone.hpp"

namespace vedette::dnsd {

class ZoneBuilder {
  public:
    /// `apex` in wire form.
    explicit ZoneBuilder(ByteView apex);

    /// Adds one record of class IN; RDATA in wire form without compression. Fails with
    /// InvalidInput when the owner is outside the zone or RDATA is longer than 65,535 octets.
    [[nodiscard]] Result<void> add(ByteView owner, std::uint16_t type, std::uint32_t ttl,
                                   ByteView rdata);
    /// The SOA of a zone that has none of its own. It may stand beside a CNAME: whoever asks for
    /// another type than SOA there gets the alias.
    [[nodiscard]] Result<void> add_made_up_soa(std::uint32_t ttl, ByteView rdata);
    [[nodiscard]] std::uint64_t records() const noexcept { return record_count_; }

    /// Checks the zone as a whole (one SOA, CNAME alone, ...) and compiles it. The builder is empty
    /// afterwards. The error names the owner that is wrong.
    [[nodiscard]] Result<ZonePointer> finish();

    /// Says that a name without records is there because of those below it, or is gone. Only for
    /// finish_over().
    void note_empty(ByteView owner);
    void note_gone(ByteView owner);
    /// Compiles what was added as a change of an unsigned zone: the names added and noted are all
    /// there is to say of them, every other name stays. With a name belong all its ancestors; and
    /// a cut or DNAME may only come or go where nothing is below it.
    [[nodiscard]] Result<ZonePointer> finish_over(const ZonePointer& before);

  private:
    friend class ZoneCompiler;

    struct Name {
        std::uint32_t name = 0;          ///< offset in names_
        std::uint32_t first_record = 0;  ///< offset / 4 + 1 in records_; 0 is none
        std::uint32_t last_record = 0;   ///< while building; then the block offset / 4
        std::uint8_t name_bytes = 0;
        std::uint8_t labels = 0;
        std::uint16_t flags = 0;
    };
    struct Record {
        std::uint32_t next;
        std::uint32_t ttl;
        std::uint16_t type;
        std::uint16_t rdata_bytes;
    };

    /// The index of suffix(skip) of `name`; makes it when it is new. `written` has its case.
    std::uint32_t intern(const LookupName& name, unsigned skip, ByteView written);
    /// The index, or kAbsent.
    [[nodiscard]] std::uint32_t find(const LookupName& name, unsigned skip) const noexcept;
    void grow_slots();
    [[nodiscard]] ByteView name_of(const Name& name) const noexcept {
        return {names_bytes_.data() + name.name, name.name_bytes};
    }
    [[nodiscard]] const Record& record_at(std::uint32_t offset) const noexcept {
        return *reinterpret_cast<const Record*>(records_.data() + (offset - 1));
    }

    static constexpr std::uint32_t kAbsent = UINT32_MAX;

    LookupName apex_;
    bool made_up_soa_ = false;
    LookupName owner_;  // of the last add(), to skip the work for the next
    std::uint32_t owner_index_ = 0;
    GrowingArray<std::uint8_t> names_bytes_;
    GrowingArray<Name> names_;
    GrowingArray<std::uint32_t> records_;
    GrowingArray<ZoneSlot> slots_;  // `block` is index + 1 until compiled
    std::uint64_t record_count_ = 0;
};

}  // namespace vedette::dnsd
