// Writes an answer into the caller's buffer: RRsets whole or not at all, names compressed against
// what was written before (RFC 1035 4.1.4). No heap; everything lives in the object. One answer per
// object.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <span>

#include "base/bytes.hpp"
#include "service/dnsd/zone/block.hpp"
#include "service/dnsd/zone/lookup_name.hpp"

namespace vedette::dnsd {

/// Where an owner name already stands in the message, as a compression pointer.
inline constexpr std::uint16_t kQuestionPointer = 0xc00c;

enum class Signatures : std::uint8_t { Leave, Include };

/// The owner of records to be written: a pointer when it stands in the message already, else the
/// name itself, which is written once and then pointed to. `written` has the case to be shown.
struct OwnerName {
    std::uint16_t pointer = 0;
    const LookupName* name = nullptr;
    ByteView written;
};

/// What the header says about the records written.
struct AnswerHeader {
    std::uint16_t answers = 0;
    std::uint16_t authority = 0;
    std::uint16_t additional = 0;
    std::uint8_t rcode = 0;
    bool authoritative = false;
    bool truncated = false;
};

/// How an RRset is written.
struct RrsetStyle {
    Signatures signatures = Signatures::Leave;
    std::uint32_t ttl_limit = UINT32_MAX;  ///< TTLs above are lowered (RFC 2308 3)
};

class MessageWriter {
  public:
    /// `limit` octets of `out` may be used.
    MessageWriter(std::span<std::uint8_t> out, std::size_t limit) noexcept
        : out_(out.first(limit < out.size() ? limit : out.size())) {}

    /// Sets another limit, not below what is written.
    void widen(std::span<std::uint8_t> out, std::size_t limit) noexcept {
        out_ = out.first(limit < out.size() ? limit : out.size());
    }

    /// Takes back what was written after `size` octets; no name in it was indexed.
    void drop_back_to(std::size_t size) noexcept { position_ = size; }

    [[nodiscard]] std::size_t size() const noexcept { return position_; }
    [[nodiscard]] std::size_t room() const noexcept { return out_.size() - position_; }
    [[nodiscard]] std::span<std::uint8_t> bytes() const noexcept { return out_.first(position_); }

    /// Appends raw bytes; false and nothing written when there is no room.
    [[nodiscard]] bool put(ByteView bytes) noexcept {
        if (bytes.size() > room()) return false;
        if (!bytes.empty()) std::memcpy(out_.data() + position_, bytes.data(), bytes.size());
        position_ += bytes.size();
        return true;
    }
    [[nodiscard]] bool put_u16(std::uint16_t value) noexcept {
        if (room() < 2) return false;
        out_[position_] = static_cast<std::uint8_t>(value >> 8U);
        out_[position_ + 1] = static_cast<std::uint8_t>(value);
        position_ += 2;
        return true;
    }
    [[nodiscard]] bool put_u32(std::uint32_t value) noexcept;

    /// Makes the name at octet 12 usable as a compression target. Once, before the first record.
    void index_question(const LookupName& name) noexcept { index(name, 0, name.labels(), 12); }

    /// From now on a name is only replaced by one that is written alike: for transfers, whose
    /// receiver shall have the zone as it is.
    void keep_case() noexcept { keeps_case_ = true; }

    /// Appends a name, compressed; `written` is `name` with the case to be shown. `pointer` becomes
    /// the pointer to it, or 0 when it stands beyond the reach of pointers. False: no room.
    [[nodiscard]] bool put_name(const LookupName& name, ByteView written,
                                std::uint16_t& pointer) noexcept;

    /// Appends the records of an RRset, and their signatures when the style says so; all or none.
    [[nodiscard]] bool put_rrset(RrsetView rrset, OwnerName& owner, RrsetStyle style) noexcept;
    /// Appends only the signatures.
    [[nodiscard]] bool put_signatures(RrsetView rrset, OwnerName& owner) noexcept;
    /// Appends a CNAME record made up for a DNAME (RFC 6672 3.1); `target.pointer` is set.
    [[nodiscard]] bool put_cname(OwnerName& owner, std::uint32_t ttl, OwnerName& target) noexcept;

  private:
    struct Entry {
        std::uint64_t hash;
        std::uint16_t offset;
    };
    struct Mark {
        std::size_t position;
        unsigned entries;
    };
    static constexpr unsigned kMaxEntries = 64;

    [[nodiscard]] Mark mark() const noexcept { return {position_, entry_count_}; }
    bool undo(Mark mark) noexcept {
        position_ = mark.position;
        entry_count_ = mark.entries;
        return false;
    }
    void index(const LookupName& name, unsigned first, unsigned last, std::size_t at) noexcept;
    [[nodiscard]] std::uint16_t find(const LookupName& name, ByteView written,
                                     unsigned skip) const noexcept;
    /// Whether the name stands there; `same(octets of the message, octets of the name)` compares
    /// labels.
    template <typename Same>
    [[nodiscard]] bool stands_at(std::size_t offset, ByteView name, Same same) const noexcept;
    [[nodiscard]] bool put_records(ByteView records, OwnerName& owner, std::uint16_t flags,
                                   std::uint32_t ttl_limit) noexcept;
    [[nodiscard]] bool put_owner(OwnerName& owner) noexcept;
    [[nodiscard]] bool put_rdata(std::uint16_t type, ByteView rdata) noexcept;

    std::span<std::uint8_t> out_;
    std::size_t position_ = 0;
    unsigned entry_count_ = 0;
    bool keeps_case_ = false;
    std::array<Entry, kMaxEntries> entries_;
};

}  // namespace vedette::dnsd
