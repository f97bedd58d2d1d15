#include "cast.hpp"

namespace demo {

IpAddress ip(std::string_view text) {
    return IpAddress::parse(text).value_or(IpAddress{});
}
MacAddress mac(std::string_view text) {
    return MacAddress::parse(text).value_or(MacAddress{});
}

namespace {

/// RFC 4291 appendix A: the interface identifier from the MAC.
IpAddress with_eui64(std::string_view prefix, const MacAddress& from) {
    IpAddress out = ip(prefix);
    const auto& m = from.octets;
    const std::array<std::uint8_t, 8> id{
        static_cast<std::uint8_t>(m[0] ^ 2U), m[1], m[2], 0xff, 0xfe, m[3], m[4], m[5]};
    std::copy(id.begin(), id.end(), out.octets.begin() + 8);
    return out;
}

Client client(std::string_view host, std::string_view mac_text, std::string_view ip_text,
              std::string_view vendor_class, Habit habit) {
    Client out;
    out.host = host;
    out.mac = mac(mac_text);
    out.ip = ip(ip_text);
    out.ip6 = with_eui64("2001:db8:0:1::", out.mac);
    out.link_local = with_eui64("fe80::", out.mac);
    out.vendor_class = vendor_class;
    out.habit = habit;
    return out;
}

void polls(Client& client, std::string_view site, unsigned every) {
    client.home_site = site;
    client.every = every;
}

}  // namespace

std::vector<Client> clients() {
    std::vector<Client> all{
        client("lea-macbook", "a8:7c:f8:21:04:5e", "192.0.2.21", "", Habit::Person),
        client("tom-thinkpad", "9c:2d:cd:80:1a:b7", "192.0.2.22", "", Habit::Person),
        client("office-pc", "cc:96:e5:3f:6d:10", "192.0.2.23", "MSFT 5.0", Habit::Windows),
        client("laser-printer", "38:ca:84:0b:92:f3", "192.0.2.24", "HP LaserJet", Habit::Appliance),
        client("living-room-tv", "74:19:0a:c5:33:08", "192.0.2.25", "udhcp 1.30.1",
               Habit::Appliance),
        client("nas", "90:09:d0:1e:77:c2", "192.0.2.10", "", Habit::Appliance),
        client("door-camera", "08:54:11:9a:4b:6d", "192.0.2.26", "udhcp 1.21.1", Habit::Appliance),
        client("pixel-7", "ac:3e:b1:52:e8:90", "192.0.2.27", "android-dhcp-14", Habit::Person),
        client("", "da:31:4f:07:c6:2b", "192.0.2.28", "android-dhcp-13", Habit::Person),
        client("kitchen-speaker", "c4:38:75:60:d2:1f", "192.0.2.29", "", Habit::Appliance),
        client("light-bridge", "ec:b5:fa:14:88:a1", "192.0.2.30", "", Habit::Appliance),
        client("plant-sensor", "64:e8:33:b0:05:7c", "192.0.2.31", "", Habit::Appliance),
        client("build-server", "e4:60:17:f1:2c:d9", "192.0.2.32", "", Habit::Appliance),
    };
    unsigned second = 12;
    for (Client& one : all)
        one.joins_at = second += 23;
    all[kPhone].joins_at = 1500;
    all[kThinkpad].leaves_at = 6900;
    all[kPhone].leaves_at = 5400;
    polls(all[kPrinter], "firmware.printers.example", 1800);
    polls(all[kTelevision], "epg.living-tv.example", 240);
    polls(all[kNas], "update.nas-maker.example", 900);
    polls(all[kCamera], "p2p.camera-cloud.example", 180);
    polls(all[kSpeaker], "stream.radio.example", 150);
    polls(all[kLights], "ws.lights.example", 300);
    polls(all[kSensor], "ingest.sensors.example", 120);
    polls(all[kBuilder], "packages.distribution.example", 420);
    return all;
}

Servers servers() {
    const MacAddress gateway = mac("68:d7:9a:40:00:01");
    Servers out;
    out.gateway = {gateway, ip("192.0.2.1"), 0};
    out.gateway6 = {gateway, ip("fe80::6ad7:9aff:fe40:1"), 0};
    out.resolver = {mac("dc:a6:32:5d:18:e4"), ip("192.0.2.53"), 53};
    out.resolver6 = {out.resolver.mac, ip("2001:db8:0:1::53"), 53};
    out.rogue = {mac("ec:60:73:aa:02:66"), ip("192.0.2.66"), 67};
    out.outside_resolver = {gateway, ip("203.0.113.53"), 53};
    out.bad_resolver = {gateway, ip("203.0.113.66"), 53};
    out.victim = {gateway, ip("203.0.113.200"), 0};
    return out;
}

}  // namespace demo
