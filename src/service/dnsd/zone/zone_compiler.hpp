// Turns the records of a ZoneBuilder into a Zone: adds empty non-terminals, marks cuts and what
// lies below them, groups records and signatures into RRsets, and sorts the denial tables.
#pragma once

#include <memory>
#include <vector>

#include "service/dnsd/zone/zone.hpp"
#include "service/dnsd/zone/zone_builder.hpp"

namespace vedette::dnsd {

class ZoneCompiler {
  public:
    explicit ZoneCompiler(ZoneBuilder& builder)
        : from_(builder), zone_(std::make_unique<Zone>(Zone::Key())) {}
    [[nodiscard]] Result<ZonePointer> compile();
    /// ZoneBuilder::finish_over().
    [[nodiscard]] Result<ZonePointer> compile_over(const ZonePointer& before);

  private:
    using Name = ZoneBuilder::Name;
    using Record = ZoneBuilder::Record;

    void mark_ancestors();
    void mark_name(std::uint32_t index, LookupName& name);
    void keep_wildcard_marks(const Zone& before);
    [[nodiscard]] Result<void> carry_over(const Zone& before);
    void count_over(const Zone& base);
    [[nodiscard]] Result<void> write_names();
    void gather(const Name& name);
    [[nodiscard]] Result<void> check(const Name& name);
    void remove_duplicates();
    void write_block(Name& name);
    std::size_t write_rrset(std::size_t begin, std::size_t end);
    void write_record(const Record& record);
    void note_denial(const Name& name);
    void link_slots();
    [[nodiscard]] Result<void> read_apex();
    void sort_denial();

    ZoneBuilder& from_;
    std::unique_ptr<Zone> zone_;
    std::vector<const Record*> gathered_;  // of one name, grouped by type
};

}  // namespace vedette::dnsd
