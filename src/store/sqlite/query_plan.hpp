// How a filter finds its rows: which keys of which indexed sides any match must have, and the time
// range it lies in. What cannot be resolved to keys is left to RowFilter, which checks every row
// in any case. Made once per query.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "base/result.hpp"
#include "model/filter.hpp"
#include "store/sqlite/catalog.hpp"
#include "store/sqlite/fingerprint.hpp"
#include "store/sqlite/index_keys.hpp"
#include "store/sqlite/row_filter.hpp"

namespace vedette::store {

/// Keys of one side, ascending.
struct KeySet {
    Dimension dimension = Dimension::Client;
    std::vector<std::uint32_t> keys;
};

/// A row has to have a key of any of these.
using IndexTerm = std::vector<KeySet>;

struct QueryPlan {
    std::vector<IndexTerm> terms;  ///< all of them
    std::int64_t min_time = std::numeric_limits<std::int64_t>::min();
    std::int64_t max_time = std::numeric_limits<std::int64_t>::max();  ///< both included
    bool dns = true;                                                   ///< a DNS row may match
    bool dhcp = true;                                                  ///< a DHCP row may match
};

[[nodiscard]] Result<QueryPlan> make_plan(const Filter& filter, const Fingerprinter& print,
                                          Catalog& catalog, RowFilter& rows);

}  // namespace vedette::store
