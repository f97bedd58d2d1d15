// RDATA as dig prints it (+nosplit), one line, for every record type; types nobody knows and RDATA
// that does not have its type's shape in the generic form of RFC 3597 5. Common types are printed
// by a table of fields: ldns allocates for each record, and spells digests, NSEC3
// and service parameters differently from dig. The rare rest goes through ldns.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "wire/dns/message.hpp"

namespace vedette::render {

/// Appends RDATA whose names are already expanded (wire::dns::expand_rdata, or from a store).
void append_rdata(std::string& out, std::uint16_t type, ByteView rdata);
[[nodiscard]] std::string rdata_text(std::uint16_t type, ByteView rdata);

/// Prints the records of messages; owns the buffer that expansion needs (64 KiB). Not thread safe.
class RecordPrinter {
  public:
    RecordPrinter();
    /// Appends the record's RDATA.
    void append_rdata(std::string& out, ByteView message, const wire::dns::RecordView& record);
    /// Appends the owner name with its final dot; "?" never appears: inspected owners are sound.
    void append_owner(std::string& out, ByteView message, const wire::dns::RecordView& record);
    /// The RDATA with its names expanded; valid until the next call.
    [[nodiscard]] ByteView expand(ByteView message, const wire::dns::RecordView& record);

  private:
    std::vector<std::uint8_t> buffer_;
};

}  // namespace vedette::render
