// The other questions: clients, leases, top lists, statistics. Each runs inside the caller's read
// transaction.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/log_query.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/fingerprint.hpp"

namespace vedette::store {

[[nodiscard]] Result<std::vector<ClientRow>> find_clients(Connection& connection,
                                                          const Fingerprinter& print,
                                                          const Filter& filter);
[[nodiscard]] Result<std::vector<LeaseRow>> find_leases(Connection& connection,
                                                        const Filter& filter);
[[nodiscard]] Result<std::vector<TopRow>> find_top(Connection& connection,
                                                   const Fingerprinter& print, TopKind kind,
                                                   const Filter& filter, std::uint32_t limit);
[[nodiscard]] Result<StoreStatistics> measure_store(Connection& connection,
                                                    const std::string& path);

}  // namespace vedette::store
