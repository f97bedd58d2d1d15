// Peers that do not play by the rules, on real sockets: each costs a counter and its connection.
#include <gtest/gtest.h>

#include <array>
#include <random>
#include <thread>

#include "service/collector/server/example_server.hpp"
#include "wire/dnstap/frame_streams.hpp"

namespace vedette::collector {
namespace {

using testing::ExampleServer;
using testing::ListSink;
namespace frames = wire::sensor;

const Duration kPatience = Duration::seconds(10);

class Client {
  public:
    explicit Client(const sys::HostPort& server)
        : socket_(std::move(*sys::connect_tcp(server, kPatience))),
          stream_(sys::make_plain_stream(socket_.get())) {}

    void send(ByteView bytes) {
        while (!bytes.empty()) {
            const auto done = stream_->write(bytes);
            if (done.status == sys::IoStatus::Closed) return;
            if (done.status == sys::IoStatus::Done)
                bytes = bytes.subspan(done.bytes);
            else
                (void)sys::wait_for(socket_.get(), sys::Ready::Writable, kPatience);
        }
    }
    void send(frames::FrameHeader header, ByteView payload) {
        std::vector<std::uint8_t> out;
        append_frame(out, header, payload);
        send(out);
    }
    void hello(const std::string& name, std::uint8_t version = frames::kVersion) {
        const std::array<std::uint8_t, frames::kStreamIdBytes> stream{9};
        std::array<std::uint8_t, frames::kMaxControl> buffer{};
        send({.type = frames::FrameType::Hello, .version = version},
             frames::write_hello({stream, name, "", "test"}, buffer));
    }
    /// The next frame's type; nothing when the server closed.
    std::optional<frames::FrameType> next() {
        for (;;) {
            frames::FrameHeader header;
            ByteView payload;
            if (received_.peek(Trust::Known, header, payload) == FrameStream::Next::Whole) {
                text = as_text(payload);
                sequence = header.sequence;
                received_.drop(header);
                return header.type;
            }
            if (!read()) return std::nullopt;
        }
    }
    /// Reads on; false when the server has closed (or nothing came for long).
    bool read() {
        std::array<std::uint8_t, 4'096> buffer{};
        for (;;) {
            const auto got = stream_->read(buffer);
            if (got.status == sys::IoStatus::Closed) return false;
            if (got.status == sys::IoStatus::Done) {
                received_.append(ByteView(buffer).first(got.bytes));
                raw.insert(raw.end(), buffer.begin(),
                           buffer.begin() + static_cast<std::ptrdiff_t>(got.bytes));
                return true;
            }
            if (!sys::wait_for(socket_.get(), sys::Ready::Readable, kPatience)) return false;
        }
    }
    bool closed() {
        while (read()) {
        }
        return stream_->read(tiny_).status == sys::IoStatus::Closed;
    }
    std::string text;
    std::uint64_t sequence = 0;
    std::vector<std::uint8_t> raw;

  private:
    sys::Descriptor socket_;
    std::unique_ptr<sys::Stream> stream_;
    FrameStream received_;
    std::array<std::uint8_t, 1> tiny_{};
};

/// A counter when it has reached `least`; the server publishes them after it has acted.
std::uint64_t counter_after(const ExampleServer& server, std::uint64_t CollectorCounters::* counter,
                            std::uint64_t least) {
    for (int i = 0; i < 100 && server.counters().*counter < least; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return server.counters().*counter;
}
std::uint64_t hostile_after(const ExampleServer& server, std::uint64_t least) {
    return counter_after(server, &CollectorCounters::hostile, least);
}

TEST(Session, ASensorIsWelcomeAndItsSpoiledBatchIsCounted) {
    ListSink store;
    ExampleServer server(store);
    Client client(server.sensors());
    client.hello("s1");
    ASSERT_EQ(client.next(), frames::FrameType::Welcome);
    EXPECT_EQ(client.sequence, 0U);
    const std::vector<std::uint8_t> junk(100, 0x55);
    client.send({.type = frames::FrameType::Batch, .batch_bytes = 500, .sequence = 1}, junk);
    ASSERT_EQ(client.next(), frames::FrameType::Spoiled);
    EXPECT_EQ(client.sequence, 1U);
    // It is acknowledged like any other: sending it again would not make it better.
    ASSERT_EQ(client.next(), frames::FrameType::Ack);
    EXPECT_EQ(client.sequence, 1U);
    // A name that is none inside a batch that is one.
    EventBatch batch;
    batch.dns.emplace_back().qname = batch.bytes.append(std::string_view("\77short", 6));
    std::vector<std::uint8_t> plain;
    store::encode_batch(batch, plain);
    std::vector<std::uint8_t> packed;
    store::BatchCompressor().compress(plain, packed);
    client.send({.type = frames::FrameType::Batch,
                 .batch_bytes = static_cast<std::uint32_t>(plain.size()),
                 .sequence = 2},
                packed);
    ASSERT_EQ(client.next(), frames::FrameType::Spoiled);
    ASSERT_EQ(client.next(), frames::FrameType::Ack);
    EXPECT_EQ(client.sequence, 2U);
    EXPECT_TRUE(store.ids().empty());
    EXPECT_EQ(server.counters().spoiled, 2U);
    EXPECT_EQ(server.counters().hostile, 0U);
}

TEST(Session, AnOlderSensorIsAnsweredInItsOwnVersion) {
    ListSink store;
    ExampleServer server(store);
    Client client(server.sensors());
    client.hello("s1", frames::kOldestVersion);
    ASSERT_EQ(client.next(), frames::FrameType::Welcome);
    EXPECT_EQ(client.raw[4], frames::kOldestVersion);
    client.send({.type = frames::FrameType::Status, .version = frames::kOldestVersion},
                frames::write_status({}));
    ASSERT_EQ(client.next(), frames::FrameType::Ack);
    EXPECT_EQ(client.raw[frames::kHeaderBytes + 4], frames::kOldestVersion);
}

TEST(Session, ANewerSensorIsToldWhatToDoInItsOwnVersion) {
    ListSink store;
    ExampleServer server(store);
    Client client(server.sensors());
    client.hello("s1", frames::kVersion + 1);
    EXPECT_TRUE(client.closed());
    ASSERT_GT(client.raw.size(), frames::kHeaderBytes);
    EXPECT_EQ(client.raw[4], frames::kVersion + 1);
    EXPECT_EQ(client.raw[5], static_cast<std::uint8_t>(frames::FrameType::Refusal));
    const auto text = as_text(ByteView(client.raw).subspan(frames::kHeaderBytes));
    EXPECT_EQ(text,
              "the sensor speaks version 3 of the sensor link, this server 1 to 2: update the "
              "server");
    EXPECT_EQ(counter_after(server, &CollectorCounters::refused, 1), 1U);
    EXPECT_EQ(server.counters().hostile, 0U);
}

TEST(Session, HostileBytesCostACounterAndTheConnection) {
    ListSink store;
    ExampleServer server(store);
    std::uint64_t expected = 0;
    const auto expect_closed = [&](Client& client) {
        EXPECT_TRUE(client.closed());
        EXPECT_EQ(hostile_after(server, ++expected), expected);
    };
    {
        Client http(server.sensors());
        http.send(as_bytes("GET / HTTP/1.1\r\nHost: log.example.org\r\n\r\n"));
        expect_closed(http);
    }
    {
        Client early(server.sensors());  // a batch before a name
        early.send({.type = frames::FrameType::Batch, .batch_bytes = 1, .sequence = 1},
                   as_bytes("x"));
        expect_closed(early);
    }
    {
        Client twice(server.sensors());
        twice.hello("s1");
        twice.hello("s1");
        expect_closed(twice);
    }
    {
        Client server_frames(server.sensors());
        server_frames.hello("s1");
        server_frames.send({.type = frames::FrameType::Welcome}, {});
        expect_closed(server_frames);
    }
    {
        Client tap(server.dnstap());
        tap.send(as_bytes(std::string_view("\xff\xff\xff\xff", 4)));
        expect_closed(tap);
    }
    {
        Client tap(server.dnstap());  // data before START
        tap.send(as_bytes(std::string_view("\0\0\0\1x", 5)));
        expect_closed(tap);
    }
    std::mt19937 random(7);
    for (int i = 0; i < 50; ++i) {
        std::vector<std::uint8_t> noise(1 + random() % 2'000);
        for (auto& byte : noise)
            byte = static_cast<std::uint8_t>(random());
        noise[0] = 0xff;  // not by chance the beginning of something
        Client client(i % 2 == 0 ? server.sensors() : server.dnstap());
        client.send(noise);
        if (noise.size() < frames::kHeaderBytes && i % 2 == 0) continue;  // waits for more
        expect_closed(client);
    }
    // And it still serves.
    Client good(server.sensors());
    good.hello("s1");
    EXPECT_EQ(good.next(), frames::FrameType::Welcome);
}

TEST(Session, ANameThatCouldNotBeOneIsRefusedWithTheReason) {
    ListSink store;
    ExampleServer server(store);
    for (const char* name : {"", "a b", "../etc", "x\ny"}) {
        Client client(server.sensors());
        client.hello(name);
        ASSERT_EQ(client.next(), frames::FrameType::Refusal) << name;
        EXPECT_FALSE(client.text.empty());
        EXPECT_TRUE(client.closed());
    }
}

TEST(Session, AThousandIdleClientsLeaveRoomForASensor) {
    ListSink store;
    ExampleServer server(store, 0, {.connections = 512, .strangers = 64});
    std::vector<Client> idle;
    idle.reserve(1'000);
    for (int i = 0; i < 1'000; ++i) {
        idle.emplace_back(server.sensors());
        // Half of them say half a word.
        if (i % 2 == 0) idle.back().send(as_bytes("VDTS"));
    }
    Client sensor(server.sensors());
    sensor.hello("s1");
    EXPECT_EQ(sensor.next(), frames::FrameType::Welcome);
    EXPECT_GE(server.counters().refused, 900U);
}

TEST(Session, WhoNeverSaysItsNameIsSentAway) {
    ListSink store;
    ExampleServer server(store, 0, {.stranger_patience = Duration::millis(200)});
    Client silent(server.sensors());
    EXPECT_TRUE(silent.closed());
    EXPECT_EQ(counter_after(server, &CollectorCounters::refused, 1), 1U);
}

TEST(Session, APeerThatDoesNotReadIsDropped) {
    ListSink store;
    ExampleServer server(store, 0, {.unsent_bytes = 4'096});
    Client deaf(server.sensors());
    deaf.hello("s1");
    // Every status is answered; the answers fill the socket and then the limit.
    std::vector<std::uint8_t> many;
    for (int i = 0; i < 2'000; ++i)
        append_frame(many, {.type = frames::FrameType::Status}, frames::write_status({}));
    bool gone = false;
    for (int i = 0; i < 2'000 && !gone; ++i) {
        deaf.send(many);
        const auto rows = server.board().rows();
        gone = !rows.empty() && !rows[0].connected;
    }
    EXPECT_TRUE(gone);
}

TEST(Session, DnstapShakesHandsAndTellsTransactions) {
    ListSink store;
    ExampleServer server(store);
    Client tap(server.dnstap());
    std::array<std::uint8_t, wire::dnstap::kControlFrameBytes> buffer{};
    tap.send(wire::dnstap::write_control(wire::dnstap::Control::Ready, buffer));
    ASSERT_TRUE(tap.read());
    EXPECT_EQ(wire::dnstap::inspect_frame(tap.raw).control, wire::dnstap::Control::Accept);
    tap.send(wire::dnstap::write_control(wire::dnstap::Control::Start, buffer));
    // Type MESSAGE with a client's query and nothing else that is needed.
    const std::string_view query("\x12\x34\x01\0\0\1\0\0\0\0\0\0\4test\0\0\1\0\1", 22);
    std::string record = "\x0a\x03ns1\x72\x1a\x08\x05\x52\x16" + std::string(query) + "\x78\x01";
    const std::string frame = std::string("\0\0\0", 3) + static_cast<char>(record.size()) + record;
    tap.send(as_bytes(frame));
    tap.send(as_bytes(std::string_view("\0\0\0\2\x78\1", 6)));  // a record without a message
    tap.send(wire::dnstap::write_control(wire::dnstap::Control::Stop, buffer));
    EXPECT_TRUE(tap.closed());
    for (int i = 0; i < 200 && store.ids().empty(); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_EQ(store.ids().size(), 1U);
    EXPECT_EQ(store.sensors().front(), "ns1");
    EXPECT_EQ(server.counters().dnstap_frames, 2U);
    EXPECT_EQ(server.counters().dnstap_damaged, 1U);
    EXPECT_EQ(server.counters().hostile, 0U);
}

}  // namespace
}  // namespace vedette::collector
