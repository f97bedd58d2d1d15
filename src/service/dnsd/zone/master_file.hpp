// Reads master files (RFC 1035 5, RFC 2308 4 $TTL, RFC 3597 unknown types) record by record. The
// common types are parsed here, because a million names must load in seconds; every other type goes
// through ldns. Errors say file, line and what is wrong there.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "service/dnsd/zone/lookup_name.hpp"
#include "service/dnsd/zone/zone.hpp"

namespace vedette::dnsd {

/// A record as read; borrowed for the duration of the visit.
struct ParsedRecord {
    ByteView owner;  ///< wire form, case kept
    std::uint16_t type = 0;
    std::uint32_t ttl = 0;
    ByteView rdata;
};

using RecordVisitor = std::function<Result<void>(const ParsedRecord&)>;

struct MasterOptions {
    OwnedName origin;                  ///< for relative names until $ORIGIN
    std::uint32_t default_ttl = 3600;  ///< where neither the record nor $TTL says
};

/// Visits every record of the file and of those it includes ($INCLUDE, at most 8 deep). Stops at
/// the first error, the visitor's included.
[[nodiscard]] Result<void> read_master_file(const std::string& path, const MasterOptions& options,
                                            const RecordVisitor& visit);
/// The same over a text; `name` stands for the file in errors.
[[nodiscard]] Result<void> read_master_text(std::string_view text, const std::string& name,
                                            const MasterOptions& options,
                                            const RecordVisitor& visit);

/// Reads and compiles a zone. `apex` in wire form.
[[nodiscard]] Result<ZonePointer> load_zone_file(const std::string& path, const OwnedName& apex);
[[nodiscard]] Result<ZonePointer> load_zone_text(std::string_view text, const OwnedName& apex);

/// Whether a zone may hold the type: not a question's and not a transport's (RFC 6895 3.1).
[[nodiscard]] bool is_data_type(std::uint16_t type) noexcept;

/// "300", "1h30m", "2W"; nothing when it is no TTL (RFC 2181 8: at most 2^31 - 1).
[[nodiscard]] std::optional<std::uint32_t> ttl_from_text(std::string_view text) noexcept;

}  // namespace vedette::dnsd
