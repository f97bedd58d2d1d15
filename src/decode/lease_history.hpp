// Who held an address when: the last few leases of each address, so that a packet is attributed to
// the lease of its own moment. Records live in one slab; an address keeps the number of its newest
// record. Part of Identity; single thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "model/address.hpp"
#include "model/dhcp_message.hpp"

namespace vedette::decode {

/// From `start` (included) to `end` (not included) `mac` held the address under `name`.
struct alignas(64) LeaseRecord {
    Timestamp start;
    Timestamp end;
    MacAddress mac;
    std::uint32_t older = UINT32_MAX;
    std::string name;  ///< at most kMaxHostName bytes
};

class LeaseHistory {
  public:
    static constexpr std::uint32_t kNone = UINT32_MAX;
    static constexpr std::uint32_t kPerAddress = 4;
    static constexpr std::size_t kMaxHostName = 255;

    /// The record that covers `time`, or kNone.
    [[nodiscard]] std::uint32_t find(std::uint32_t newest, Timestamp time) const noexcept {
        for (; newest != kNone; newest = records_[newest].older) {
            const LeaseRecord& record = records_[newest];
            if (time >= record.start) return time < record.end ? newest : kNone;
        }
        return kNone;
    }
    [[nodiscard]] const LeaseRecord& at(std::uint32_t record) const noexcept {
        return records_[record];
    }

    /// A bind or renewal; gives the address's newest record. A renewal under the same name extends
    /// the record, anything else ends the one before at the lease's time.
    [[nodiscard]] std::uint32_t bind(std::uint32_t newest, const LeaseEvent& lease,
                                     std::string_view name);
    /// `mac` gave the address up (or lost it) at `time`.
    void end(std::uint32_t newest, const MacAddress& mac, Timestamp time) noexcept;
    /// Frees every record of an address that is being forgotten.
    void release(std::uint32_t newest);

    [[nodiscard]] std::size_t size() const noexcept { return records_.size() - free_.size(); }

  private:
    [[nodiscard]] std::uint32_t take();
    void drop_oldest(std::uint32_t newest);

    std::vector<LeaseRecord> records_;
    std::vector<std::uint32_t> free_;
};

}  // namespace vedette::decode
