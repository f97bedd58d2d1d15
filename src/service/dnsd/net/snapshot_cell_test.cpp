#include "service/dnsd/net/snapshot_cell.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace vedette::dnsd {
namespace {

SnapshotPointer numbered(std::uint16_t number) {
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->settings.udp_payload = number;
    snapshot->settings.nsid = std::to_string(number);
    return snapshot;
}

TEST(SnapshotCell, FreesWhatNobodyUses) {
    SnapshotPointer first = numbered(1);
    const std::weak_ptr<const Snapshot> watched = first;
    SnapshotCell cell(numbered(0));
    cell.publish(first);
    first.reset();
    {
        SnapshotCell::Reader reader(cell);
        EXPECT_EQ(reader.acquire().settings.udp_payload, 1);
        cell.publish(numbered(2));
        EXPECT_FALSE(watched.expired()) << "a reader still uses it";
        reader.release();
        EXPECT_EQ(reader.acquire().settings.udp_payload, 2);
        reader.release();
        cell.publish(numbered(3));
        EXPECT_TRUE(watched.expired());
    }
}

TEST(SnapshotCell, ReadersAlwaysSeeAWholeSnapshot) {
    SnapshotCell cell(numbered(0));
    std::atomic<bool> stop{false};
    std::atomic<int> wrong{0};
    std::vector<std::thread> readers;
    for (int i = 0; i < 3; ++i) {
        readers.emplace_back([&] {
            SnapshotCell::Reader reader(cell);
            std::uint16_t newest = 0;
            while (!stop.load()) {
                const Snapshot& snapshot = reader.acquire();
                const std::uint16_t number = snapshot.settings.udp_payload;
                if (snapshot.settings.nsid != std::to_string(number) || number < newest) ++wrong;
                newest = number;
                reader.release();
            }
        });
    }
    for (std::uint16_t i = 1; i < 3'000; ++i)
        cell.publish(numbered(i));
    stop = true;
    for (std::thread& reader : readers)
        reader.join();
    EXPECT_EQ(wrong.load(), 0);
}

}  // namespace
}  // namespace vedette::dnsd
