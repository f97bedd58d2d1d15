// A sensor and a server in one process: what is sent is stored once, whatever breaks in between.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <thread>

#include "service/collector/server/example_server.hpp"

namespace vedette::collector {
namespace {

using testing::ExampleServer;
using testing::ListSink;
using testing::numbered_batch;

const Duration kPatience = Duration::seconds(20);

class LinkTest : public ::testing::Test {
  protected:
    LinkTest() {
        std::string name = (std::filesystem::temp_directory_path() / "vedette-ln-XXXXXX").string();
        root_ = mkdtemp(name.data());
    }
    ~LinkTest() override { std::filesystem::remove_all(root_); }

    std::unique_ptr<Forwarder> sensor(const sys::HostPort& server, const std::string& name = "s1",
                                      SpoolLimits limits = {}) {
        auto spool = Spool::open(root_ + "/" + name, limits);
        EXPECT_TRUE(spool) << (spool ? "" : spool.error().text);
        return std::make_unique<Forwarder>(ForwardSettings{.server = server,
                                                           .tls = nullptr,
                                                           .name = name,
                                                           .token = {},
                                                           .version = "test",
                                                           .retry_least = Duration::millis(10),
                                                           .retry_most = Duration::millis(50)},
                                           std::move(*spool), Forwarder::Say{});
    }
    static void expect_each_once(std::vector<std::uint64_t> ids, std::uint64_t count) {
        std::vector<std::uint64_t> expected(count);
        std::iota(expected.begin(), expected.end(), 1);
        std::ranges::sort(ids);
        EXPECT_EQ(ids, expected);
    }
    std::string root_;
};

TEST_F(LinkTest, WhatIsSentIsStoredOnce) {
    ListSink store;
    ExampleServer server(store);
    auto first = sensor(server.sensors());
    for (std::uint64_t i = 0; i < 200; ++i)
        ASSERT_TRUE(first->consume(numbered_batch(1 + i * 50, 50)));
    ASSERT_TRUE(first->drain(kPatience)) << first->status().trouble;
    expect_each_once(store.ids(), 10'000);
    EXPECT_EQ(first->lost(), 0U);
    EXPECT_TRUE(first->status().connected);
    const auto rows = server.board().rows();
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].sensor, "s1");
    EXPECT_TRUE(rows[0].connected);
    EXPECT_EQ(rows[0].events, 10'000U);
    EXPECT_EQ(rows[0].batches, 200U);
    EXPECT_EQ(store.sensors().front(), "s1");
}

TEST_F(LinkTest, AServerThatComesAndGoesMissesNothing) {
    ListSink store;
    auto server = std::make_unique<ExampleServer>(store);
    const sys::HostPort where = server->sensors();
    auto one = sensor(where);
    std::uint64_t sent = 0;
    for (int round = 0; round < 6; ++round) {
        for (int i = 0; i < 50; ++i, sent += 20)
            ASSERT_TRUE(one->consume(numbered_batch(1 + sent, 20)));
        // Gone in the middle of it, with what its store knows.
        server.reset();
        for (int i = 0; i < 10; ++i, sent += 20)
            ASSERT_TRUE(one->consume(numbered_batch(1 + sent, 20)));
        const auto [key, sequence] = store.durable();
        server = std::make_unique<ExampleServer>(store, where.port);
        if (sequence != 0) server->book().load(key, sequence);
    }
    ASSERT_TRUE(one->drain(kPatience)) << one->status().trouble;
    expect_each_once(store.ids(), sent);
}

TEST_F(LinkTest, AFullSpoolDropsAndSaysSo) {
    // Nobody listens at first.
    std::uint16_t port = 0;
    {
        auto socket = testing::listen_aside();
        port = sys::bound_host_port(*socket).port;
    }
    auto one = sensor({"127.0.0.1", port}, "s1", {.bytes = 20'000, .file_bytes = 4'000});
    std::uint64_t sent = 0;
    for (int i = 0; i < 200; ++i, sent += 100)
        ASSERT_TRUE(one->consume(numbered_batch(1 + sent, 100)));
    EXPECT_GT(one->lost(), 0U);
    EXPECT_LT(one->lost(), sent);
    ListSink store;
    ExampleServer server(store, port);
    ASSERT_TRUE(one->drain(kPatience)) << one->status().trouble;
    EXPECT_EQ(store.ids().size(), sent - one->lost());
    // The server hears of it with the next status.
    for (int i = 0; i < 100 && server.board().rows().at(0).dropped == 0; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    EXPECT_EQ(server.board().rows().at(0).dropped, one->lost());
    // There is room again.
    const std::uint64_t lost = one->lost();
    ASSERT_TRUE(one->consume(numbered_batch(1 + sent, 100)));
    ASSERT_TRUE(one->drain(kPatience));
    EXPECT_EQ(one->lost(), lost);
}

TEST_F(LinkTest, WhatAFullDiskTookBackComesAgainInOrder) {
    ListSink store;
    ExampleServer server(store, 0, {}, {}, [&](StreamBook& book) -> Result<void> {
        const auto [key, sequence] = store.durable();
        if (sequence != 0) book.load(key, sequence);
        return {};
    });
    auto one = sensor(server.sensors());
    std::uint64_t sent = 0;
    for (int round = 0; round < 5; ++round) {
        for (int i = 0; i < 60; ++i, sent += 10) {
            ASSERT_TRUE(one->consume(numbered_batch(1 + sent, 10)));
            if (i == 20) store.fail(true);
            if (i == 40) store.fail(false);
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
    }
    ASSERT_TRUE(one->drain(kPatience)) << one->status().trouble;
    expect_each_once(store.ids(), sent);
}

TEST_F(LinkTest, TheSecondConnectionOfASensorEndsTheFirst) {
    ListSink store;
    ExampleServer server(store);
    auto one = sensor(server.sensors(), "twin");
    ASSERT_TRUE(one->consume(numbered_batch(1, 5)));
    ASSERT_TRUE(one->drain(kPatience));
    auto two =
        std::make_unique<Forwarder>(ForwardSettings{.server = server.sensors(),
                                                    .tls = nullptr,
                                                    .name = "twin",
                                                    .token = {},
                                                    .version = "test",
                                                    .retry_least = Duration::seconds(60),
                                                    .retry_most = Duration::seconds(60)},
                                    std::move(*Spool::open(root_ + "/other")), Forwarder::Say{});
    ASSERT_TRUE(two->consume(numbered_batch(6, 5)));
    ASSERT_TRUE(two->drain(kPatience)) << two->status().trouble;
    expect_each_once(store.ids(), 10);  // another stream: its numbers start anew
}

TEST_F(LinkTest, ABatchTooLargeForAFrameGoesInParts) {
    EventBatch batch;
    const std::string message(60'000, 'x');
    for (std::uint64_t i = 0; i < 300; ++i) {
        DnsTransaction& event = batch.dns.emplace_back();
        event.query_packet = 1 + i;
        event.query_time = Timestamp{1};
        event.query_message = batch.bytes.append(message);
    }
    ListSink store;
    ExampleServer server(store);
    auto one = sensor(server.sensors());
    ASSERT_TRUE(one->consume(batch));
    EXPECT_GT(one->status().spool.next_sequence, 3U);
    ASSERT_TRUE(one->drain(kPatience)) << one->status().trouble;
    expect_each_once(store.ids(), 300);
}

TEST_F(LinkTest, AStoreThatIsSlowHoldsTheSensorBackAndLosesNothing) {
    class SlowSink final : public pipeline::EventSink {
      public:
        explicit SlowSink(ListSink& inner) : inner_(inner) {}
        std::string_view name() const noexcept override { return "slow"; }
        Result<void> consume(const EventBatch& batch) override {
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
            return inner_.consume(batch);
        }
        Result<void> flush() override { return inner_.flush(); }

      private:
        ListSink& inner_;
    };
    ListSink store;
    SlowSink slow(store);
    ExampleServer server(slow, 0, {}, {.batches = 2, .bytes = 1U << 20U});
    auto one = sensor(server.sensors());
    for (std::uint64_t i = 0; i < 500; ++i)
        ASSERT_TRUE(one->consume(numbered_batch(1 + i * 4, 4)));
    ASSERT_TRUE(one->drain(kPatience)) << one->status().trouble;
    expect_each_once(store.ids(), 2'000);
    EXPECT_EQ(server.counters().hostile, 0U);
}

}  // namespace
}  // namespace vedette::collector
