// Names without a server: multicast DNS (RFC 6762), LLMNR (RFC 4795) and NetBIOS (RFC 1002).
#include "stage.hpp"

namespace demo {
namespace {

const Endpoint kMdns4{group_mac(ip("224.0.0.251")), ip("224.0.0.251"), 5353};
const Endpoint kMdns6{group_mac(ip("ff02::fb")), ip("ff02::fb"), 5353};

Record flushed(Record record) {
    record.klass |= kMdnsBit;
    return record;
}

/// A device and the service that it offers.
struct Offering {
    std::size_t part;
    std::string service;   ///< "_ipp._tcp"
    std::string instance;  ///< what people see; no dots
    std::uint16_t port;
    std::vector<std::string> facts;  ///< its TXT record
};

const std::vector<Offering>& offerings() {
    static const std::vector<Offering> kOfferings{
        {kPrinter,
         "_ipp._tcp",
         "Office Laser Printer",
         631,
         {"txtvers=1", "rp=ipp/print", "ty=Laser Printer", "pdl=application/pdf,image/urf"}},
        {kTelevision, "_airplay._tcp", "Living Room TV", 7000, {"model=TV-55", "srcvers=377.40"}},
        {kSpeaker, "_spotify-connect._tcp", "Kitchen", 1400, {"VERSION=1.0", "CPath=/zc"}},
        {kLights, "_hue._tcp", "Light Bridge 88A1", 443, {"bridgeid=ecb5fafffe1488a1"}},
        {kNas, "_smb._tcp", "nas", 445, {}},
    };
    return kOfferings;
}

/// RFC 6763 4.1 and 12.1: the pointer, and everything that the asker would want next.
Message announcement(const Stage& stage, const Offering& offering) {
    const Client& client = stage.cast[offering.part];
    const std::string service = offering.service + ".local";
    const std::string instance = offering.instance + '.' + service;
    const std::string host = std::string(client.host) + ".local";
    Message message;
    message.flags = kQr | kAa;
    message.answers.push_back(name_record(service, kPtr, 4500, instance));
    message.additionals.push_back(flushed(srv_record(instance, 120, offering.port, host)));
    message.additionals.push_back(flushed(txt_record(
        instance, 4500, offering.facts.empty() ? std::vector<std::string>{""} : offering.facts)));
    message.additionals.push_back(flushed(address_record(host, 120, client.ip)));
    message.additionals.push_back(flushed(address_record(host, 120, client.link_local)));
    return message;
}

void multicast(Stage& stage, Timestamp time, const Client& client, const Message& message) {
    stage.send(time, {client.mac, client.ip, 5353}, kMdns4, message);
    stage.send(time + stage.random.micros(40, 200), {client.mac, client.link_local, 5353}, kMdns6,
               message);
}

/// The first question of a series asks for a unicast answer (RFC 6762 5.4), the next ones tell what
/// is known already (RFC 6762 7.1).
void discover(Stage& stage, Timestamp time, const Client& client) {
    for (int round = 0; round < 3; ++round) {
        Message message;
        message.flags = 0;
        for (const Offering& offering : offerings()) {
            const auto klass = static_cast<std::uint16_t>(round == 0 ? kMdnsBit | 1U : 1U);
            message.questions.push_back({offering.service + ".local", kPtr, klass});
            if (round > 0)
                message.answers.push_back(
                    name_record(offering.service + ".local", kPtr, 4480,
                                offering.instance + '.' + offering.service + ".local"));
        }
        multicast(stage, time, client, message);
        if (round == 0)
            for (const Offering& offering : offerings())
                stage.send(time + stage.random.micros(20'000, 120'000),
                           {stage.cast[offering.part].mac, stage.cast[offering.part].ip, 5353},
                           {client.mac, client.ip, 5353}, announcement(stage, offering));
        time = time + Duration::seconds(round == 0 ? 1 : 20);
    }
}

void announce_all(Stage& stage) {
    for (const Offering& offering : offerings()) {
        const Client& client = stage.cast[offering.part];
        Message probe;
        probe.flags = 0;
        const std::string host = std::string(client.host) + ".local";
        probe.questions.push_back({host, kAny, static_cast<std::uint16_t>(kMdnsBit | 1U)});
        probe.authorities.push_back(address_record(host, 120, client.ip));
        multicast(stage, Stage::at(client.joins_at + 6), client, probe);
        for (const unsigned second : {7U, 8U, 2400U, 4800U})
            multicast(stage, Stage::at(client.joins_at + second), client,
                      announcement(stage, offering));
    }
}

/// Windows looks for a proxy and for a server that is long gone.
void ask_link_local(Stage& stage, Timestamp time, const std::string& name) {
    const Client& office = stage.cast[kOffice];
    const IpAddress group4 = ip("224.0.0.252");
    const IpAddress group6 = ip("ff02::1:3");
    for (const std::uint16_t type : {kA, kAaaa}) {
        Message query = query_of(stage.random.word(), name, type);
        query.flags = 0;
        Endpoint from = stage.socket(office);
        stage.send(time, from, {group_mac(group4), group4, 5355}, query);
        from.ip = office.link_local;
        stage.send(time + stage.random.micros(30, 200), from, {group_mac(group6), group6, 5355},
                   query);
        if (name == "nas" && type == kA) {
            const Client& nas = stage.cast[kNas];
            Message answer = answer_to(query);
            answer.flags = kQr;
            answer.answers.push_back(address_record(name, 30, nas.ip));
            from.ip = office.ip;
            stage.send(time + stage.random.micros(400, 2'000), {nas.mac, nas.ip, 5355}, from,
                       answer);
        }
    }
}

/// RFC 1001 14.1: each half octet of the padded name becomes a letter.
std::string first_level(std::string name, char suffix) {
    name.resize(15, ' ');
    name += suffix;
    std::string out;
    for (const char c : name) {
        out += static_cast<char>('A' + (static_cast<unsigned char>(c) >> 4U));
        out += static_cast<char>('A' + (static_cast<unsigned char>(c) & 15U));
    }
    return out;
}

void ask_netbios(Stage& stage, Timestamp time, const std::string& name, char suffix) {
    const Client& office = stage.cast[kOffice];
    const IpAddress broadcast = ip("192.0.2.255");
    Message query = query_of(stage.random.word(), first_level(name, suffix), 32);
    query.flags = 0x0110;
    const MacAddress everybody = group_mac(ip("255.255.255.255"));
    for (int round = 0; round < 3; ++round) {
        stage.tally.count("nbns");
        stage.capture.add(time, udp_frame({office.mac, office.ip, 137}, {everybody, broadcast, 137},
                                          query.encode().view()));
        time = time + Duration::millis(750);
    }
}

}  // namespace

void play_local(Stage& stage) {
    announce_all(stage);
    discover(stage, Stage::at(620), stage.cast[kLaptop]);
    discover(stage, Stage::at(3005), stage.cast[kLaptop]);
    discover(stage, Stage::at(1600), stage.cast[kPhone]);
    for (const unsigned second : {110U, 1900U, 3700U, 5500U}) {
        ask_link_local(stage, Stage::at(second), "wpad");
        ask_link_local(stage, Stage::at(second + 3), "oldserver");
        ask_link_local(stage, Stage::at(second + 5), "nas");
        ask_netbios(stage, Stage::at(second + 4), "OLDSERVER", ' ');
        ask_netbios(stage, Stage::at(second + 9), "WORKGROUP", '\x1c');
    }
}

}  // namespace demo
