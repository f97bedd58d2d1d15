// hosts(5) as a source of records: lines of an address and the names that have it. Reads text from
// anywhere and says which line is wrong. One thread; nothing is kept.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "service/dnsd/zone/master_file.hpp"

namespace vedette::dnsd {

/// Hands on an A or AAAA record for every name of every line, with `ttl` in seconds. The number of
/// records; an error names `name`, the line, and what is wrong. Its first error ends it, as does
/// the visitor's.
[[nodiscard]] Result<std::uint64_t> read_hosts_text(std::string_view text, const std::string& name,
                                                    std::uint32_t ttl, const RecordVisitor& visit);

/// The same of a file.
[[nodiscard]] Result<std::uint64_t> read_hosts_file(const std::string& path, std::uint32_t ttl,
                                                    const RecordVisitor& visit);

}  // namespace vedette::dnsd
