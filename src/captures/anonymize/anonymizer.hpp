// Packets in, packets out: as many, as long, at the same times and in the same order, but nobody's.
// A message that spans packets (fragments of IP, segments of TCP) is scrubbed as a whole, so its
// packets are held until the rest has come; what does not come in time stays zero. Memory is
// bounded. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/result.hpp"
#include "captures/anonymize/key.hpp"
#include "sys/capture/packet_batch.hpp"

namespace vedette::captures {

struct AnonymizerOptions {
    std::vector<std::uint16_t> dns_ports{53};
    std::uint32_t max_held_bytes = 32U << 20U;
    Duration max_hold = Duration::seconds(5);  ///< by the packets' own clock
};

/// Takes the packets in their order; the bytes are valid during the call.
class PacketTaker {
  public:
    virtual ~PacketTaker() = default;
    [[nodiscard]] virtual Result<void> on_packet(const sys::PacketRecord& packet) = 0;
};

class Anonymizer {
  public:
    Anonymizer(const AnonymizeKey& key, AnonymizerOptions options, PacketTaker& taker);
    ~Anonymizer();
    Anonymizer(const Anonymizer&) = delete;
    Anonymizer& operator=(const Anonymizer&) = delete;

    [[nodiscard]] Result<void> add(const sys::PacketRecord& packet);
    /// The end: hands over what is still held.
    [[nodiscard]] Result<void> finish();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace vedette::captures
