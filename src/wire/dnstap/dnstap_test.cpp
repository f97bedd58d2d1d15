#include <gtest/gtest.h>

#include "wire/dnstap/frame_streams.hpp"
#include "wire/dnstap/message.hpp"
#include "wire/reader/battery.hpp"

namespace vedette::wire::dnstap {
namespace {

using Bytes = std::vector<std::uint8_t>;

/// What Unbound 1.17 wrote for a client's query: identity "ns", version "v", message, type.
Bytes example_record() {
    return from_hex(
        "0a 02 6e73"
        "12 01 76"
        "72 32"                                      // message
        "08 05"                                      // CLIENT_QUERY
        "10 01"                                      // INET
        "18 01"                                      // UDP
        "22 04 c0000207"                             // query address
        "2a 04 c0000235"                             // response address
        "30 b960"                                    // query port 12345
        "38 35"                                      // response port 53
        "40 80e2cfaa06"                              // seconds 1700000000
        "4d 15cd5b07"                                // 123456789 ns
        "52 0e 1234 0100 0001 0000 0000 0000 00 01"  // cut DNS message
        "78 01");
}

TEST(FrameStreams, ControlFramesComeBackAsTheyWent) {
    for (const Control control :
         {Control::Accept, Control::Start, Control::Stop, Control::Ready, Control::Finish}) {
        std::array<std::uint8_t, kControlFrameBytes> buffer{};
        const ByteView bytes = write_control(control, buffer);
        const FrameView view = inspect_frame(bytes);
        EXPECT_EQ(view.kind, FrameKind::Control);
        EXPECT_EQ(view.control, control);
        EXPECT_EQ(view.size, bytes.size());
        EXPECT_TRUE(view.speaks_dnstap);
        for_each_damage(bytes, [](ByteView damaged) {
            const FrameView seen = inspect_frame(damaged);
            EXPECT_LE(seen.size, damaged.size());
        });
    }
    // As fstrm_capture writes READY.
    const auto ready = from_hex(
        "00000000 00000022 00000004 00000001 00000016"
        "70726f746f6275663a646e737461702e446e73746170");
    EXPECT_TRUE(inspect_frame(ready).speaks_dnstap);
    auto other = ready;
    other.back() = 'x';
    EXPECT_EQ(inspect_frame(other).kind, FrameKind::Control);
    EXPECT_FALSE(inspect_frame(other).speaks_dnstap);
}

TEST(FrameStreams, LimitsHoldToTheByte) {
    EXPECT_EQ(inspect_frame(from_hex("00000001")).kind, FrameKind::Partial);
    EXPECT_EQ(inspect_frame(from_hex("00000001 aa")).data.size(), 1U);
    EXPECT_EQ(inspect_frame(from_hex("00030000")).kind, FrameKind::Partial);
    EXPECT_EQ(inspect_frame(from_hex("00030001")).kind, FrameKind::Broken);
    EXPECT_EQ(inspect_frame(from_hex("ffffffff")).kind, FrameKind::Broken);
    EXPECT_EQ(inspect_frame(from_hex("00000000 00000003")).kind, FrameKind::Broken);
    EXPECT_EQ(inspect_frame(from_hex("00000000 00000200")).kind, FrameKind::Partial);
    EXPECT_EQ(inspect_frame(from_hex("00000000 00000201")).kind, FrameKind::Broken);
    EXPECT_EQ(inspect_frame(from_hex("00000000 00000004 00000006")).kind, FrameKind::Broken);
}

TEST(Dnstap, ReadsWhatAServerWrote) {
    const Bytes bytes = example_record();
    const DnstapRecord record = inspect_dnstap(bytes);
    ASSERT_TRUE(record.ok());
    const DnstapView& view = record.view;
    EXPECT_EQ(as_text(view.identity), "ns");
    EXPECT_EQ(view.type, MessageType::ClientQuery);
    EXPECT_FALSE(view.is_response());
    EXPECT_EQ(view.protocol, SocketProtocol::Udp);
    EXPECT_EQ(view.query_address.size(), 4U);
    EXPECT_EQ(view.query_port, 12'345);
    EXPECT_EQ(view.response_port, 53);
    EXPECT_EQ(view.query_time.nanos, 1'700'000'000'123'456'789);
    EXPECT_FALSE(view.response_time.known());
    EXPECT_EQ(view.query_message.size(), 14U);
}

TEST(Dnstap, EveryDamageEndsInAnOrderlyWay) {
    const Bytes bytes = example_record();
    for_each_damage(bytes, [](ByteView damaged) {
        const DnstapRecord record = inspect_dnstap(damaged);
        for (const ByteView part : {record.view.identity, record.view.query_address,
                                    record.view.query_message, record.view.response_message})
            EXPECT_TRUE(lies_within(part, damaged));
        for (const ByteView address : {record.view.query_address, record.view.response_address})
            EXPECT_TRUE(address.empty() || address.size() == 4 || address.size() == 16);
    });
    EXPECT_EQ(inspect_dnstap({}).fault, DnstapFault::NoMessage);
    EXPECT_EQ(inspect_dnstap(from_hex("78 02")).fault, DnstapFault::NoMessage);
    EXPECT_EQ(inspect_dnstap(from_hex("78 ffffffffffffffffffff01")).fault, DnstapFault::Damaged);
    EXPECT_EQ(inspect_dnstap(from_hex("72 02 0a 01 78 01")).fault, DnstapFault::Damaged);
    EXPECT_EQ(inspect_dnstap(from_hex("72 7f 08 05")).fault, DnstapFault::Damaged);
}

TEST(Dnstap, TimesThatDoNotFitAreNotKnown) {
    const auto moment = [](const char* seconds) {
        Bytes bytes = from_hex("72 0d 08 05 40");
        const Bytes more = from_hex(seconds);
        bytes.insert(bytes.end(), more.begin(), more.end());
        bytes[1] = static_cast<std::uint8_t>(bytes.size() - 2);
        bytes.insert(bytes.end(), {0x78, 0x01});
        const DnstapRecord record = inspect_dnstap(bytes);
        EXPECT_TRUE(record.ok());
        return record.view.query_time.known();
    };
    EXPECT_TRUE(moment("01"));
    EXPECT_FALSE(moment("ffffffffffffffffff01"));
}

}  // namespace
}  // namespace vedette::wire::dnstap
