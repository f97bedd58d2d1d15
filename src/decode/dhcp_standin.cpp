// Counts and does nothing else, so that the decoder's tests link before the DHCP tracker is there.
// Whoever lands decode/dhcp_tracker.cpp deletes this file and its line in CMakeLists.txt.
#include "decode/dhcp_tracker.hpp"

namespace vedette::decode {

struct DhcpTracker::State {
    TraceCounts& counts;
};

DhcpTracker::DhcpTracker(Identity&, TraceCounts& counts, DhcpTrackerLimits)
    : state_(std::make_unique<State>(State{counts})) {}
DhcpTracker::~DhcpTracker() = default;

void DhcpTracker::on_v4(const PacketContext&, ByteView, EventBatch&) {
    ++state_->counts.dhcp_msgs;
}
void DhcpTracker::on_v6(const PacketContext&, ByteView, EventBatch&) {
    ++state_->counts.dhcpv6;
}
void DhcpTracker::expire(Timestamp, EventBatch&) {}

}  // namespace vedette::decode
