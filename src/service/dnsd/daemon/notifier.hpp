// Tells secondaries that a zone has changed (RFC 1996): a NOTIFY over UDP, repeated with growing
// pauses until it is answered or five times have passed. One thread, non-blocking.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "service/dnsd/answer/tsig.hpp"
#include "service/dnsd/net/endpoint.hpp"

namespace vedette::dnsd {

class Notifier {
  public:
    /// With keys, the first one signs.
    Notifier(std::vector<Endpoint> secondaries, std::vector<TsigKey> keys);

    /// Queues a NOTIFY to every secondary; one that is still waiting for this zone starts anew.
    void zone_changed(ByteView apex, Timestamp now);
    /// Sends what is due and takes the answers that came.
    void tick(Timestamp now);
    [[nodiscard]] std::size_t waiting() const noexcept { return waiting_.size(); }

  private:
    struct Waiting {
        Endpoint secondary;
        OwnedName apex;
        std::uint16_t id = 0;
        unsigned tries = 0;
        Timestamp due;
    };
    void send(Waiting& notice, Timestamp now);
    void receive(const sys::Descriptor& socket);
    [[nodiscard]] const sys::Descriptor& socket_for(const Endpoint& secondary);

    std::vector<Endpoint> secondaries_;
    std::vector<TsigKey> keys_;
    std::vector<Waiting> waiting_;
    sys::Descriptor v4_;
    sys::Descriptor v6_;
};

}  // namespace vedette::dnsd
