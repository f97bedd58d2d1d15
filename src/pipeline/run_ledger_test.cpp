#include "pipeline/run_ledger.hpp"

#include <gtest/gtest.h>

namespace vedette::pipeline {
namespace {

RunLedger sound() {
    RunLedger ledger;
    ledger.source.packets = 10;
    ledger.source.filtered = 2;
    ledger.counts.packets = 12;
    ledger.counts.filtered = 2;
    ledger.counts.decoded = 7;
    ledger.counts.not_ours = 1;
    ledger.counts.damaged = 1;
    ledger.counts.held = 1;
    ledger.events = 9;
    ledger.events_delivered = 6;
    ledger.dropped_queue_full = 2;
    ledger.dropped_stopped = 1;
    ledger.sinks = {{"store", 6, 1}, {"console", 6, 0}};
    return ledger;
}

TEST(RunLedger, BalancesAndNamesTheFirstSumThatDoesNot) {
    EXPECT_EQ(sound().imbalance(), "");
    EXPECT_EQ(sound().sinks[0].kept(), 5U);

    RunLedger packets = sound();
    packets.source.packets = 11;
    EXPECT_TRUE(packets.imbalance().starts_with("the source delivered 11")) << packets.imbalance();
    RunLedger fate = sound();
    fate.counts.held = 0;
    EXPECT_TRUE(fate.imbalance().starts_with("of 12 packets")) << fate.imbalance();
    RunLedger events = sound();
    events.events = 10;
    EXPECT_TRUE(events.imbalance().starts_with("of 10 events")) << events.imbalance();
    RunLedger sink = sound();
    sink.sinks[1].taken = 5;
    EXPECT_TRUE(sink.imbalance().starts_with("console took 5 of 6")) << sink.imbalance();
}

}  // namespace
}  // namespace vedette::pipeline
