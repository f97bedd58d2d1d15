// Zone transfers under way (RFC 5936, RFC 1995): the first answer message is kept, the others are
// counted, until the closing SOA or until the tracker finds the stream silent. Bounded; when all
// places are taken, a new transfer is told as an ordinary answer and its further messages as
// orphans.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "model/dns_transaction.hpp"
#include "wire/dns/message.hpp"

namespace vedette::decode {

class ZoneTransfers {
  public:
    static constexpr std::uint32_t kNone = UINT32_MAX;
    static constexpr std::uint32_t kMaxRunning = 64;  ///< of at most 64 KiB each

    /// A place for a new transfer, or kNone. `answer` holds what the first message says.
    [[nodiscard]] std::uint32_t begin(const DnsTransaction& answer, ByteView message);
    /// Counts one answer message, the first included; true when it is the last.
    [[nodiscard]] bool add(std::uint32_t slot, std::uint16_t qtype,
                           const wire::dns::MessageView& message, std::uint32_t wire_bytes,
                           wire::Damage damage) noexcept;
    /// Writes the answer's half of `event` and frees the place.
    void finish(std::uint32_t slot, DnsTransaction& event, ByteArena& arena);

  private:
    struct Transfer {
        DnsTransaction answer;
        std::vector<std::uint8_t> message;
        std::uint32_t soas = 0;
        bool running = false;
    };
    std::vector<Transfer> transfers_;
};

}  // namespace vedette::decode
