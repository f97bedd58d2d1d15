// What a watcher should notice: a TXT tunnel, a storm of names that do not exist, an amplification
// burst with a forged source, and queries that claim to hold answers.
#include "stage.hpp"

namespace demo {
namespace {

constexpr std::string_view kBase32 = "abcdefghijklmnopqrstuvwxyz234567";
constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string number(std::uint64_t value) {
    return std::to_string(value);
}

/// The build server carries a file out: data in the labels of TXT questions, replies in strings.
void tunnel(Stage& stage) {
    constexpr unsigned kFirst = 4500, kQueries = 520;
    const std::string domain = "telemetry-relay.example";
    const Endpoint from = stage.socket(stage.cast[kBuilder]);
    Timestamp time = Stage::at(kFirst);
    std::uint64_t carried = 0;
    for (unsigned i = 0; i < kQueries; ++i) {
        std::string name = stage.random.text(kBase32, 4) + '.';
        for (int label = 0; label < 2; ++label) {
            const auto length = static_cast<std::size_t>(stage.random.between(44, 56));
            name += stage.random.text(kBase32, length) + '.';
            carried += length * 5 / 8;
        }
        const Message query = query_of(stage.random.word(), name + "x1." + domain, kTxt);
        Message answer = answer_to(query);
        const auto length = static_cast<std::size_t>(stage.random.between(60, 120));
        answer.answers.push_back(
            txt_record(query.questions[0].name, 3, {stage.random.text(kBase64, length)}));
        stage.exchange(time, from, stage.places.resolver, query, answer,
                       stage.random.micros(28'000, 60'000));
        time = time + stage.random.micros(300'000, 1'400'000);
    }
    stage.tally.story({{"story", quoted("txt-tunnel")},
                       {"client", quoted(stage.cast[kBuilder].mac.to_text())},
                       {"domain", quoted(domain)},
                       {"queries", number(kQueries)},
                       {"bytes_out", number(carried)}});
}

/// The camera's malware looks for its master: a new name every time.
void storm(Stage& stage) {
    constexpr unsigned kFirst = 5700, kQueries = 600;
    const Client& camera = stage.cast[kCamera];
    Timestamp time = Stage::at(kFirst);
    for (unsigned i = 0; i < kQueries; ++i) {
        const auto length = static_cast<std::size_t>(stage.random.between(11, 18));
        const std::string name =
            stage.random.text("abcdefghijklmnopqrstuvwxyz", length) + ".example";
        const Message query = query_of(stage.random.word(), name, kA);
        Message answer = answer_to(query, kNxdomain);
        answer.authorities.push_back(soa_record("example", 900));
        stage.exchange(time, stage.socket(camera), stage.places.resolver, query, answer,
                       stage.random.micros(9'000, 35'000));
        time = time + stage.random.micros(40'000, 160'000);
    }
    stage.tally.story({{"story", quoted("nxdomain-storm")},
                       {"client", quoted(camera.mac.to_text())},
                       {"queries", number(kQueries)}});
}

/// Someone outside asks our resolver for everything, in the victim's name.
void amplification(Stage& stage) {
    constexpr unsigned kFirst = 6400, kQueries = 150;
    const std::string name = "example.org";
    Message answer;
    answer.flags = kQr | kRa | kRd;
    answer.questions.push_back({name, kAny});
    for (int i = 0; i < 4; ++i)
        answer.answers.push_back(txt_record(name, 3600, {stage.random.text(kBase64, 240)}));
    answer.answers.push_back(soa_record(name, 3600));
    answer.answers.push_back(mx_record(name, 3600, 10, "mx." + name));
    answer.additionals.push_back(opt_record(1232));
    Timestamp time = Stage::at(kFirst);
    std::uint64_t asked = 0;
    std::uint64_t sent = 0;
    for (unsigned i = 0; i < kQueries; ++i) {
        Endpoint from = stage.places.victim;
        from.port = static_cast<std::uint16_t>(stage.random.between(1024, 65535));
        Message query = query_of(stage.random.word(), name, kAny);
        query.additionals.push_back(opt_record(4096));
        answer.id = query.id;
        stage.exchange(time, from, stage.places.resolver, query, answer,
                       stage.random.micros(120, 400));
        asked += query.encode().size();
        sent += answer.encode().size();
        time = time + stage.random.micros(4'000, 18'000);
    }
    stage.tally.story({{"story", quoted("amplification")},
                       {"victim", quoted(stage.places.victim.ip.to_text())},
                       {"server", quoted(stage.places.resolver.ip.to_text())},
                       {"queries", number(kQueries)},
                       {"query_bytes", number(asked)},
                       {"answer_bytes", number(sent)}});
}

/// A question that brings its own answer, as no honest client does: once with the record, twice
/// with the count alone.
void odd_headers(Stage& stage) {
    const Client& sensor = stage.cast[kSensor];
    unsigned second = 3600;
    for (int i = 0; i < 3; ++i) {
        const std::string name = "cmd" + number(stage.random.below(900) + 100) + ".sensors.example";
        Message query = query_of(stage.random.word(), name, kA);
        if (i == 0) query.answers.push_back(address_record(name, 60, ip("203.0.113.9")));
        Octets bytes = query.encode();
        bytes.set16(6, 1);
        const Endpoint from = stage.socket(sensor);
        stage.tally.dns(query);
        stage.capture.add(Stage::at(second), udp_frame(from, stage.places.resolver, bytes.view()),
                          "a query with ANCOUNT 1");
        Message answer = answer_to(query, i == 0 ? kNxdomain : 1);
        answer.answers.clear();
        stage.send(Stage::at(second) + stage.random.micros(200, 900), stage.places.resolver, from,
                   answer);
        second += 25;
    }
    stage.tally.story({{"story", quoted("answer-count-in-query")},
                       {"client", quoted(sensor.mac.to_text())},
                       {"queries", "3"}});
}

}  // namespace

void play_trouble(Stage& stage) {
    tunnel(stage);
    storm(stage);
    amplification(stage);
    odd_headers(stage);
}

}  // namespace demo
