#include "store/sqlite/sensors/sensor_book.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace vedette::store {
namespace {

TEST(SensorBook, KeepsWhatItWasTold) {
    std::string name = (std::filesystem::temp_directory_path() / "vedette-sb-XXXXXX").string();
    const std::string folder = mkdtemp(name.data());
    const std::string path = folder + "/sensors.db";
    EXPECT_FALSE(SensorBook::open(path, OpenMode::ReadOnly));
    {
        auto book = SensorBook::open(path, OpenMode::ReadWrite);
        ASSERT_TRUE(book) << book.error().text;
        const SensorStatus one{.sensor = "a",
                               .peer = "192.0.2.1:5",
                               .version = "0.1",
                               .connected = true,
                               .since = Timestamp{1},
                               .last_seen = Timestamp{2},
                               .batches = 3,
                               .events = 4,
                               .dropped = 5,
                               .spooled_batches = 6,
                               .spooled_bytes = 7,
                               .lag = Duration{8}};
        SensorStatus two = one;
        two.sensor = "b";
        ASSERT_TRUE(book->write({two, one}, Timestamp{9}));
        two.connected = false;
        ASSERT_TRUE(book->write({two}, Timestamp{10}));
    }
    auto book = SensorBook::open(path, OpenMode::ReadOnly);
    ASSERT_TRUE(book) << book.error().text;
    const auto rows = book->list();
    ASSERT_TRUE(rows) << rows.error().text;
    ASSERT_EQ(rows->size(), 2U);
    EXPECT_EQ(rows->at(0).sensor, "a");
    EXPECT_TRUE(rows->at(0).connected);
    EXPECT_EQ(rows->at(0).lag.nanos, 8);
    EXPECT_EQ(rows->at(0).spooled_bytes, 7U);
    EXPECT_FALSE(rows->at(1).connected);
    EXPECT_EQ(book->written()->nanos, 10);
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace vedette::store
