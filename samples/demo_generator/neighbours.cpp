// ARP and neighbour discovery, and a little traffic that is neither DNS nor DHCP, so that the books
// have something to put under "not ours".
#include "stage.hpp"

namespace demo {
namespace {

void arp_pair(Stage& stage, Timestamp time, const Endpoint& asks, const Endpoint& owns) {
    stage.capture.add(time, arp_frame(1, asks, {MacAddress{}, owns.ip}));
    stage.capture.add(time + stage.random.micros(80, 600), arp_frame(2, owns, asks));
}

/// RFC 4861 4.3, 4.4: solicitation to the solicited-node group, solicited advertisement back.
void neighbour_pair(Stage& stage, Timestamp time, const Client& asks, const Endpoint& owns) {
    const Endpoint from{asks.mac, asks.link_local};
    IpAddress group = ip("ff02::1:ff00:0");
    for (std::size_t i = 13; i < 16; ++i)
        group.octets[i] = owns.ip.octets[i];
    Octets solicitation;
    solicitation.u8(135).u8(0).u16(0).u32(0).ip(owns.ip).u8(1).u8(1).mac(asks.mac);
    stage.capture.add(time, icmp_frame(from, {group_mac(group), group}, solicitation.view()));
    Octets advertisement;
    advertisement.u8(136).u8(0).u16(0).u32(0xe0000000).ip(owns.ip).u8(2).u8(1).mac(owns.mac);
    stage.capture.add(time + stage.random.micros(100, 700),
                      icmp_frame(owns, from, advertisement.view()));
}

/// RFC 4861 4.2 with prefix and recursive DNS server (RFC 8106 5.1).
void router_advertisement(Stage& stage, Timestamp time) {
    const Endpoint& router = stage.places.gateway6;
    const IpAddress all = ip("ff02::1");
    Octets message;
    message.u8(134).u8(0).u16(0).u8(64).u8(0x40).u16(1800).u32(0).u32(0);
    message.u8(1).u8(1).mac(router.mac);
    message.u8(3).u8(4).u8(64).u8(0xc0).u32(7200).u32(3600).u32(0).ip(ip("2001:db8:0:1::"));
    message.u8(25).u8(3).u16(0).u32(1200).ip(ip("2001:db8:0:1::53"));
    stage.capture.add(time, icmp_frame(router, {group_mac(all), all}, message.view()));
}

void ping(Stage& stage, Timestamp time, const Client& client) {
    const Endpoint from{client.mac, client.ip};
    Octets echo;
    echo.u8(8)
        .u8(0)
        .u16(0)
        .u16(stage.random.word())
        .u16(1)
        .text("abcdefghijklmnopqrstuvwabcdefghi");
    stage.capture.add(time, icmp_frame(from, stage.places.gateway, echo.view()));
    Octets reply = echo;
    reply.bytes()[0] = 0;
    stage.capture.add(time + stage.random.micros(200, 900),
                      icmp_frame(stage.places.gateway, from, reply.view()));
}

/// RFC 5905 7.3: a question for the time, and its answer.
void time_question(Stage& stage, Timestamp time, const Client& client) {
    const Endpoint from{client.mac, client.ip, 123};
    const Endpoint server{stage.places.gateway.mac, ip("198.51.100.123"), 123};
    Octets ask;
    ask.u8(0x23).zeros(39).u32(0xee9a1c10).u32(0);
    stage.capture.add(time, udp_frame(from, server, ask.view()));
    Octets answer;
    answer.u8(0x24).u8(2).zeros(38).u32(0xee9a1c10).u32(0);
    stage.capture.add(time + stage.random.micros(9'000, 30'000),
                      udp_frame(server, from, answer.view()));
}

}  // namespace

void play_neighbours(Stage& stage) {
    for (const Client& client : stage.cast) {
        Endpoint self{client.mac, client.ip};
        arp_pair(stage, Stage::at(client.joins_at + 1), self, stage.places.gateway);
        arp_pair(stage, Stage::at(client.joins_at + 2), self, stage.places.resolver);
        neighbour_pair(stage, Stage::at(client.joins_at + 4), client, stage.places.gateway6);
        for (unsigned later = client.joins_at + 1200; later < Stage::end_of(client); later += 1200)
            arp_pair(stage, Stage::at(later) + stage.random.micros(0, 900'000),
                     stage.places.gateway, self);
        if (client.habit == Habit::Appliance)
            time_question(stage, Stage::at(client.joins_at + 6), client);
    }
    for (unsigned second = 5; second < kLengthSeconds; second += 600)
        router_advertisement(stage, Stage::at(second));
    for (unsigned second = 2400; second < 2404; ++second)
        ping(stage, Stage::at(second), stage.cast[kThinkpad]);
}

}  // namespace demo
