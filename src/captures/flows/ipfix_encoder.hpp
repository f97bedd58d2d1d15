// Flows -> IPFIX messages (RFC 7011): templates and data records in network byte order, both
// directions of a flow in one record (RFC 5103), times in milliseconds (elements 152 and 153). Only
// elements of IANA's registry and their reverses are used. The bytes are documented in
// docs/formats/flows.md. No sockets and no clock here. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "captures/flows/flow.hpp"

namespace vedette::captures {

class IpfixEncoder {
  public:
    /// `domain` is the Observation Domain ID; no message exceeds `max_message` bytes (at least
    /// 1,200, at most 65,535).
    IpfixEncoder(std::uint32_t domain, std::size_t max_message);

    /// Adds the flow to the message under way. False when it has no room left: finish() it first.
    [[nodiscard]] bool append(const Flow& flow);
    /// Whether no record waits.
    [[nodiscard]] bool empty() const noexcept { return records_ == 0; }
    /// Closes the message under way; the bytes are valid until the next call. `export_time` goes
    /// into the header (seconds).
    [[nodiscard]] ByteView finish(Timestamp export_time);
    /// A message of its own that tells every template.
    [[nodiscard]] ByteView templates(Timestamp export_time);
    /// Data records in all finished messages: the sequence number of the next one.
    [[nodiscard]] std::uint32_t sequence() const noexcept { return sequence_; }

  private:
    void begin();
    void put(std::uint64_t value, unsigned octets);
    void put(ByteView bytes) { message_.insert(message_.end(), bytes.begin(), bytes.end()); }
    void put_side(const FlowSide& side);
    void put_template(std::uint16_t id);
    void close_set();
    [[nodiscard]] ByteView close(Timestamp export_time);

    std::uint32_t domain_;
    std::size_t max_message_;
    std::uint32_t sequence_ = 0;
    std::uint32_t records_ = 0;
    std::size_t set_ = 0;  // where the open set begins; 0 when none is open
    std::uint16_t set_id_ = 0;
    std::vector<std::uint8_t> message_;
};

}  // namespace vedette::captures
