// DHCP: everybody gets an address from the gateway; a second server answers too, and the phone
// believes it until its lease is refused. DHCPv6 for those who ask.
#include "dhcp.hpp"
#include "stage.hpp"

namespace demo {
namespace {

constexpr std::uint32_t kLeaseSeconds = 3600;
constexpr unsigned kRogueSeconds = 1800;

const IpAddress kNobody = ip("0.0.0.0");
const IpAddress kEverybody = ip("255.255.255.255");

struct Offerer {
    Endpoint server;
    IpAddress router;
    IpAddress resolver;
    std::string_view domain;
    std::uint32_t lease_seconds = kLeaseSeconds;
};

Offerer lawful(const Stage& stage) {
    return {stage.places.gateway, stage.places.gateway.ip, stage.places.resolver.ip, "home.arpa"};
}

Offerer rogue(const Stage& stage) {
    return {stage.places.rogue, stage.places.rogue.ip, stage.places.bad_resolver.ip, "lan",
            kRogueSeconds};
}

std::string_view count_name(DhcpType type) {
    static constexpr std::string_view kNames[] = {
        "", "discover", "offer", "request", "decline", "ack", "nak", "release", "inform"};
    return kNames[type];
}

void send(Stage& stage, Timestamp time, const Endpoint& from, const Endpoint& to,
          const DhcpMessage& message) {
    stage.tally.count("dhcp_msgs");
    stage.tally.count("dhcp_" + std::string(count_name(message.type())));
    stage.capture.add(time, udp_frame(from, to, message.encode().view()));
}

void from_client(Stage& stage, Timestamp time, const Client& client, const DhcpMessage& message) {
    send(stage, time, {client.mac, kNobody, 68}, {group_mac(kEverybody), kEverybody, 67}, message);
}

void from_server(Stage& stage, Timestamp time, const Offerer& by, const Client& client,
                 const DhcpMessage& message) {
    const Endpoint server{by.server.mac, by.server.ip, 67};
    send(stage, time, server, {client.mac, client.ip, 68}, message);
}

/// Options by which a client tells what it is: 12, 55, 60, 61, 81.
void introduce(DhcpMessage& message, const Client& client) {
    message.option(61, Octets().u8(1).mac(client.mac).view());
    if (!client.host.empty()) message.option(12, client.host);
    if (!client.vendor_class.empty()) message.option(60, client.vendor_class);
    if (client.habit == Habit::Windows)
        message.option(81, Octets().u8(0).u16(0).text(client.host).view());
    static constexpr std::uint8_t kWanted[] = {1, 3, 6, 15, 26, 28, 42, 51, 58, 59, 119, 252};
    message.option(55, ByteView(kWanted, client.habit == Habit::Appliance ? 6 : 12));
}

void configure(DhcpMessage& message, const Offerer& by, const Client& client) {
    message.to_client(client.ip).option(54, by.server.ip).option(51, by.lease_seconds);
    message.option(58, by.lease_seconds / 2).option(59, by.lease_seconds / 8 * 7);
    message.option(1, ip("255.255.255.0")).option(3, by.router).option(6, by.resolver);
    message.option(15, by.domain);
}

void offer(Stage& stage, Timestamp time, const Offerer& by, const Client& client,
           std::uint32_t transaction) {
    DhcpMessage message(kOffer, transaction, client.mac);
    configure(message, by, client);
    from_server(stage, time, by, client, message);
}

/// DISCOVER, OFFER (two, while the rogue server is up), REQUEST, ACK.
void join(Stage& stage, const Client& client, bool rogue_is_up, const Offerer& taken) {
    Random& random = stage.random;
    Timestamp time = Stage::at(client.joins_at) + random.micros(0, 400'000);
    const auto transaction = static_cast<std::uint32_t>(random.next());
    DhcpMessage discover(kDiscover, transaction, client.mac);
    introduce(discover, client);
    from_client(stage, time, client, discover);
    if (rogue_is_up)
        offer(stage, time + random.micros(400, 900), rogue(stage), client, transaction);
    offer(stage, time + random.micros(1'500, 9'000), lawful(stage), client, transaction);
    time = time + random.micros(12'000, 30'000);
    DhcpMessage request(kRequest, transaction, client.mac);
    request.option(50, client.ip).option(54, taken.server.ip);
    introduce(request, client);
    from_client(stage, time, client, request);
    DhcpMessage ack(kDhcpAck, transaction, client.mac);
    configure(ack, taken, client);
    from_server(stage, time + random.micros(900, 6'000), taken, client, ack);
}

/// Half the lease is over: straight to the server and back (RFC 2131 4.4.5).
void renew(Stage& stage, unsigned second, const Client& client, const Offerer& by) {
    const Timestamp time = Stage::at(second) + stage.random.micros(0, 900'000);
    const auto transaction = static_cast<std::uint32_t>(stage.random.next());
    DhcpMessage request(kRequest, transaction, client.mac);
    request.from_client(client.ip);
    introduce(request, client);
    send(stage, time, {client.mac, client.ip, 68}, {by.server.mac, by.server.ip, 67}, request);
    DhcpMessage ack(kDhcpAck, transaction, client.mac);
    ack.from_client(client.ip);
    configure(ack, by, client);
    from_server(stage, time + stage.random.micros(700, 4'000), by, client, ack);
}

void release(Stage& stage, const Client& client) {
    DhcpMessage message(kRelease, static_cast<std::uint32_t>(stage.random.next()), client.mac);
    message.from_client(client.ip).option(54, stage.places.gateway.ip);
    message.option(61, Octets().u8(1).mac(client.mac).view());
    send(stage, Stage::at(client.leaves_at), {client.mac, client.ip, 68},
         {stage.places.gateway.mac, stage.places.gateway.ip, 67}, message);
}

/// The phone asks the rogue's lease to go on; the gateway knows of none and refuses; it starts
/// anew.
void refuse_phone(Stage& stage) {
    Client phone = stage.cast[kPhone];
    const unsigned second = phone.joins_at + kRogueSeconds - 4;
    const auto transaction = static_cast<std::uint32_t>(stage.random.next());
    DhcpMessage request(kRequest, transaction, phone.mac);
    request.from_client(phone.ip);
    introduce(request, phone);
    from_client(stage, Stage::at(second), phone, request);
    DhcpMessage nak(kNak, transaction, phone.mac);
    nak.option(54, stage.places.gateway.ip).option(56, std::string_view("lease not found"));
    const Endpoint server{stage.places.gateway.mac, stage.places.gateway.ip, 67};
    send(stage, Stage::at(second) + stage.random.micros(900, 2'000), server,
         {group_mac(kEverybody), kEverybody, 68}, nak);
    phone.joins_at = second + 1;
    join(stage, phone, false, lawful(stage));
}

/// The speaker finds its address taken and declines it; the second try succeeds.
void decline(Stage& stage) {
    Client speaker = stage.cast[kSpeaker];
    speaker.ip = ip("192.0.2.24");  // the printer's
    speaker.joins_at -= 11;
    join(stage, speaker, false, lawful(stage));
    DhcpMessage message(kDecline, static_cast<std::uint32_t>(stage.random.next()), speaker.mac);
    message.option(50, speaker.ip).option(54, stage.places.gateway.ip);
    message.option(56, std::string_view("address in use"));
    from_client(stage, Stage::at(speaker.joins_at + 1), speaker, message);
}

void inform(Stage& stage) {
    const Client& office = stage.cast[kOffice];
    const Timestamp time = Stage::at(office.joins_at + 20);
    DhcpMessage message(kInform, static_cast<std::uint32_t>(stage.random.next()), office.mac);
    message.from_client(office.ip);
    introduce(message, office);
    send(stage, time, {office.mac, office.ip, 68}, {group_mac(kEverybody), kEverybody, 67},
         message);
    DhcpMessage ack(kDhcpAck, 0, office.mac);
    ack.from_client(office.ip)
        .option(54, stage.places.gateway.ip)
        .option(252, std::string_view("http://wpad.home.arpa/wpad.dat"));
    from_server(stage, time + stage.random.micros(800, 2'000), lawful(stage), office, ack);
}

struct Exchange6 {
    Dhcp6Type asks;
    Dhcp6Type replies;
    bool knows_server;
};

/// RFC 8415 18.2: SOLICIT, ADVERTISE, REQUEST, REPLY; later RENEW, RELEASE; or only information.
void talk6(Stage& stage, Timestamp time, const Client& client, const Exchange6& exchange) {
    const auto transaction = static_cast<std::uint32_t>(stage.random.below(1U << 24U));
    const Octets client_id = duid_of(client.mac);
    const Octets server_id = duid_of(stage.places.gateway.mac);
    Octets address;  // option 5 inside option 3 (IA_NA)
    address.u32(0x6c656101).u32(1800).u32(2880).u16(5).u16(24);
    address.ip(client.ip6).u32(3600).u32(7200);
    const bool stateful = exchange.asks != kInformationRequest;
    Dhcp6Message ask(exchange.asks, transaction);
    ask.option(1, client_id.view()).option(8, Octets().u16(0).view());
    ask.option(6, Octets().u16(23).u16(24).view());
    if (exchange.knows_server) ask.option(2, server_id.view());
    if (stateful) ask.option(3, address.view());
    if (!client.host.empty()) {
        // RFC 4704 4.2: a name without its final root label is only the first part.
        ask.option(39, Octets().u8(1).counted(client.host).view());
    }
    Dhcp6Message reply(exchange.replies, transaction);
    reply.option(1, client_id.view()).option(2, server_id.view());
    if (exchange.asks == kRelease6)  // RFC 8415 18.3.7: success, and no address any more
        reply.option(13, Octets().u16(0).text("released").view());
    else if (stateful)
        reply.option(3, address.view());
    reply.option(23, ip("2001:db8:0:1::53").bytes());
    const IpAddress all = ip("ff02::1:2");
    const Endpoint from{client.mac, client.link_local, 546};
    stage.tally.count("dhcpv6", 2);
    stage.capture.add(time, udp_frame(from, {group_mac(all), all, 547}, ask.encode().view()));
    const Endpoint server{stage.places.gateway.mac, stage.places.gateway6.ip, 547};
    stage.capture.add(time + stage.random.micros(800, 5'000),
                      udp_frame(server, from, reply.encode().view()));
}

void play_v6(Stage& stage) {
    for (const std::size_t part : {kThinkpad, kOffice, kNas}) {
        const Client& client = stage.cast[part];
        const unsigned second = client.joins_at + 2;
        talk6(stage, Stage::at(second), client, {kSolicit, kAdvertise, false});
        talk6(stage, Stage::at(second + 1), client, {kRequest6, kReply, true});
        for (unsigned later = second + 1800; later < Stage::end_of(client); later += 1800)
            talk6(stage, Stage::at(later), client, {kRenew, kReply, true});
        if (client.leaves_at != 0)
            talk6(stage, Stage::at(client.leaves_at), client, {kRelease6, kReply, true});
    }
    for (const std::size_t part : {kLaptop, kPixel})
        talk6(stage, Stage::at(stage.cast[part].joins_at + 3), stage.cast[part],
              {kInformationRequest, kReply, false});
}

}  // namespace

void play_leases(Stage& stage) {
    decline(stage);
    for (std::size_t part = 0; part < kParts; ++part) {
        const Client& client = stage.cast[part];
        const bool fooled = part == kPhone;
        join(stage, client, fooled || part == kBuilder, fooled ? rogue(stage) : lawful(stage));
        if (fooled) {
            renew(stage, client.joins_at + kRogueSeconds / 2, client, rogue(stage));
            refuse_phone(stage);
        }
        const unsigned leased_at = fooled ? client.joins_at + kRogueSeconds : client.joins_at;
        for (unsigned second = leased_at + kLeaseSeconds / 2; second < Stage::end_of(client);
             second += kLeaseSeconds / 2)
            renew(stage, second, client, lawful(stage));
        if (client.leaves_at != 0) release(stage, client);
    }
    inform(stage);
    play_v6(stage);
    stage.tally.story({{"story", quoted("rogue-dhcp-server")},
                       {"server_mac", quoted(stage.places.rogue.mac.to_text())},
                       {"server", quoted(stage.places.rogue.ip.to_text())},
                       {"resolver", quoted(stage.places.bad_resolver.ip.to_text())},
                       {"victim", quoted(stage.cast[kPhone].mac.to_text())}});
}

}  // namespace demo
