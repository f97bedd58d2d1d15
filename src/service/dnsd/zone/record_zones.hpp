// Zones from loose records: the topmost owner of a tree is the apex of a zone, and so is every
// owner with an SOA. A zone without an SOA gets one made up, so that a single address is enough to
// be served.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "service/dnsd/zone/zone_builder.hpp"

namespace vedette::dnsd {

/// A zone that could not be compiled, and why.
struct ZoneProblem {
    std::string apex;  ///< lower case wire form
    std::string text;
};

/// The SOA of a zone that has none: MNAME is the apex and RNAME hostmaster below it (RFC 1912 2.2,
/// RFC 2142 7).
[[nodiscard]] std::vector<std::uint8_t> made_up_soa(ByteView apex, std::uint32_t serial);
inline constexpr std::uint32_t kMadeUpTtl = 60;  ///< of that SOA, and so of "no such name"

class RecordZones {
  public:
    /// `serial` goes into SOA records that are made up.
    explicit RecordZones(std::uint32_t serial) : serial_(serial) {}

    /// Records must come in canonical order of their owners. Not thread safe.
    [[nodiscard]] Result<void> add(ByteView owner, std::uint16_t type, std::uint32_t ttl,
                                   ByteView rdata);
    /// Compiles what was added. A zone that is wrong is left out and told in problems().
    [[nodiscard]] std::vector<ZonePointer> finish();
    [[nodiscard]] const std::vector<ZoneProblem>& problems() const noexcept { return problems_; }
    /// The apexes, lower case wire form, of zones with other zones below them.
    [[nodiscard]] const std::vector<std::string>& nested() const noexcept { return nested_; }

  private:
    struct Open {
        explicit Open(ByteView owner) : builder(owner) { apex.assign(owner); }
        LookupName apex;
        ZoneBuilder builder;
        bool has_soa = false;
    };
    struct Pending {
        std::uint16_t type;
        std::uint32_t ttl;
        std::vector<std::uint8_t> rdata;
    };
    [[nodiscard]] Result<void> place_owner();
    void close_last();

    std::uint32_t serial_;
    std::vector<std::unique_ptr<Open>> open_;  // nested: each is below the one before
    std::vector<ZonePointer> zones_;
    std::vector<ZoneProblem> problems_;
    std::vector<std::string> nested_;
    OwnedName owner_;               // whose records are pending
    std::vector<Pending> pending_;  // where they belong is known when all are there
};

}  // namespace vedette::dnsd
