// Packets that are broken, each in its own way. A decoder keeps what it could read, names what is
// wrong, and goes on.
#include "dhcp.hpp"
#include "stage.hpp"

namespace demo {
namespace {

struct Broken {
    std::string what;
    Octets bytes;
    std::string question{};  ///< the name that can still be read
};

Octets header(std::uint16_t questions, std::uint16_t additionals = 0) {
    Octets out;
    out.u16(0x4242).u16(kRd).u16(questions).u16(0).u16(0).u16(additionals);
    return out;
}

std::vector<Broken> broken_queries() {
    const Octets good = query_of(0x4242, "www.example.com", kA).encode();
    Octets cut;
    cut.raw(good.view().first(20));
    Octets overrun = header(1);
    overrun.u8(60).text("short");
    Octets forward = header(1);
    forward.u16(0xc000 | 40).u16(kA).u16(1);
    Octets loop = header(1);
    loop.u8(3).text("www").u16(0xc000 | 12).u16(kA).u16(1);
    Octets reserved = header(1);
    reserved.u8(0x81).text("a").u8(0).u16(kA).u16(1);
    Octets too_long = header(1);
    for (int i = 0; i < 5; ++i)
        too_long.counted(std::string(60, 'a'));
    too_long.u8(0).u16(kA).u16(1);
    Octets rdata = header(1, 1);
    rdata.counted("a").u8(0).u16(kA).u16(1).u8(0).u16(kOpt).u16(1232).u32(0).u16(200).u16(10);
    Octets trailing = good;
    trailing.text("and a secret behind the end");
    return {{"shorter than a DNS header", Octets().u16(0x4242).u16(kRd).u16(1)},
            {"ends inside a name", cut},
            {"a label reaches beyond the message", overrun},
            {"a compression pointer leads forwards", forward},
            {"compression pointers form a loop", loop},
            {"a label of a reserved type", reserved},
            {"a name longer than 255 bytes", too_long},
            {"an OPT record reaches beyond the message", rdata, "a"},
            {"bytes follow the end of the message", trailing, "www.example.com"}};
}

Octets broken_dhcp() {
    Octets bytes = DhcpMessage(kDiscover, 0x42424242, mac("08:54:11:9a:4b:6d")).encode();
    bytes.bytes().resize(243);  // right after the message type
    bytes.u8(12).u8(200).text("door");
    return bytes;
}

}  // namespace

void play_damage(Stage& stage) {
    const Client& camera = stage.cast[kCamera];
    unsigned second = 6600;
    for (const Broken& broken : broken_queries()) {
        Message readable;
        if (!broken.question.empty()) readable.questions.push_back({broken.question});
        stage.tally.dns(readable);
        stage.capture.add(
            Stage::at(second++),
            udp_frame(stage.socket(camera), stage.places.resolver, broken.bytes.view()),
            broken.what);
    }
    const IpAddress everybody = ip("255.255.255.255");
    stage.tally.count("dhcp_msgs");
    stage.tally.count("dhcp_discover");
    stage.capture.add(Stage::at(second++),
                      udp_frame({camera.mac, ip("0.0.0.0"), 68},
                                {group_mac(everybody), everybody, 67}, broken_dhcp().view()),
                      "a DHCP option reaches beyond the message");
    const Octets good = query_of(0x4242, "www.example.com", kA).encode();
    stage.tally.count("dns_query");
    Frame udp_length = udp_frame(stage.socket(camera), stage.places.resolver, good.view());
    udp_length[14 + 20 + 4] = 0x40;
    stage.capture.add(Stage::at(second++), udp_length, "UDP says more than IP carries");
    Frame cut = udp_frame(stage.socket(camera), stage.places.resolver, good.view());
    cut.resize(14 + 9);
    stage.capture.add(Stage::at(second), cut, "the frame ends inside its IP header");
}

}  // namespace demo
