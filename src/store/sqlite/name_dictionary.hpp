// Names by id: one row of table names per distinct name, in lower case. Names equal but for case
// are one name (RFC 4343); how the letters stood is kept beside the row that needs it. Not thread
// safe.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/bytes.hpp"
#include "store/sqlite/dictionary_sweep.hpp"
#include "store/sqlite/fingerprint.hpp"
#include "store/sqlite/index_keys.hpp"
#include "store/sqlite/intern_table.hpp"
#include "store/sqlite/write_job.hpp"
#include "wire/dns/name.hpp"

namespace vedette::store {

/// A name in wire form folded to lower case.
struct FoldedName {
    std::array<std::uint8_t, wire::dns::kMaxNameBytes> bytes;
    std::uint8_t length = 0;
    bool had_upper = false;

    [[nodiscard]] ByteView view() const noexcept { return {bytes.data(), length}; }
};
/// Longer input than a name can be is cut; whole names never are.
void fold_name(ByteView name, FoldedName& out) noexcept;

class NameDictionary {
  public:
    struct Entry {
        std::uint32_t id = 0;
        std::uint32_t domain = 0;  ///< domain_key()
    };
    struct Interned {
        Entry entry;
        std::uint32_t key = 0;  ///< name_key()
    };

    NameDictionary(const Fingerprinter& print, std::uint32_t next_id);

    /// The identity of a folded name. Fetches ahead what intern() will need.
    [[nodiscard]] Fingerprint prepare(const FoldedName& name) const noexcept;
    /// The id of a folded name and its prepare(); when it is new, adds its text to the job.
    [[nodiscard]] Interned intern(const FoldedName& name, const Fingerprint& print, WriteJob& job);
    /// An entry that the file already has.
    void seed(ByteView folded, std::uint32_t id);
    void forget_garbage(const DictionarySweep& sweep);
    [[nodiscard]] std::size_t memory_bytes() const noexcept { return table_.memory_bytes(); }

  private:
    const Fingerprinter& print_;
    std::uint32_t next_id_;
    InternTable<Entry> table_;
    std::string text_;
};

}  // namespace vedette::store
