// Events as the lines of day files: one JSON object each, keys as Zeek's dns.log and dhcp.log name
// them (docs/formats/dayfile.md lists all). Times are seconds since the epoch with six decimals.
// Not thread safe.
#pragma once

#include <string>

#include "model/event_batch.hpp"
#include "render/rdata_text.hpp"

namespace vedette::store {

class EventLines {
  public:
    /// Whose events come next; empty for this machine.
    void set_sensor(std::string_view sensor) { sensor_ = sensor; }
    /// Appends the line of a transaction, newline included.
    void append(std::string& out, const DnsTransaction& event, const ByteArena& bytes);
    void append(std::string& out, const DhcpMessage& event, const ByteArena& bytes);

  private:
    void append_answers(std::string& out, const DnsTransaction& event, const ByteArena& bytes);

    render::RecordPrinter printer_;
    std::string text_;  // reused per field
    std::string sensor_;
};

}  // namespace vedette::store
