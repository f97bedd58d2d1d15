// Serves zone files without the program around it, for comparisons and measurements:
//   serve_files <port or address:port> <threads> <apex>=<file> ... [xdp:<interface> ...]
// Prints "ready" when it answers; ends on SIGTERM or SIGINT.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "render/name_text.hpp"
#include "service/dnsd/net/server.hpp"
#include "service/dnsd/zone/master_file.hpp"

using namespace vedette;

int main(int argc, char** argv) {
    if (argc < 4) return 2;
    std::vector<dnsd::ZonePointer> zones;
    dnsd::ServerSettings settings;
    for (int i = 3; i < argc; ++i) {
        const std::string argument = argv[i];
        if (argument.starts_with("xdp:")) {
            settings.xdp.push_back(argument.substr(4));
            continue;
        }
        const std::size_t equals = argument.find('=');
        const auto apex = render::parse_name(argument.substr(0, equals));
        auto zone = dnsd::load_zone_file(argument.substr(equals + 1), *apex);
        if (!zone) {
            std::fprintf(stderr, "%s\n", zone.error().text.c_str());
            return 1;
        }
        zones.push_back(std::move(*zone));
    }
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    dnsd::SnapshotCell cell(
        std::make_shared<dnsd::Snapshot>(dnsd::Snapshot{dnsd::ZoneSet::of(zones), {}}));
    settings.threads = static_cast<unsigned>(std::strtoul(argv[2], nullptr, 10));
    const std::string place = argv[1];
    const auto endpoint = dnsd::Endpoint::parse(
        place.find(':') == std::string::npos ? "127.0.0.1:" + place : place, 53);
    if (!endpoint) return 2;
    settings.dns.push_back(*endpoint);
    auto server = dnsd::Server::start(settings, cell, nullptr);
    if (!server) {
        std::fprintf(stderr, "%s\n", server.error().text.c_str());
        return 1;
    }
    for (const std::string& note : (*server)->notes())
        std::printf("%s\n", note.c_str());
    std::printf("ready %s\n", (*server)->dns_endpoints()[0].to_text().c_str());
    std::fflush(stdout);
    int signal = 0;
    sigwait(&signals, &signal);
    (*server)->stop();
    const auto totals = (*server)->totals();
    std::printf("%llu queries, %llu answers\n", static_cast<unsigned long long>(totals.queries),
                static_cast<unsigned long long>(totals.answers));
    return 0;
}
