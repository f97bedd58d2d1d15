// Live capture over cables of a private network namespace.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "net_namespace.hpp"
#include "pipeline/pipeline.hpp"
#include "sender/dns_load.hpp"
#include "sender/packet_sender.hpp"
#include "sys/capture/live_source.hpp"

namespace vedette::live {
namespace {

using namespace std::chrono_literals;
using sys::ReadStatus;

/// Owned copies of what a source delivered.
struct Captured {
    std::vector<std::vector<std::uint8_t>> frames;
    std::vector<sys::PacketRecord> records;
};

/// An idle read waits a tenth of a second. Idle reads are counted and not time, so that a test that
/// does not get the processor for a while does not give up.
constexpr int kSureToCome = 100;
constexpr int kNothingMore = 6;
constexpr int kNoticed = 16;  ///< interfaces are looked after once a second

/// Reads until `enough` packets came or `idle_reads` reads in a row had nothing.
Captured read_some(sys::PacketSource& source, std::size_t enough, int idle_reads = kSureToCome) {
    Captured captured;
    sys::PacketBatch batch;
    int idle = 0;
    while (captured.frames.size() < enough && idle < idle_reads) {
        const Result<ReadStatus> status = source.read(batch);
        if (!status || *status == ReadStatus::End) break;
        idle = *status == ReadStatus::Packets ? 0 : idle + 1;
        for (const sys::PacketRecord& packet : batch.packets) {
            captured.frames.emplace_back(packet.data, packet.data + packet.captured);
            captured.records.push_back(packet);
        }
    }
    return captured;
}

std::unique_ptr<sys::PacketSource> open(const sys::LiveOptions& options) {
    auto source = sys::make_live_source(options);
    EXPECT_TRUE(source.has_value()) << source.error().text;
    return source ? std::move(*source) : nullptr;
}

bool send(const std::string& interface, const std::vector<bench::Frame>& frames) {
    return bench::send_packets({interface, frames.size(), 0}, frames).has_value();
}

class LiveCapture : public testing::Test {
  protected:
    void SetUp() override { ASSERT_TRUE(make_cable("near", "far")); }
    void TearDown() override { ip("link delete near"); }

    const std::vector<bench::Frame> frames_ = bench::make_dns_load(50);
};

TEST_F(LiveCapture, DeliversEveryFrameAsItWasSent) {
    auto source = open({.interfaces = {"near"}});
    ASSERT_TRUE(send("far", frames_));
    const Captured captured = read_some(*source, frames_.size());
    EXPECT_EQ(captured.frames, frames_);
    ASSERT_FALSE(captured.records.empty());
    EXPECT_EQ(captured.records[0].link_type, 1U);
    EXPECT_EQ(source->interfaces()[captured.records[0].interface].name, "near");
    const auto age = SystemClock().now() - captured.records[0].time;
    EXPECT_LT(std::abs(age.nanos), 60 * kNanosPerSecond);
    EXPECT_EQ(source->statistics().packets, frames_.size());
    EXPECT_EQ(source->statistics().kernel_drops, 0U);
}

TEST_F(LiveCapture, SeveralInterfacesOneSource) {
    ASSERT_TRUE(make_cable("near2", "far2"));
    auto source = open({.interfaces = {"near", "near2"}});
    ASSERT_TRUE(send("far", frames_));
    ASSERT_TRUE(send("far2", frames_));
    const Captured captured = read_some(*source, 2 * frames_.size());
    ASSERT_EQ(captured.frames.size(), 2 * frames_.size());
    std::size_t from_second = 0;
    for (const sys::PacketRecord& record : captured.records) {
        from_second += source->interfaces()[record.interface].name == "near2" ? 1U : 0U;
    }
    EXPECT_EQ(from_second, frames_.size());
    ip("link delete near2");
}

TEST_F(LiveCapture, TheKernelFilterRefusesWhatIsNotAskedFor) {
    auto source = open({.interfaces = {"near"}, .filter = "udp dst port 53"});
    ASSERT_TRUE(send("far", frames_));
    const Captured captured = read_some(*source, frames_.size(), kNothingMore);
    EXPECT_EQ(captured.frames.size(), frames_.size() / 2);
    EXPECT_EQ(source->statistics().filtered, 0U) << "never came here";
}

std::vector<bench::Frame> tagged(std::vector<bench::Frame> frames) {
    const std::vector<std::uint8_t> tag{0x81, 0x00, 0x60, 77};
    for (bench::Frame& frame : frames)
        frame.insert(frame.begin() + 12, tag.begin(), tag.end());
    return frames;
}

TEST_F(LiveCapture, SnapLengthCutsAndRemembers) {
    auto source = open({.interfaces = {"near"}, .snap_bytes = 50});
    ASSERT_TRUE(send("far", frames_));
    const Captured captured = read_some(*source, frames_.size());
    ASSERT_EQ(captured.frames.size(), frames_.size());
    EXPECT_EQ(captured.records[0].captured, 50U);
    EXPECT_EQ(captured.records[0].original, frames_[0].size());
}

TEST_F(LiveCapture, VlanTagsTakenOutByTheKernelArePutBack) {
    // The receiving kernel moves the tag from the frame into metadata before we see the frame.
    auto source = open({.interfaces = {"near"}, .filter = "vlan 77 and udp"});
    ASSERT_TRUE(send("far", tagged(frames_)));
    ASSERT_TRUE(send("far", frames_));  // untagged: refused here, counted
    const Captured captured = read_some(*source, SIZE_MAX, kNothingMore);
    EXPECT_EQ(captured.frames, tagged(frames_));
    EXPECT_EQ(source->statistics().packets, frames_.size());
    EXPECT_EQ(source->statistics().filtered, frames_.size());
}

TEST_F(LiveCapture, LoopbackPacketsAreSeenOnce) {
    auto source = open({.interfaces = {"any"}, .filter = "udp port 5300"});
    const int socket = ::socket(AF_INET, SOCK_DGRAM, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(5'300);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int i = 0; i < 10; ++i) {
        ASSERT_EQ(::sendto(socket, "x", 1, 0, reinterpret_cast<sockaddr*>(&to), sizeof to), 1);
    }
    ::close(socket);
    const Captured captured = read_some(*source, SIZE_MAX, kNothingMore);
    EXPECT_EQ(captured.frames.size(), 10U);
    ASSERT_FALSE(captured.records.empty());
    EXPECT_EQ(source->interfaces()[captured.records[0].interface].name, "lo");
}

/// A TUN interface: what is written to it arrives as if from a network without link layer.
class Tunnel {
  public:
    explicit Tunnel(const std::string& name) : fd_(::open("/dev/net/tun", O_RDWR | O_CLOEXEC)) {
        ifreq request{};
        name.copy(request.ifr_name, sizeof request.ifr_name - 1);
        request.ifr_flags = IFF_TUN | IFF_NO_PI;
        ready_ = fd_.open() && ::ioctl(fd_.get(), TUNSETIFF, &request) == 0 &&
                 ip("link set " + name + " up");
    }
    [[nodiscard]] bool ready() const noexcept { return ready_; }
    bool receive(const std::vector<std::uint8_t>& packet) const {
        return ::write(fd_.get(), packet.data(), packet.size()) == std::ssize(packet);
    }

  private:
    sys::Descriptor fd_;
    bool ready_ = false;
};

TEST_F(LiveCapture, LinksWithoutHeaderAreRawIp) {
    const Tunnel tunnel("tun8");
    if (!tunnel.ready()) GTEST_SKIP() << "no TUN interfaces here";
    auto source = open({.interfaces = {"tun8"}, .filter = "udp dst port 53"});
    std::vector<std::vector<std::uint8_t>> packets;
    for (std::size_t i = 0; i < frames_.size(); i += 2) {  // the queries, without Ethernet
        packets.emplace_back(frames_[i].begin() + 14, frames_[i].end());
        ASSERT_TRUE(tunnel.receive(packets.back()));
    }
    const Captured captured = read_some(*source, packets.size());
    EXPECT_EQ(captured.frames, packets);
    ASSERT_FALSE(captured.records.empty());
    EXPECT_EQ(captured.records[0].link_type, 101U);
}

TEST_F(LiveCapture, LinksThatNobodyDecodesAreCooked) {
    ASSERT_TRUE(ip("address add 198.51.100.1/24 dev near"));
    if (!ip("tunnel add tun9 mode ipip local 198.51.100.1 remote 198.51.100.2")) {
        GTEST_SKIP() << "this kernel has no IP-in-IP tunnels";
    }
    ASSERT_TRUE(ip("address add 203.0.113.1/24 dev tun9"));
    ASSERT_TRUE(ip("link set tun9 up"));
    auto source = open({.interfaces = {"tun9"}, .filter = "udp port 5300"});
    const int socket = ::socket(AF_INET, SOCK_DGRAM, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(5'300);
    to.sin_addr.s_addr = htonl(0xcb007109);
    ASSERT_EQ(::sendto(socket, "hello", 5, 0, reinterpret_cast<sockaddr*>(&to), sizeof to), 5);
    ::close(socket);
    const Captured captured = read_some(*source, 1);
    ASSERT_EQ(captured.frames.size(), 1U);
    EXPECT_EQ(captured.records[0].link_type, 113U);
    ASSERT_EQ(captured.frames[0].size(), 16U + 20 + 8 + 5);
    EXPECT_EQ(captured.frames[0][14], 0x08) << "IPv4 in the protocol field";
    EXPECT_EQ(captured.frames[0][16], 0x45);
}

TEST_F(LiveCapture, InterfacesThatGoDownOrAwayAreWaitedFor) {
    auto source = open({.interfaces = {"near"}});
    ASSERT_TRUE(ip("link set near down"));
    EXPECT_EQ(read_some(*source, 1, kNoticed).frames.size(), 0U);
    ASSERT_TRUE(ip("link set near up"));
    ASSERT_TRUE(send("far", frames_));
    EXPECT_EQ(read_some(*source, SIZE_MAX, kNoticed).frames.size(), frames_.size());

    ASSERT_TRUE(ip("link delete near"));
    EXPECT_EQ(read_some(*source, 1, kNoticed).frames.size(), 0U);
    ASSERT_TRUE(make_cable("near", "far"));
    EXPECT_EQ(read_some(*source, 1, kNoticed).frames.size(), 0U);
    ASSERT_TRUE(send("far", frames_));
    EXPECT_EQ(read_some(*source, frames_.size()).frames.size(), frames_.size());
    EXPECT_EQ(source->warnings(),
              (std::vector<std::string>{"near went down; waiting for it", "near is up again",
                                        "near is gone; waiting for it", "near is up again"}));
}

TEST_F(LiveCapture, AStoppedSourceEndsAfterWhatItHolds) {
    auto source = open({.interfaces = {"near"}});
    ASSERT_TRUE(send("far", frames_));
    source->stop();
    ASSERT_TRUE(send("far", frames_));
    EXPECT_EQ(read_some(*source, SIZE_MAX, kSureToCome).frames.size(), frames_.size());
    sys::PacketBatch batch;
    EXPECT_EQ(*source->read(batch), ReadStatus::End);
}

TEST_F(LiveCapture, UnknownInterfaceAndBadFilterAreTold) {
    const auto missing = sys::make_live_source({.interfaces = {"nowhere"}});
    ASSERT_FALSE(missing.has_value());
    EXPECT_EQ(missing.error().kind, ErrorKind::NotFound);
    const auto filter = sys::make_live_source({.interfaces = {"near"}, .filter = "port port"});
    ASSERT_FALSE(filter.has_value());
    EXPECT_EQ(filter.error().kind, ErrorKind::Usage);
    const auto mixed = sys::make_live_source({.interfaces = {"any", "near"}});
    ASSERT_FALSE(mixed.has_value());
    EXPECT_EQ(mixed.error().kind, ErrorKind::Usage);
    EXPECT_FALSE(sys::make_live_source({.interfaces = {}}).has_value());
}

TEST_F(LiveCapture, AnInterfaceNamedTwiceIsCapturedOnce) {
    auto source = open({.interfaces = {"near", "near"}});
    ASSERT_TRUE(send("far", frames_));
    EXPECT_EQ(read_some(*source, SIZE_MAX, kNothingMore).frames.size(), frames_.size());
}

/// Counts packets and makes an event of each, as a decoder would.
class EventPerPacket final : public pipeline::PacketStage {
  public:
    void decode(const sys::PacketBatch& batch, EventBatch& out) override {
        counts_.packets += batch.packets.size();
        counts_.decoded += batch.packets.size();
        out.neighbours.resize(out.neighbours.size() + batch.packets.size());
    }
    void advance(Timestamp, EventBatch&) override {}
    void finish(EventBatch&) override {}
    const TraceCounts& counts() const noexcept override { return counts_; }

  private:
    TraceCounts counts_;
};

class Swallow final : public pipeline::EventSink {
  public:
    explicit Swallow(std::chrono::microseconds delay) : delay_(delay) {}
    std::string_view name() const noexcept override { return "swallow"; }
    Result<void> consume(const EventBatch&) override {
        std::this_thread::sleep_for(delay_);
        return {};
    }
    Result<void> flush() override { return {}; }

  private:
    std::chrono::microseconds delay_;
};

/// Sends `packets` at `rate` while a pipeline captures; the report and what was sent.
struct LoadOutcome {
    pipeline::RunReport report;
    std::uint64_t sent = 0;
};
LoadOutcome run_under_load(std::uint64_t packets, double rate, std::size_t ring_bytes,
                           std::chrono::microseconds sink_delay) {
    auto source = open({.interfaces = {"near"}, .ring_bytes = ring_bytes});
    EventPerPacket stage;
    Swallow sink(sink_delay);
    sys::StopFlag stop;
    LoadOutcome outcome;
    std::jthread sender([&] {
        const auto sent = bench::send_packets({"far", packets, rate}, bench::make_dns_load(10'000));
        outcome.sent = sent ? sent->sent : 0;
        stop.ask();
    });
    pipeline::Options options;
    options.queue.bytes = 1U << 20U;
    outcome.report = pipeline::run({*source, stage, {&sink}, stop, SystemClock()}, options);
    sender.join();
    return outcome;
}

TEST_F(LiveCapture, BooksBalanceToThePacketAtAGentleRate) {
    const LoadOutcome outcome = run_under_load(50'000, 50'000, 48U << 20U, 0us);
    const pipeline::RunLedger& ledger = outcome.report.ledger;
    EXPECT_EQ(outcome.sent, 50'000U);
    EXPECT_EQ(ledger.source.packets, 50'000U);
    EXPECT_EQ(ledger.source.kernel_drops, 0U);
    EXPECT_EQ(ledger.imbalance(), "");
}

TEST_F(LiveCapture, BooksBalanceToThePacketAtOverload) {
    // A small ring, a slow sink and a sender without limit: both kinds of loss, each counted.
    const LoadOutcome outcome = run_under_load(300'000, 0, 4U << 20U, 100ms);
    const pipeline::RunLedger& ledger = outcome.report.ledger;
    EXPECT_EQ(outcome.sent, ledger.source.packets + ledger.source.kernel_drops);
    EXPECT_GT(ledger.source.kernel_drops + ledger.dropped_queue_full, 0U);
    EXPECT_EQ(ledger.imbalance(), "");
}

}  // namespace
}  // namespace vedette::live

int main(int argc, char** argv) {
    testing::InitGoogleTest(&argc, argv);
    if (const std::string reason = vedette::live::enter_net_namespace(); !reason.empty()) {
        std::printf("live tests skipped: %s\n", reason.c_str());
        return 77;
    }
    return RUN_ALL_TESTS();
}
