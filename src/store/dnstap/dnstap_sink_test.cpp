#include "store/dnstap/dnstap_sink.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "decode/dnstap_messages.hpp"
#include "sys/net/sockets.hpp"
#include "sys/net/stream.hpp"
#include "wire/dnstap/frame_streams.hpp"

namespace vedette::store {
namespace {

namespace dnstap = wire::dnstap;
using Bytes = std::vector<std::uint8_t>;

EventBatch example(std::uint16_t count) {
    EventBatch batch;
    for (std::uint16_t i = 0; i < count; ++i) {
        DnsTransaction& event = batch.dns.emplace_back();
        std::string query("\0\0\1\0\0\1\0\0\0\0\0\0\4test\0\0\1\0\1", 22);
        query[0] = static_cast<char>(i >> 8U);
        query[1] = static_cast<char>(i);
        std::string response = query;
        response[2] = '\x81';
        event.query_message = batch.bytes.append(query);
        event.response_message = batch.bytes.append(response);
        event.query_bytes = event.response_bytes = 22;
        event.client = *IpAddress::parse(i % 2 == 0 ? "192.0.2.7" : "2001:db8::7");
        event.server = *IpAddress::parse(i % 2 == 0 ? "192.0.2.53" : "2001:db8::53");
        event.client_port = static_cast<std::uint16_t>(1'000 + i);
        event.server_port = 53;
        event.query_time = Timestamp{1'700'000'000'000'000'000 + i};
        event.response_time = event.query_time + Duration::millis(5);
        event.transport = i % 3 == 0 ? Transport::Tcp : Transport::Udp;
        event.kind = TransactionKind::Matched;
    }
    return batch;
}

/// Everything that a stream tells, read by our own reader.
EventBatch read_back(ByteView bytes, bool& stopped) {
    EventBatch out;
    decode::DnstapMessages messages;
    bool started = false;
    stopped = false;
    while (!bytes.empty()) {
        const auto frame = dnstap::inspect_frame(bytes);
        if (frame.kind == dnstap::FrameKind::Data) {
            EXPECT_TRUE(started);
            EXPECT_TRUE(messages.take(frame.data, out));
        } else if (frame.kind == dnstap::FrameKind::Control) {
            started = started || frame.control == dnstap::Control::Start;
            stopped = frame.control == dnstap::Control::Stop;
        } else {
            ADD_FAILURE() << "a broken frame";
            break;
        }
        bytes = bytes.subspan(frame.size);
    }
    messages.flush(out);
    EXPECT_EQ(messages.identity(), "here");
    return out;
}

void expect_same(const EventBatch& in, const EventBatch& out) {
    ASSERT_EQ(out.dns.size(), in.dns.size());
    for (std::size_t i = 0; i < in.dns.size(); ++i) {
        EXPECT_EQ(out.dns[i].client, in.dns[i].client);
        EXPECT_EQ(out.dns[i].server, in.dns[i].server);
        EXPECT_EQ(out.dns[i].client_port, in.dns[i].client_port);
        EXPECT_EQ(out.dns[i].transport, in.dns[i].transport);
        EXPECT_EQ(out.dns[i].query_time, in.dns[i].query_time);
        EXPECT_EQ(out.dns[i].latency().nanos, in.dns[i].latency().nanos);
        EXPECT_EQ(out.bytes.text(out.dns[i].query_message), in.bytes.text(in.dns[i].query_message));
    }
}

class DnstapSinkTest : public ::testing::Test {
  protected:
    DnstapSinkTest() {
        std::string name = (std::filesystem::temp_directory_path() / "vedette-dt-XXXXXX").string();
        folder_ = mkdtemp(name.data());
    }
    ~DnstapSinkTest() override { std::filesystem::remove_all(folder_); }
    std::string folder_;
};

TEST_F(DnstapSinkTest, AFileTellsEverythingAndEndsInOrder) {
    const EventBatch batch = example(100);
    const std::string path = folder_ + "/x.fstrm";
    {
        auto sink = DnstapSink::open(path, {"here", "test", DnstapRole::Client});
        ASSERT_TRUE(sink) << sink.error().text;
        ASSERT_TRUE((*sink)->consume(batch));
        EXPECT_EQ((*sink)->lost(), 0U);
    }
    std::ifstream file(path, std::ios::binary);
    const Bytes bytes{std::istreambuf_iterator<char>(file), {}};
    bool stopped = false;
    expect_same(batch, read_back(bytes, stopped));
    EXPECT_TRUE(stopped);
}

TEST_F(DnstapSinkTest, AMessageThatTheCaptureCutIsLeftOut) {
    EventBatch batch = example(1);
    batch.dns[0].response_bytes = 500;
    DnstapEncoder encoder({"here", "test", DnstapRole::Client});
    Bytes out;
    EXPECT_EQ(encoder.append(batch.dns[0], batch.bytes, out), 1U);
    batch.dns[0].protocol = DnsProtocol::Nbns;
    EXPECT_EQ(encoder.append(batch.dns[0], batch.bytes, out), 0U);
}

TEST_F(DnstapSinkTest, AReaderOnASocketIsGreetedAndOneThatIsAwayCosts) {
    const std::string path = folder_ + "/tap.sock";
    {
        auto away = DnstapSink::open("unix:" + path, {"here", "test", DnstapRole::Client});
        ASSERT_TRUE(away);
        ASSERT_TRUE((*away)->consume(example(7)));
        ASSERT_TRUE((*away)->flush());
        EXPECT_EQ((*away)->lost(), 7U);
    }
    auto listener = sys::listen_unix(path);
    ASSERT_TRUE(listener);
    Bytes received;
    std::thread reader([&] {
        if (!sys::wait_for(listener->get(), sys::Ready::Readable, Duration::seconds(10))) return;
        const sys::Descriptor socket = sys::accept_from(*listener);
        const auto stream = sys::make_plain_stream(socket.get());
        std::array<std::uint8_t, 4'096> buffer{};
        std::array<std::uint8_t, dnstap::kControlFrameBytes> control{};
        bool accepted = false;
        for (;;) {
            const auto got = stream->read(buffer);
            if (got.status == sys::IoStatus::Closed) return;
            if (got.status != sys::IoStatus::Done) {
                (void)sys::wait_for(socket.get(), sys::Ready::Readable, Duration::seconds(10));
                continue;
            }
            received.insert(received.end(), buffer.begin(),
                            buffer.begin() + static_cast<std::ptrdiff_t>(got.bytes));
            if (!accepted) {
                accepted = true;
                (void)stream->write(dnstap::write_control(dnstap::Control::Accept, control));
                received.clear();
            }
        }
    });
    const EventBatch batch = example(500);
    {
        auto sink = DnstapSink::open("unix:" + path, {"here", "test", DnstapRole::Client});
        ASSERT_TRUE(sink);
        ASSERT_TRUE((*sink)->consume(batch));
        ASSERT_TRUE((*sink)->flush());
        EXPECT_EQ((*sink)->lost(), 0U);
    }
    reader.join();
    bool stopped = false;
    expect_same(batch, read_back(received, stopped));
    EXPECT_TRUE(stopped);
}

TEST_F(DnstapSinkTest, PlacesThatAreNoneAreRefused) {
    EXPECT_FALSE(DnstapSink::open(folder_ + "/absent/x", {}));
    EXPECT_FALSE(DnstapSink::open("tcp://host:port", {}));
}

}  // namespace
}  // namespace vedette::store
