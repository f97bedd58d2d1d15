#include "internet.hpp"

#include <algorithm>

namespace demo {
namespace {

/// FNV-1a, 64 bits.
std::uint64_t hash_of(std::string_view text) {
    std::uint64_t hash = 0xcbf29ce484222325ULL;
    for (const char c : text)
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    return vedette::mix64(hash);
}

/// Other names of a host on the way to its address: none for most, one or two for hosts that live
/// with a content network.
std::vector<std::string> aliases_of(std::string_view host) {
    const std::uint64_t hash = hash_of(host);
    std::vector<std::string> out;
    if (hash % 100 < 55) return out;
    std::string label(host.substr(0, host.find('.')));
    const std::string_view rest = host.substr(host.find('.') + 1);
    out.push_back(label + '-' + std::string(rest.substr(0, rest.find('.'))) + ".edge-cdn.example");
    if (hash % 100 >= 80)
        out.push_back("e" + std::to_string(hash % 9000 + 1000) + ".b.edge-cdn.example");
    return out;
}

std::uint32_t ttl_of(std::string_view host) {
    static constexpr std::uint32_t kTtls[] = {20, 60, 60, 300, 300, 600, 3600};
    return kTtls[hash_of(host) % std::size(kTtls)];
}

bool has_v6(std::string_view host) {
    return hash_of(host) % 10 < 6;
}
bool has_https(std::string_view host) {
    return hash_of(host) % 10 < 4;
}

std::string zone_of(std::string_view host) {
    std::size_t dot = host.rfind('.');
    dot = host.rfind('.', dot - 1);
    return std::string(dot == std::string_view::npos ? host : host.substr(dot + 1));
}

void fill(Message& answer, const Question& question, std::uint32_t left) {
    std::string owner = question.name;
    for (const std::string& alias : aliases_of(question.name)) {
        answer.answers.push_back(name_record(owner, kCname, std::max(left, 300U), alias));
        owner = alias;
    }
    if (question.type == kA) {
        answer.answers.push_back(address_record(owner, left, address_of(owner, false)));
        if (hash_of(owner) % 3 == 0)
            answer.answers.push_back(address_record(owner, left, address_of(owner + '2', false)));
    } else if (question.type == kAaaa && has_v6(question.name)) {
        answer.answers.push_back(address_record(owner, left, address_of(owner, true)));
    } else if (question.type == kHttps && has_https(question.name)) {
        answer.answers.push_back(
            https_record(owner, left, address_of(owner, false), address_of(owner, true)));
    } else {
        answer.authorities.push_back(soa_record(zone_of(owner), 300));
    }
}

}  // namespace

const std::vector<Site>& sites() {
    static const std::vector<Site> kSites{
        {"www.morning-news.example",
         {"static.morning-news.example", "img.press-photos.example", "metrics.audience.example"}},
        {"www.encyclopedia.example", {"upload.encyclopedia.example"}},
        {"www.short-films.example",
         {"i.short-films.example", "r3.film-edge.example", "ads.audience.example"}},
        {"mail.letterbox.example", {"contacts.letterbox.example", "imap.letterbox.example"}},
        {"www.grocer.example",
         {"images.grocer-cdn.example", "checkout.savings-bank.example", "api.grocer.example"}},
        {"chat.teamroom.example", {"edge.teamroom.example", "files.teamroom.example"}},
        {"code.forge.example", {"avatars.forge.example", "api.forge.example"}},
        {"www.savings-bank.example", {"login.savings-bank.example"}},
        {"maps.atlas.example", {"tiles-a.atlas.example", "tiles-b.atlas.example"}},
        {"www.weather-office.example", {"api.weather-office.example"}},
        {"search.lantern.example", {"suggest.lantern.example"}},
        {"music.gramophone.example", {"covers.gramophone.example", "cdn7.gramophone-edge.example"}},
        {"play.arcade.example", {"cdn.arcade.example", "lobby.arcade.example"}},
        {"www.timetable.example", {"live.timetable.example"}},
        {"www.example.com", {}},
        {"docs.example.net", {"assets.example.net"}},
        {"www.example.org", {}},
    };
    return kSites;
}

IpAddress address_of(std::string_view host, bool v6) {
    const std::uint64_t hash = hash_of(host);
    if (!v6) return IpAddress::from_v4(0xc6336400U | static_cast<std::uint32_t>(hash % 250 + 2));
    IpAddress out = ip("2001:db8:100::");
    for (std::size_t i = 0; i < 4; ++i)
        out.octets[12 + i] = static_cast<std::uint8_t>(hash >> (8 * i));
    return out;
}

Duration Resolver::latency(bool cached) {
    if (cached) return random_.micros(160, 900);
    return random_.percent(3) ? random_.micros(180'000, 900'000) : random_.micros(8'000, 70'000);
}

Resolver::Reply Resolver::resolve(Timestamp now, const Message& query) {
    const Question& question = query.questions.front();
    const std::uint32_t ttl = ttl_of(question.name);
    auto& expiry = expiry_[{question.name, question.type}];
    const bool cached = expiry.known() && expiry > now;
    if (!cached) expiry = now + Duration::seconds(ttl);
    const auto left =
        cached ? static_cast<std::uint32_t>((expiry - now).nanos / 1'000'000'000) : ttl;
    const bool exists = !question.name.ends_with(".invalid");
    Reply reply{answer_to(query, exists ? 0 : kNxdomain), latency(cached)};
    if (exists)
        fill(reply.answer, question, left);
    else
        reply.answer.authorities.push_back(soa_record("invalid", 86400));
    for (const Record& record : query.additionals)
        if (record.type == kOpt) reply.answer.additionals.push_back(opt_record(1232));
    return reply;
}

}  // namespace demo
