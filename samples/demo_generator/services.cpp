// What browsing does not show: the other record types, an answer too large for UDP fetched again
// over TCP, signed answers, and a phone that speaks DNS over TLS.
#include "stage.hpp"

namespace demo {
namespace {

struct Lookup {
    std::size_t part;
    unsigned second;
    std::string name;
    std::uint16_t type;
    std::vector<Record> answers;
    std::uint16_t rcode = 0;
};

Record signature(Stage& stage, const std::string& owner, std::uint16_t covered) {
    Octets rdata;
    rdata.u16(covered).u8(13).u8(2).u32(3600).u32(1795700000).u32(1794490000).u16(34505);
    append_name(rdata, "example.org");
    for (int i = 0; i < 8; ++i)
        rdata.number(stage.random.next(), 8);
    return raw_record(owner, kRrsig, 3600, rdata);
}

Record caa(const std::string& owner) {
    return raw_record(owner, kCaa, 3600, Octets().u8(0).counted("issue").text("ca.example.net"));
}

/// RFC 3403 4.1
Record naptr(const std::string& owner) {
    Octets rdata;
    rdata.u16(10).u16(100).counted("s").counted("SIP+D2U").counted("");
    append_name(rdata, "_sip._udp.phones.example");
    return raw_record(owner, kNaptr, 600, rdata);
}

/// RFC 9462 4: who encrypts at this resolver?
Record designated() {
    Octets rdata;
    rdata.u16(1);
    append_name(rdata, "dns.public-resolver.example");
    rdata.u16(1).u16(4).counted("dot").u16(3).u16(2).u16(853);
    return raw_record("_dns.resolver.arpa", kSvcb, 300, rdata);
}

std::vector<Lookup> lookups(Stage& stage) {
    const std::string mail = "letterbox.example";
    return {
        {kNas,
         640,
         mail,
         kMx,
         {mx_record(mail, 3600, 10, "mx1." + mail), mx_record(mail, 3600, 20, "mx2." + mail)}},
        {kNas,
         641,
         mail,
         kTxt,
         {txt_record(mail, 3600, {"v=spf1 mx ip4:198.51.100.0/24 -all"}),
          txt_record(mail, 3600, {"site-verification=8d5f2a61c9"})}},
        {kNas,
         642,
         "_dmarc." + mail,
         kTxt,
         {txt_record("_dmarc." + mail, 3600, {"v=DMARC1; p=reject; rua=mailto:d@" + mail})}},
        {kNas,
         655,
         "25.2.0.192.in-addr.arpa",
         kPtr,
         {name_record("25.2.0.192.in-addr.arpa", kPtr, 60, "living-room-tv.home.arpa")}},
        {kNas, 656, "77.100.51.198.in-addr.arpa", kPtr, {}, kNxdomain},
        {kThinkpad,
         820,
         "_xmpp-client._tcp.teamroom.example",
         kSrv,
         {srv_record("_xmpp-client._tcp.teamroom.example", 900, 5222, "chat.teamroom.example")}},
        {kThinkpad, 900, "phones.example", kNaptr, {naptr("phones.example")}},
        {kThinkpad, 1010, "example.org", kCaa, {caa("example.org")}},
        {kThinkpad,
         1011,
         "example.org",
         kNs,
         {name_record("example.org", kNs, 86400, "ns1.example.org"),
          name_record("example.org", kNs, 86400, "ns2.example.org")}},
        {kThinkpad, 1012, "example.org", kSoa, {soa_record("example.org", 3600)}},
        {kThinkpad,
         1013,
         "www.example.org",
         kA,
         {address_record("www.example.org", 3600, ip("198.51.100.80")),
          signature(stage, "www.example.org", kA)}},
        {kPixel, 400, "_dns.resolver.arpa", kSvcb, {designated()}},
        {kOffice, 1300, "_ldap._tcp.dc._msdcs.corp.example", kSrv, {}, kNxdomain},
        {kOffice, 2200, "wpad.home.arpa", kA, {}, kNxdomain},
        {kLaptop,
         3210,
         "b\xc3\xbc"
         "cher.example",
         kA,
         {address_record("b\xc3\xbc"
                         "cher.example",
                         300, ip("198.51.100.44"))}},
        {kLaptop, 3300, "broken-signature.example", kA, {}, kServfail},
        {kSensor, 3400, "refused.sensors.example", kA, {}, kRefused},
    };
}

void look_up_all(Stage& stage) {
    for (const Lookup& lookup : lookups(stage)) {
        Message query = query_of(stage.random.word(), lookup.name, lookup.type);
        Octets cookie;  // RFC 7873 4: option 10, eight bytes
        cookie.u16(10).u16(8).number(stage.random.next(), 8);
        query.additionals.push_back(opt_record(1232, cookie));
        Message answer = answer_to(query, lookup.rcode);
        answer.answers = lookup.answers;
        if (lookup.rcode == kNxdomain) answer.authorities.push_back(soa_record("example", 900));
        answer.additionals.push_back(opt_record(1232));
        const Endpoint server =
            lookup.part == kPixel ? stage.places.outside_resolver : stage.places.resolver;
        stage.exchange(Stage::at(lookup.second) + stage.random.micros(0, 500'000),
                       stage.socket(stage.cast[lookup.part]), server, query, answer,
                       stage.random.micros(600, 60'000));
    }
}

/// A TCP connection told as what each side says in turn; acknowledgements ride along.
class Conversation {
  public:
    Conversation(Stage& stage, Timestamp time, const Endpoint& client, const Endpoint& server)
        : stage_(stage), time_(time), ends_{client, server} {
        next_ = {static_cast<std::uint32_t>(stage.random.next()),
                 static_cast<std::uint32_t>(stage.random.next())};
        segment(0, kSyn, {});
        ++next_[0];
        segment(1, kSyn | kAck, {});
        ++next_[1];
        segment(0, kAck, {});
    }
    void say(std::size_t who, ByteView bytes) {
        constexpr std::size_t kSegmentBytes = 1460;
        for (std::size_t at = 0; at < bytes.size(); at += kSegmentBytes) {
            const ByteView part = bytes.subspan(at, std::min(kSegmentBytes, bytes.size() - at));
            segment(who, kAck | kPush, part);
            next_[who] += static_cast<std::uint32_t>(part.size());
        }
        segment(1 - who, kAck, {});
    }
    void close() {
        for (const std::size_t who : {0U, 1U}) {
            segment(who, kFin | kAck, {});
            ++next_[who];
        }
        segment(0, kAck, {});
    }
    void pause(Duration duration) { time_ = time_ + duration; }

  private:
    void segment(std::size_t who, unsigned flags, ByteView payload) {
        const bool first = flags == kSyn;
        const Segment segment{next_[who], first ? 0 : next_[1 - who],
                              static_cast<std::uint8_t>(flags), payload};
        stage_.capture.add(time_, tcp_frame(ends_[who], ends_[1 - who], segment));
        time_ = time_ + stage_.random.micros(150, 900);
    }

    Stage& stage_;
    Timestamp time_;
    std::array<Endpoint, 2> ends_;
    std::array<std::uint32_t, 2> next_{};
};

/// RFC 1035 4.2.2: two length bytes before each message.
Octets framed(Stage& stage, const Message& message) {
    stage.tally.dns(message);
    const Octets bytes = message.encode();
    return Octets().u16(bytes.size()).raw(bytes.view());
}

/// DNSKEY of a zone with four keys: truncated over UDP, whole over TCP.
void fall_back_to_tcp(Stage& stage, unsigned second, const std::string& zone) {
    const Client& client = stage.cast[kThinkpad];
    const Timestamp time = Stage::at(second);
    Message query = query_of(stage.random.word(), zone, kDnskey);
    query.additionals.push_back(opt_record(1232));
    Message cut = answer_to(query);
    cut.flags |= kTc;
    stage.exchange(time, stage.socket(client), stage.places.resolver, query, cut,
                   stage.random.micros(20'000, 40'000));
    query.id = stage.random.word();
    Message whole = answer_to(query);
    for (int key = 0; key < 6; ++key) {
        Octets rdata;
        rdata.u16(key == 0 ? 257 : 256).u8(3).u8(8).u32(0x03010001);
        for (int i = 0; i < 32; ++i)
            rdata.number(stage.random.next(), 8);
        whole.answers.push_back(raw_record(zone, kDnskey, 3600, rdata));
    }
    Conversation tcp(stage, time + Duration::millis(60), stage.socket(client),
                     stage.places.resolver);
    tcp.say(0, framed(stage, query).view());
    tcp.pause(stage.random.micros(10'000, 30'000));
    tcp.say(1, framed(stage, whole).view());
    tcp.close();
}

/// One TLS record (RFC 8446 5.1) with bytes that only the two ends understand.
void append_sealed(Stage& stage, Octets& out, std::size_t bytes) {
    out.u8(23).u16(0x0303).u16(bytes);
    for (std::size_t i = 0; i < bytes; ++i)
        out.u8(stage.random.below(256));
}

/// RFC 8446 4.1.2, with the server's name and the protocol "dot" in the clear.
Octets client_hello(Stage& stage, const std::string& server_name) {
    Octets extensions;
    const std::size_t length = server_name.size();
    extensions.u16(0).u16(length + 5).u16(length + 3).u8(0).u16(length).text(server_name);
    extensions.u16(10).u16(4).u16(2).u16(29);                  // group x25519
    extensions.u16(13).u16(6).u16(4).u16(0x0403).u16(0x0804);  // signature algorithms
    extensions.u16(16).u16(6).u16(4).counted("dot");           // application protocol
    extensions.u16(43).u16(3).u8(2).u16(0x0304);               // TLS 1.3
    extensions.u16(51).u16(38).u16(36).u16(29).u16(32);        // key share
    for (int i = 0; i < 4; ++i)
        extensions.number(stage.random.next(), 8);
    Octets hello;
    hello.u16(0x0303);
    for (int i = 0; i < 4; ++i)
        hello.number(stage.random.next(), 8);
    hello.u8(0).u16(4).u16(0x1301).u16(0x1302).u8(1).u8(0);
    hello.u16(extensions.size()).raw(extensions.view());
    Octets record;
    record.u8(22).u16(0x0301).u16(hello.size() + 4).u8(1).number(hello.size(), 3);
    record.raw(hello.view());
    return record;
}

Octets server_hello(Stage& stage) {
    Octets hello;
    hello.u16(0x0303);
    for (int i = 0; i < 4; ++i)
        hello.number(stage.random.next(), 8);
    hello.u8(0).u16(0x1301).u8(0).u16(46);
    hello.u16(43).u16(2).u16(0x0304).u16(51).u16(36).u16(29).u16(32);
    for (int i = 0; i < 4; ++i)
        hello.number(stage.random.next(), 8);
    Octets out;
    out.u8(22).u16(0x0303).u16(hello.size() + 4).u8(2).number(hello.size(), 3).raw(hello.view());
    append_sealed(stage, out, 2100);
    return out;
}

void speak_tls(Stage& stage, unsigned second) {
    const std::string server_name = "dns.public-resolver.example";
    Endpoint server = stage.places.outside_resolver;
    server.port = 853;
    Conversation tls(stage, Stage::at(second), stage.socket(stage.cast[kPixel]), server);
    tls.say(0, client_hello(stage, server_name).view());
    tls.pause(Duration::millis(12));
    tls.say(1, server_hello(stage).view());
    for (int round = 0; round < 6; ++round) {
        Octets query;
        append_sealed(stage, query, 128 + 24);
        tls.say(0, query.view());
        tls.pause(stage.random.micros(10'000, 30'000));
        Octets answer;
        append_sealed(stage, answer, 468 + 24);
        tls.say(1, answer.view());
        tls.pause(stage.random.seconds(1, 6));
    }
    tls.close();
    stage.tally.story({{"story", quoted("dns-over-tls")},
                       {"client", quoted(stage.cast[kPixel].mac.to_text())},
                       {"server", quoted(server.ip.to_text())},
                       {"server_name", quoted(server_name)}});
}

}  // namespace

void play_services(Stage& stage) {
    look_up_all(stage);
    fall_back_to_tcp(stage, 1100, "example.org");
    fall_back_to_tcp(stage, 4100, "example.net");
    speak_tls(stage, 2650);
}

}  // namespace demo
