// The DNS records that people add by hand, in a small SQLite file of their own, apart from the
// traffic: who changes a name does not wait for the trace, and the other way round. A change that
// was acknowledged survives the loss of power. Any number of processes; one thread per object.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "store/sqlite/connection.hpp"

namespace vedette::store {

/// One record; names and RDATA in wire form without compression. Borrowed.
struct RecordView {
    ByteView owner;  ///< case as it was written
    std::uint16_t type = 0;
    std::uint32_t ttl = 0;
    ByteView rdata;
};

using RecordVisitor = std::function<Result<void>(const RecordView&)>;

class RecordStore {
  public:
    /// Creates the file when it is absent and the mode allows it.
    [[nodiscard]] static Result<RecordStore> open(const std::string& path, OpenMode mode);

    /// Everything between begin() and commit() happens at once or not at all.
    [[nodiscard]] Result<void> begin();
    /// Durable when it returns. The serial rises by one when anything changed.
    [[nodiscard]] Result<void> commit();
    [[nodiscard]] Result<void> roll_back();

    /// Adds a record, or sets its TTL when it is there; the RRset's other records get the same TTL
    /// (RFC 2181 5.2). Fails with InvalidInput where a CNAME would stand beside other data.
    [[nodiscard]] Result<void> add(const RecordView& record);
    /// Removes what matches; the number of records that went.
    [[nodiscard]] Result<std::uint64_t> remove(ByteView owner, std::optional<std::uint16_t> type,
                                               std::optional<ByteView> rdata);

    /// Rises with every change of any process.
    [[nodiscard]] Result<std::uint32_t> serial();
    /// The owners, as canonical keys, whose records changed since the file had this serial. Nothing
    /// when that is not known: it was too long ago, or too much at once.
    [[nodiscard]] Result<std::optional<std::vector<std::string>>> changed_since(
        std::uint32_t serial);

    /// Until end_reading() all is read as it is now, whoever writes.
    [[nodiscard]] Result<void> begin_reading() { return connection_.execute("BEGIN"); }
    void end_reading() { (void)connection_.execute("COMMIT"); }

    /// Every record in canonical order of owners (RFC 4034 6.1): a zone's apex before its names.
    [[nodiscard]] Result<void> visit(const RecordVisitor& visitor);
    /// The records of the owner with this canonical key and of all names below it, in that order.
    [[nodiscard]] Result<void> visit_tree(const std::string& key, const RecordVisitor& visitor);
    /// The records of one owner.
    [[nodiscard]] Result<void> visit_owner(const std::string& key, const RecordVisitor& visitor);
    [[nodiscard]] Result<bool> has_owner(const std::string& key);
    [[nodiscard]] Result<bool> has_names_below(const std::string& key);

  private:
    RecordStore() = default;
    [[nodiscard]] Result<void> prepare_reading();
    [[nodiscard]] Result<void> check_cname(const RecordView& record);
    [[nodiscard]] Result<void> visit_range(const std::string& first, const std::string& end,
                                           const RecordVisitor& visitor);
    [[nodiscard]] Result<bool> any_in_range(const std::string& first, const std::string& end);
    /// Notes that an owner's records change in this transaction.
    void note_change(const std::string& key);
    [[nodiscard]] Result<void> log_changes();

    Connection connection_;
    Statement insert_;
    Statement set_ttl_;
    Statement others_;
    Statement in_range_;
    Statement any_in_range_;
    bool changed_ = false;
    std::vector<std::string> changed_owners_;  // more than are logged: too many
};

/// An owner as a byte string whose order is the canonical one, and of which every name below it has
/// the prefix: labels from the root, lower case, each ended by a zero octet.
[[nodiscard]] std::string canonical_key(ByteView owner);
/// The name, lower case wire form, whose canonical_key() this is.
[[nodiscard]] std::string name_of_key(std::string_view key);

}  // namespace vedette::store
