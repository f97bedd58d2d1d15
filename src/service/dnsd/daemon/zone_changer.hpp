// Changes some names of a large zone of records, without reading the others: reads the names and
// their ancestors from the store, and compiles them over the zone from before. One thread; used
// once, within one reading of the store.
#pragma once

#include <set>
#include <span>
#include <string>

#include "service/dnsd/zone/zone_builder.hpp"
#include "store/sqlite/records/record_store.hpp"

namespace vedette::dnsd {

class ZoneChanger {
  public:
    /// `tree` is the canonical key of the zone's apex; `serial` goes into an SOA that is made up.
    ZoneChanger(store::RecordStore& store, ZonePointer before, std::string tree,
                std::uint32_t serial);

    /// Reads the names with these keys. False when that is not enough, because names below them
    /// change too: a cut, DNAME or zone comes or goes above others, or the zone is to be signed.
    [[nodiscard]] Result<bool> read(std::span<const std::string> keys);
    /// The changed zone. The error names the owner that is wrong.
    [[nodiscard]] Result<ZonePointer> finish();

  private:
    enum class Verdict : std::uint8_t { Fine, NotEnough };
    [[nodiscard]] Result<Verdict> read_name(const std::string& key);

    store::RecordStore& store_;
    ZonePointer before_;
    std::string tree_;
    std::uint32_t serial_;
    bool has_soa_ = false;
    ZoneBuilder builder_;
};

}  // namespace vedette::dnsd
