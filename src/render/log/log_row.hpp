// Events -> LogRow: what a store would answer for an event, made without a store, so that live
// output and stored output are printed by the same code. Owns reusable buffers; not thread safe.
#pragma once

#include "base/bytes.hpp"
#include "model/dhcp_message.hpp"
#include "model/dns_transaction.hpp"
#include "model/log_query.hpp"
#include "render/rdata_text.hpp"

namespace vedette::render {

class LogRowMaker {
  public:
    /// The returned row is valid until the next call. `row` stays 0: the event is not stored.
    /// Whose events come next; empty for this machine.
    void set_sensor(std::string_view sensor) { sensor_ = sensor; }
    [[nodiscard]] const LogRow& make(const DnsTransaction& event, const ByteArena& bytes);
    [[nodiscard]] const LogRow& make(const DhcpMessage& event, const ByteArena& bytes);

  private:
    void add_records(const DnsTransaction& event, const ByteArena& bytes);

    RecordPrinter printer_;
    LogRow row_;
    std::string sensor_;
};

}  // namespace vedette::render
