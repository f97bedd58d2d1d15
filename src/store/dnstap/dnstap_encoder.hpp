// Transactions as dnstap records (dnstap.proto of dnstap.info), two each: the query and the
// response. Appends to a buffer; no state beyond its settings.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/event_batch.hpp"

namespace vedette::store {

/// How a transaction is told: as what a resolver saw of its clients, or an authoritative server of
/// its.
enum class DnstapRole : std::uint8_t { Client, Auth };

struct DnstapIdentity {
    std::string identity;  ///< of this server or sensor
    std::string version;
    DnstapRole role = DnstapRole::Client;
};

class DnstapEncoder {
  public:
    explicit DnstapEncoder(DnstapIdentity identity) : identity_(std::move(identity)) {}

    /// Appends whole Frame Streams data frames: the query when it was seen, then the response.
    /// Returns their number. Only DNS and its kin that fit: a message cut by the capture is left
    /// out, since readers take what they get for the whole.
    unsigned append(const DnsTransaction& event, const ByteArena& bytes,
                    std::vector<std::uint8_t>& out) const;

  private:
    enum class Half : std::uint8_t { Query, Response };
    void append_half(Half half, const DnsTransaction& event, const ByteArena& bytes,
                     std::vector<std::uint8_t>& out) const;

    DnstapIdentity identity_;
};

}  // namespace vedette::store
