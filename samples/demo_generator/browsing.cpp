// People open pages, appliances call home: A, AAAA and HTTPS questions with their aliases, caches
// on both sides, slow answers, lost answers, typing mistakes and search domains.
#include <algorithm>

#include "internet.hpp"
#include "stage.hpp"

namespace demo {
namespace {

struct Browser {
    Stage& stage;
    Resolver resolver;
    std::map<std::pair<std::size_t, std::string>, Timestamp> client_caches;

    explicit Browser(Stage& of) : stage(of), resolver(of.random) {}

    /// Asks for one host as this client's system does; returns when the page can go on.
    void look_up(Timestamp time, std::size_t part, const std::string& host);
    void ask(Timestamp time, std::size_t part, const std::string& host, std::uint16_t type);
    void visit(Timestamp time, std::size_t part);
    [[nodiscard]] Endpoint server_for(std::size_t part, Timestamp time) const;
};

/// Between these moments the phone believes what the rogue DHCP server told it.
constexpr unsigned kPhoneFooledFrom = 1500, kPhoneFooledUntil = 3300;

/// The resolver's IPv6 address comes with router advertisements and DHCPv6.
bool uses_v6(std::size_t part) {
    return part == kOffice || part == kNas;
}

Endpoint Browser::server_for(std::size_t part, Timestamp time) const {
    const unsigned second = Stage::second_of(time);
    if (part == kPixel) return stage.places.outside_resolver;
    if (uses_v6(part)) return stage.places.resolver6;
    if (part == kPhone && second >= kPhoneFooledFrom && second < kPhoneFooledUntil)
        return stage.places.bad_resolver;
    return stage.places.resolver;
}

void Browser::ask(Timestamp time, std::size_t part, const std::string& host, std::uint16_t type) {
    const Client& client = stage.cast[part];
    const Endpoint server = server_for(part, time);
    Message query = query_of(stage.random.word(), host, type);
    if (part == kThinkpad) query.additionals.push_back(opt_record(1232));
    if (part == kBuilder) query.flags |= 0x20;  // AD: wants to know whether it is authentic
    const Endpoint from = uses_v6(part) ? stage.socket6(client) : stage.socket(client);
    if (stage.random.percent(1)) {  // lost on the way: asked again by the next socket
        stage.send(time, from, server, query);
        stage.tally.count("unanswered");
        time = time + stage.random.micros(1'000'000, 1'004'000);
        query.id = stage.random.word();
        const Endpoint again = uses_v6(part) ? stage.socket6(client) : stage.socket(client);
        const auto reply = resolver.resolve(time, query);
        stage.exchange(time, again, server, query, reply.answer, reply.latency);
        return;
    }
    const auto reply = resolver.resolve(time, query);
    const bool far = server.ip == stage.places.outside_resolver.ip;
    const Duration extra = far ? stage.random.micros(9'000, 14'000) : Duration{};
    stage.exchange(time, from, server, query, reply.answer, {reply.latency.nanos + extra.nanos});
}

void Browser::look_up(Timestamp time, std::size_t part, const std::string& host) {
    auto& known = client_caches[{part, host}];
    if (known.known() && known > time) return;
    known = time + Duration::seconds(120);
    ask(time, part, host, kA);
    ask(time + stage.random.micros(30, 400), part, host, kAaaa);
    if (part == kLaptop || part == kPixel)
        ask(time + stage.random.micros(20, 300), part, host, kHttps);
}

void Browser::visit(Timestamp time, std::size_t part) {
    Random& random = stage.random;
    if (random.percent(2)) {  // a slip of the finger
        ask(time, part, random.text("abcdefghiklmnoprstuvwy", 9) + ".invalid", kA);
        return;
    }
    const std::vector<Site>& all = sites();
    // Two draws, the smaller: the first sites of the list are the favourites.
    const Site& site = all[std::min(random.below(all.size()), random.below(all.size()))];
    look_up(time, part, std::string(site.page));
    for (const std::string_view host : site.parts)
        look_up(time + random.micros(60'000, 900'000), part, std::string(host));
}

void call_home(Browser& browser, std::size_t part) {
    Stage& stage = browser.stage;
    const Client& client = stage.cast[part];
    if (client.every == 0) return;
    const std::string host(client.home_site);
    for (unsigned second = client.joins_at + 8; second < kLengthSeconds; second += client.every) {
        const Timestamp time = Stage::at(second) + stage.random.micros(0, 900'000);
        browser.ask(time, part, host, kA);
        if (part == kNas || part == kBuilder || part == kTelevision)
            browser.ask(time + stage.random.micros(50, 300), part, host, kAaaa);
    }
}

}  // namespace

void play_browsing(Stage& stage) {
    Browser browser(stage);
    // In the order of time, as caches need it.
    std::vector<std::pair<Timestamp, std::size_t>> visits;
    for (const std::size_t part : {kLaptop, kThinkpad, kOffice, kPixel, kPhone}) {
        const Client& client = stage.cast[part];
        Timestamp time = Stage::at(client.joins_at + 5);
        for (;;) {
            time = time + stage.random.seconds(16, 110);
            if (time >= Stage::at(Stage::end_of(client)) - Duration::seconds(5)) break;
            visits.emplace_back(time, part);
        }
    }
    std::ranges::sort(visits);
    for (const auto& [time, part] : visits)
        browser.visit(time, part);
    for (std::size_t part = 0; part < kParts; ++part)
        call_home(browser, part);
    stage.tally.story({{"story", quoted("outside-resolver")},
                       {"client", quoted(stage.cast[kPixel].mac.to_text())},
                       {"resolver", quoted(stage.places.outside_resolver.ip.to_text())}});
}

}  // namespace demo
