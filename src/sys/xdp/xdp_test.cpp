#include <gtest/gtest.h>
#include <linux/if_ether.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

#include "sys/xdp/bpf_call.hpp"
#include "sys/xdp/xdp_interface.hpp"

namespace vedette::sys {
namespace {

constexpr std::array<std::uint8_t, 6> kStation{2, 0, 0, 0, 0, 1};
constexpr std::uint32_t kNoSocket = XDP_PASS;

XdpPlace place_v4(std::uint8_t last, std::uint16_t port) {
    XdpPlace place;
    place.address = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, last};
    place.port = static_cast<std::uint16_t>(port << 8U | port >> 8U);
    return place;
}

XdpPlace place_v6(std::uint8_t last, std::uint16_t port) {
    XdpPlace place;
    place.address = {0x20, 1, 0x0d, 0xb8};
    place.address[15] = last;
    place.port = static_cast<std::uint16_t>(port << 8U | port >> 8U);
    return place;
}

std::vector<std::uint8_t> frame_v4() {
    std::vector<std::uint8_t> frame{2,  0, 0, 0,    0, 1,  2,  0, 0, 0,   0, 9, 8, 0,   0x45, 0, 0,
                                    40, 0, 1, 0x40, 0, 64, 17, 0, 0, 192, 0, 2, 9, 192, 0,    2, 1};
    const std::vector<std::uint8_t> udp{0x30, 0x39, 0, 53, 0, 20, 0, 0};
    frame.insert(frame.end(), udp.begin(), udp.end());
    frame.resize(frame.size() + 12);
    return frame;
}

std::vector<std::uint8_t> frame_v6() {
    std::vector<std::uint8_t> frame{2, 0,    0,    0,    0, 1, 2, 0, 0,  0,  0,
                                    9, 0x86, 0xdd, 0x60, 0, 0, 0, 0, 20, 17, 64};
    for (const std::uint8_t last : {std::uint8_t{9}, std::uint8_t{1}}) {
        const XdpPlace place = place_v6(last, 0);
        frame.insert(frame.end(), place.address.begin(), place.address.end());
    }
    const std::vector<std::uint8_t> udp{0x30, 0x39, 0, 53, 0, 20, 0, 0};
    frame.insert(frame.end(), udp.begin(), udp.end());
    frame.resize(frame.size() + 12);
    return frame;
}

// Runs the loaded program on frames (BPF_PROG_TEST_RUN). The map of sockets is a map of devices
// here, with nothing in it: what would be diverted is told by the fallback of that redirection.
class PortFilter : public ::testing::Test {
  protected:
    void SetUp() override {
        auto places = make_bpf_map({BPF_MAP_TYPE_HASH, sizeof(XdpPlace), 4, 8});
        if (!places) GTEST_SKIP() << "BPF is not for this user: " << places.error().text;
        auto sockets = make_bpf_map({BPF_MAP_TYPE_XSKMAP, 4, 4, 1});
        ASSERT_TRUE(sockets) << sockets.error().text;
        std::vector<bpf_insn> code = port_filter(places->get(), sockets->get(), kStation);
        // The only XDP_PASS in R3 is the fallback of a queue without a socket.
        for (bpf_insn& one : code) {
            if (one.code == (BPF_ALU64 | BPF_MOV | BPF_K) && one.dst_reg == 3 &&
                one.imm == static_cast<int>(kNoSocket))
                one.imm = XDP_TX;
        }
        auto program = load_xdp_program(code);
        ASSERT_TRUE(program) << program.error().text;
        places_ = std::move(*places);
        sockets_ = std::move(*sockets);
        program_ = std::move(*program);
        const std::uint32_t present = 1;
        for (const XdpPlace& place : {place_v4(1, 53), place_v6(1, 53)})
            ASSERT_TRUE(set_bpf_entry(places_, &place, &present));
    }
    bool diverted(const std::vector<std::uint8_t>& frame) {
        bpf_attr attributes{};
        attributes.test.prog_fd = static_cast<std::uint32_t>(program_.get());
        attributes.test.data_in = reinterpret_cast<std::uint64_t>(frame.data());
        attributes.test.data_size_in = static_cast<std::uint32_t>(frame.size());
        attributes.test.repeat = 1;
        EXPECT_EQ(::syscall(SYS_bpf, BPF_PROG_TEST_RUN, &attributes, sizeof(attributes)), 0);
        return attributes.test.retval == XDP_TX;
    }
    Descriptor places_;
    Descriptor sockets_;
    Descriptor program_;
};

TEST_F(PortFilter, QuestionsForOurPlacesAreDiverted) {
    EXPECT_TRUE(diverted(frame_v4()));
    EXPECT_TRUE(diverted(frame_v6()));
}

TEST_F(PortFilter, EveryOtherValueOfWhatIsLookedAtPasses) {
    struct Field {
        std::size_t at;
        std::size_t bytes;
    };
    // Station, type, version and length, more fragments and offset, protocol, address, port.
    const auto all_pass = [&](const std::vector<std::uint8_t>& good,
                              std::initializer_list<Field> fields) {
        for (const Field& field : fields) {
            for (std::size_t i = field.at; i < field.at + field.bytes; ++i) {
                for (unsigned bit = 0; bit < 8; ++bit) {
                    if (i == 20 && bit >= 6 && good[12] == 8)
                        continue;  // reserved, do not fragment
                    auto frame = good;
                    frame[i] ^= static_cast<std::uint8_t>(1U << bit);
                    EXPECT_FALSE(diverted(frame)) << "octet " << i << " bit " << bit;
                }
            }
        }
    };
    all_pass(frame_v4(), {{0, 6}, {12, 2}, {14, 1}, {20, 2}, {23, 1}, {30, 4}, {36, 2}});
    all_pass(frame_v6(), {{0, 6}, {12, 2}, {20, 1}, {38, 16}, {56, 2}});
}

TEST_F(PortFilter, WhatIsNotLookedAtDoesNotMatter) {
    auto frame = frame_v4();
    frame[7] = 77;        // who sent it
    frame[15] = 0xfc;     // DSCP
    frame[20] = 0;        // may be fragmented, is not
    frame[22] = 1;        // TTL
    frame[34] = 0xff;     // the client's port
    frame.back() = 0xff;  // the question
    EXPECT_TRUE(diverted(frame));
}

TEST_F(PortFilter, ShortFramesPass) {
    for (const auto& good : {frame_v4(), frame_v6()}) {
        const std::size_t headers = good.size() - 12;
        for (std::size_t bytes = 14; bytes < headers; ++bytes)  // less is refused by the kernel
            EXPECT_FALSE(
                diverted({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(bytes)}))
                << bytes;
        EXPECT_TRUE(diverted({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(headers)}));
    }
}

TEST_F(PortFilter, TaggedFramesPass) {
    auto frame = frame_v4();
    const std::array<std::uint8_t, 4> tag{0x81, 0, 0, 5};
    frame.insert(frame.begin() + 12, tag.begin(), tag.end());
    EXPECT_FALSE(diverted(frame));
}

TEST(Xdp, WhatCannotBeOpenedSaysWhy) {
    const auto none = XdpInterface::open("nosuchif0");
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().kind, ErrorKind::NotFound);
    const auto loopback = XdpInterface::open("lo");
    ASSERT_FALSE(loopback);
    EXPECT_EQ(loopback.error().text, "it is no Ethernet interface");
}

Descriptor some_descriptor() {
    return Descriptor(::dup(STDERR_FILENO));
}

TEST(XdpParts, AWholeInterfaceIsTakenOnce) {
    XdpParts parts;
    const XdpTitle title{"veth0", 2, true};
    EXPECT_EQ(part_text(title, "socket"), "veth0 2 driver socket");
    for (const char* const part : {"link", "places", "socket", "memory", "socket", "memory"})
        parts.add(part_text(title, part), some_descriptor());
    parts.add(part_text({"veth1", 7, false}, "link"), some_descriptor());
    const auto taken = parts.take("veth0");
    ASSERT_TRUE(taken);
    EXPECT_EQ(taken->title.holder, 2U);
    EXPECT_TRUE(taken->title.in_driver);
    EXPECT_EQ(taken->queues.size(), 2U);
    EXPECT_FALSE(parts.take("veth0")) << "only once";
    EXPECT_FALSE(parts.take("veth1")) << "a part is missing";
    EXPECT_FALSE(parts.take("veth2"));
}

TEST(XdpParts, WhatIsMissingOrStrangeGivesNoInterface) {
    const std::vector<std::string> all{"link", "places", "socket", "memory"};
    for (const std::string& missing : all) {
        XdpParts parts;
        for (const std::string& part : all) {
            if (part != missing) parts.add(part_text({"veth0", 2, true}, part), some_descriptor());
        }
        EXPECT_FALSE(parts.take("veth0")) << missing;
    }
    XdpParts parts;
    for (const char* const text : {"", "veth0", "veth0 2", "veth0 x driver link", " 2 driver link",
                                   "veth0 2 elsewhere link", "veth0 2 driver later-part"})
        parts.add(text, some_descriptor());
    EXPECT_FALSE(parts.take("veth0"));
}

// No interface is needed: what passes from holder to holder lies in the memory.
TEST(XdpSocket, MemoryOfAnotherLayoutIsNotAdopted) {
    const std::size_t whole = std::size_t{XdpSocket::kFrames} * XdpSocket::kFrameBytes * 2 + 20'480;
    for (const std::size_t bytes : {std::size_t{0}, whole - 1, whole + 1, whole}) {
        Descriptor memory(::memfd_create("test", MFD_CLOEXEC));
        ASSERT_EQ(::ftruncate(memory.get(), static_cast<off_t>(bytes)), 0);
        const auto adopted = XdpSocket::adopt(some_descriptor(), std::move(memory), 2);
        ASSERT_FALSE(adopted);
        EXPECT_EQ(adopted.error().kind, ErrorKind::InvalidInput) << adopted.error().text;
    }
}

}  // namespace
}  // namespace vedette::sys
