// kill -9 on a sensor and on its log server at random moments, and a link that is cut: what is in
// the store is what was sent, each event once. Every part is a process of its own (fork), so that
// a kill takes what a kill takes.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <random>
#include <thread>

#include "pipeline/sink_thread.hpp"
#include "service/collector/link/forwarder.hpp"
#include "service/collector/server/receipt_sink.hpp"
#include "service/collector/server/server.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/sensor_streams.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace vedette::collector {
namespace {

constexpr std::uint64_t kBatches = 3'000;
constexpr std::uint64_t kEvents = 40;  // of a batch

/// The program's sink for the store, which lives on a higher floor.
class StoreSink final : public pipeline::EventSink {
  public:
    explicit StoreSink(std::unique_ptr<store::EventWriter> writer) : writer_(std::move(writer)) {}
    std::string_view name() const noexcept override { return "store"; }
    Result<void> consume(const EventBatch& batch) override { return writer_->append(batch); }
    Result<void> flush() override { return writer_->flush(); }
    std::uint64_t lost() const noexcept override { return writer_->statistics().not_stored; }

  private:
    std::unique_ptr<store::EventWriter> writer_;
};

Result<void> load(const std::string& path, StreamBook& book) {
    auto streams = store::read_sensor_streams(path);
    if (!streams) return std::unexpected(std::move(streams).error());
    for (const auto& stream : *streams)
        book.load({stream.sensor, stream.stream}, stream.sequence);
    return {};
}

/// The log server; ends when its parent closes the pipe.
[[noreturn]] void serve(const std::string& path, std::uint16_t port, int end) {
    auto writer = store::open_sqlite_writer({.path = path, .retention = {}});
    if (!writer) _exit(2);
    StoreSink store(std::move(*writer));
    StreamBook book;
    if (!load(path, book)) _exit(3);
    SensorBoard board;
    CollectorCounters counters;
    pipeline::BatchQueue queue{pipeline::QueueLimits{}};
    Intake intake{queue, book, board, counters};
    std::atomic<Server*> ready{nullptr};
    ReceiptSink receipts(&store, book,
                         {[&](StreamBook& b) { return load(path, b); },
                          [&] {
                              if (Server* const server = ready.load()) server->wake();
                          }});
    pipeline::SinkThread sinks(queue, {&receipts}, Duration::millis(50));
    std::vector<Listener> listeners;
    auto socket = sys::listen_tcp({"127.0.0.1", port});
    if (!socket) _exit(4);
    listeners.push_back({std::move(*socket), Speaks::Sensors, Proof::Waived, nullptr});
    auto server = Server::start(std::move(listeners), {}, intake);
    if (!server) _exit(5);
    ready = server->get();
    char byte = 0;
    (void)!read(end, &byte, 1);
    (*server)->stop();
    queue.finish();
    sinks.join();
    _exit(sinks.account().outcome ? 0 : 6);
}

/// The sensor: goes on where its spool says that it was. Batch n holds events n * kEvents + 0...
[[noreturn]] void sense(const std::string& folder, std::uint16_t port) {
    auto spool = Spool::open(folder, {.bytes = 64U << 20U, .file_bytes = 64U << 10U});
    if (!spool) _exit(2);
    std::uint64_t next = (*spool)->state().next_sequence;
    Forwarder forwarder({.server = {"127.0.0.1", port},
                         .tls = nullptr,
                         .name = "sensor",
                         .token = {},
                         .version = "test",
                         .retry_least = Duration::millis(20),
                         .retry_most = Duration::millis(100)},
                        std::move(*spool), {});
    for (; next <= kBatches; ++next) {
        EventBatch batch;
        for (std::uint64_t i = 0; i < kEvents; ++i) {
            DnsTransaction& event = batch.dns.emplace_back();
            std::string label = std::to_string(next * kEvents + i);
            label.insert(label.begin(), static_cast<char>(label.size()));
            label += '\0';
            event.qname = batch.bytes.append(label);
            event.query_time = Timestamp{1'700'000'000'000'000'000 +
                                         static_cast<std::int64_t>(next * kEvents + i)};
            event.kind = TransactionKind::Unanswered;
            event.client = *IpAddress::parse("192.0.2.1");
            event.server = *IpAddress::parse("192.0.2.53");
        }
        if (!forwarder.consume(batch) || forwarder.lost() != 0) _exit(3);
        std::this_thread::sleep_for(std::chrono::microseconds(700));
    }
    _exit(forwarder.drain(Duration::seconds(60)) ? 0 : 4);
}

/// Passes bytes on and cuts the connection after a while, in the middle of whatever it carries.
[[noreturn]] void cut_links(std::uint16_t port, std::uint16_t target, unsigned seed) {
    std::mt19937 random(seed);
    auto listener = sys::listen_tcp({"127.0.0.1", port});
    if (!listener) _exit(2);
    std::array<std::uint8_t, 4'096> buffer{};
    for (;;) {
        if (!sys::wait_for(listener->get(), sys::Ready::Readable, Duration::seconds(60))) _exit(0);
        const sys::Descriptor in = sys::accept_from(*listener);
        auto out = sys::connect_tcp({"127.0.0.1", target}, Duration::seconds(1));
        if (!in.open() || !out) continue;
        const auto from = sys::make_plain_stream(in.get());
        const auto to = sys::make_plain_stream(out->get());
        const auto until =
            std::chrono::steady_clock::now() + std::chrono::milliseconds(20 + random() % 400);
        const auto pass = [&](sys::Stream& one, sys::Stream& other, int descriptor) {
            const auto got = one.read(buffer);
            ByteView rest =
                ByteView(buffer).first(got.status == sys::IoStatus::Done ? got.bytes : 0);
            while (!rest.empty()) {
                const auto sent = other.write(rest);
                if (sent.status == sys::IoStatus::Closed) return false;
                rest = rest.subspan(sent.bytes);
                if (sent.status != sys::IoStatus::Done)
                    (void)sys::wait_for(descriptor, sys::Ready::Writable, Duration::millis(50));
                if (std::chrono::steady_clock::now() > until) return false;
            }
            return got.status != sys::IoStatus::Closed;
        };
        while (std::chrono::steady_clock::now() < until && pass(*from, *to, out->get()) &&
               pass(*to, *from, in.get()))
            (void)sys::wait_for(in.get(), sys::Ready::Readable, Duration::millis(2));
    }
}

class KillTest : public ::testing::Test {
  protected:
    KillTest() {
        std::string name = (std::filesystem::temp_directory_path() / "vedette-kt-XXXXXX").string();
        root_ = mkdtemp(name.data());
        for (std::uint16_t* port : {&server_port_, &proxy_port_}) {
            auto socket = sys::listen_tcp({"127.0.0.1", 0});
            *port = sys::bound_host_port(*socket).port;
        }
    }
    ~KillTest() override {
        for (const pid_t child : {server_, sensor_, proxy_}) {
            if (child <= 0) continue;
            kill(child, SIGKILL);
            (void)waitpid(child, nullptr, 0);
        }
        std::filesystem::remove_all(root_);
    }

    template <typename Body>
    pid_t start(Body body) const {
        const pid_t child = fork();
        if (child == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            if (end_ >= 0) close(end_);  // or the server would never see it closed
            body();
        }
        return child;
    }
    void start_server() {
        std::array<int, 2> ends{};
        ASSERT_EQ(pipe(ends.data()), 0);
        server_ = start([&] {
            close(ends[1]);
            serve(root_ + "/log.db", server_port_, ends[0]);
        });
        close(ends[0]);
        if (end_ >= 0) close(end_);
        end_ = ends[1];
    }
    void start_sensor(std::uint16_t port) {
        sensor_ = start([&] { sense(root_ + "/spool", port); });
    }
    void kill_server() {
        kill(server_, SIGKILL);
        (void)waitpid(server_, nullptr, 0);
        start_server();
    }
    /// True when it had ended by itself, with everything delivered.
    bool sensor_is_done() {
        int status = 0;
        if (waitpid(sensor_, &status, WNOHANG) != sensor_) return false;
        EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
        sensor_ = -1;
        return true;
    }
    void stop_server() {
        close(end_);
        end_ = -1;
        int status = 0;
        (void)waitpid(server_, &status, 0);
        EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
        server_ = -1;
    }
    std::int64_t count(const std::string& sql) {
        auto connection = store::Connection::open(root_ + "/log.db", store::OpenMode::ReadOnly);
        EXPECT_TRUE(connection);
        const auto value = connection->query_integer(sql);
        EXPECT_TRUE(value) << value.error().text;
        return value.value_or(-1);
    }
    void expect_everything_once() {
        const auto all = static_cast<std::int64_t>(kBatches * kEvents);
        EXPECT_EQ(count("SELECT count(*) FROM dns"), all);
        EXPECT_EQ(count("SELECT count(DISTINCT time) FROM dns"), all);
        EXPECT_EQ(count("SELECT sequence FROM sensor_streams"),
                  static_cast<std::int64_t>(kBatches));
        EXPECT_EQ(count("SELECT events FROM sensor_streams"), all);
    }

    std::string root_;
    std::uint16_t server_port_ = 0;
    std::uint16_t proxy_port_ = 0;
    pid_t server_ = -1;
    pid_t sensor_ = -1;
    pid_t proxy_ = -1;
    int end_ = -1;
};

TEST_F(KillTest, KilledAtRandomOnBothSidesNothingIsLostAndNothingTwice) {
    std::mt19937 random(std::random_device{}());
    start_server();
    start_sensor(server_port_);
    int kills = 0;
    for (int round = 0; round < 400 && !sensor_is_done(); ++round) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20 + random() % 200));
        if (random() % 2 == 0) {
            kill_server();
        } else if (!sensor_is_done()) {
            kill(sensor_, SIGKILL);
            (void)waitpid(sensor_, nullptr, 0);
            start_sensor(server_port_);
        } else {
            break;
        }
        ++kills;
    }
    EXPECT_GE(kills, 5);
    for (int i = 0; i < 1'200 && sensor_ > 0 && !sensor_is_done(); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    EXPECT_EQ(sensor_, -1) << "the sensor did not come to its end";
    stop_server();
    expect_everything_once();
    RecordProperty("kills", kills);
}

TEST_F(KillTest, ALinkThatIsCutAgainAndAgainDeliversEverythingOnce) {
    start_server();
    proxy_ = start([&] { cut_links(proxy_port_, server_port_, std::random_device{}()); });
    start_sensor(proxy_port_);
    for (int i = 0; i < 2'000 && !sensor_is_done(); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    EXPECT_EQ(sensor_, -1) << "the sensor did not come to its end";
    stop_server();
    expect_everything_once();
}

}  // namespace
}  // namespace vedette::collector
