// The leases under way, by address: offered, bound, renewed, given back, run out. Each change that
// is news becomes a LeaseEvent and is told to Identity. Bounded; offers are forgotten before
// leases. Part of DhcpTracker; single thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "decode/bounded_map.hpp"
#include "decode/identity.hpp"
#include "model/address.hpp"
#include "model/dhcp_message.hpp"
#include "model/event_batch.hpp"

namespace vedette::decode {

/// What a message says about one address. The texts are borrowed for the call.
struct LeaseNews {
    Timestamp time;
    IpAddress address;
    IpAddress server;
    MacAddress mac;
    std::uint32_t seconds = 0;  ///< 0xffffffff is for ever
    std::uint16_t vlan = 0;
    std::uint16_t prefix_length = 0;  ///< of a delegated prefix, else 0
    bool v6 = false;
    std::string_view host_name;
    std::string_view vendor_class;
    ByteView client_id;
};

class LeaseTable {
  public:
    LeaseTable(Identity& identity, std::uint32_t capacity)
        : identity_(identity), leases_(capacity) {}

    void offer(const LeaseNews& news, EventBatch& out);
    void bind(const LeaseNews& news, EventBatch& out);
    /// Released, declined or refused. Only the holder can end a lease; of a lease whose start was
    /// not seen, the end is told all the same.
    void end(const LeaseNews& news, LeaseState state, EventBatch& out);
    /// Tells leases that ran out. Looks only when one may have, at most once a second.
    void expire(Timestamp now, EventBatch& out);

    [[nodiscard]] std::size_t size() const noexcept { return leases_.size(); }

  private:
    struct Lease {
        Timestamp start;
        Timestamp end;
        IpAddress server;
        MacAddress mac;
        LeaseState state = LeaseState::Offered;
        bool v6 = false;
        std::uint16_t vlan = 0;
        std::uint16_t prefix_length = 0;
        std::string host_name;

        [[nodiscard]] std::uint8_t worth() const noexcept {
            return state == LeaseState::Bound ? 1 : 0;
        }
    };
    using Leases = BoundedMap<IpAddress, Lease, IpHash>;

    void tell(const LeaseNews& news, const Lease& lease, EventBatch& out);
    void tell_end(const IpAddress& address, const Lease& lease, Timestamp time, EventBatch& out);

    Identity& identity_;
    Leases leases_;
    Timestamp next_look_{INT64_MAX};  // no lease ends before
};

}  // namespace vedette::decode
