// The DNS records that people add by hand, in a small SQLite file of their own, apart from the
// traffic: who changes a name does not wait for the trace, and the other way round. A change that
// was acknowledged survives the loss of power. Any number of processes; one thread per object.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

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
    /// Every record in canonical order of owners (RFC 4034 6.1): a zone's apex before its names.
    [[nodiscard]] Result<void> visit(const RecordVisitor& visitor);

  private:
    RecordStore() = default;
    [[nodiscard]] Result<void> check_cname(const RecordView& record);

    Connection connection_;
    Statement insert_;
    Statement set_ttl_;
    Statement others_;
    bool changed_ = false;
};

/// An owner as a byte string whose order is the canonical one, and of which every name below it has
/// the prefix: labels from the root, lower case, each ended by a zero octet.
[[nodiscard]] std::string canonical_key(ByteView owner);

}  // namespace vedette::store
