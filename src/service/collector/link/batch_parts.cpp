#include "service/collector/link/batch_parts.hpp"

namespace vedette::collector {
namespace {

/// What an event takes beside its messages, generously.
constexpr std::size_t kEventBytes = 2'048;

std::size_t size_of(const DnsTransaction& event) noexcept {
    return kEventBytes + event.query_message.length + event.response_message.length;
}
std::size_t size_of(const DhcpMessage& event) noexcept {
    return kEventBytes + 2 * std::size_t{event.message.length};
}
template <typename Event>
std::size_t size_of(const Event&) noexcept {
    return kEventBytes;
}

class Parts {
  public:
    Parts(const EventBatch& whole, std::size_t limit,
          const std::function<void(const EventBatch&)>& tell)
        : limit_(limit), tell_(tell) {
        part_.bytes = whole.bytes;  // slices stay what they are
        part_.watermark = whole.watermark;
        part_.origin = whole.origin;
    }

    template <typename Event>
    void add(const std::vector<Event>& events, std::vector<Event> EventBatch::* list) {
        for (const Event& event : events) {
            if (size_ != 0 && size_ + size_of(event) > limit_) cut();
            (part_.*list).push_back(event);
            size_ += size_of(event);
        }
    }
    void cut() {
        if (!part_.empty() || part_.sighted() != 0) tell_(part_);
        part_.sightings.clear();
        part_.encrypted.clear();
        part_.dns.clear();
        part_.dhcp.clear();
        part_.leases.clear();
        part_.neighbours.clear();
        part_.anomalies.clear();
        size_ = 0;
    }

  private:
    const std::size_t limit_;
    const std::function<void(const EventBatch&)>& tell_;
    EventBatch part_;
    std::size_t size_ = 0;
};

}  // namespace

void for_each_part(const EventBatch& batch, std::size_t bytes,
                   const std::function<void(const EventBatch&)>& tell) {
    Parts parts(batch, bytes, tell);
    parts.add(batch.sightings, &EventBatch::sightings);
    parts.add(batch.encrypted, &EventBatch::encrypted);
    parts.add(batch.dns, &EventBatch::dns);
    parts.add(batch.dhcp, &EventBatch::dhcp);
    parts.add(batch.leases, &EventBatch::leases);
    parts.add(batch.neighbours, &EventBatch::neighbours);
    parts.add(batch.anomalies, &EventBatch::anomalies);
    parts.cut();
}

}  // namespace vedette::collector
