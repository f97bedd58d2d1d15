// A lean load generator for name servers: a fixed window of questions in flight on a few sockets,
// every answer checked. dnsperf spends more on a core than a fast server does, so it measures
// itself.
//
//   dns_load <udp|tcp|dot|doh-post|doh-get> <address> <port> <seconds> <questions file>
//            [window] [sockets] [rate] [burst] [process of the server...]
//
// `rate` (UDP) bounds questions a second (0: as fast as answers come) and prints latencies; they
// are sent when they are due, `burst` together. One line of results: answers per second, answers,
// wrong, lost, seconds; with a rate the percentiles, the questions that were skipped because the
// generator had no core, and the percentiles of those parts (CalmSlices) in which it and the
// processes of the server were not disturbed.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "load_questions.hpp"

namespace vedette::load {
namespace {

Totals run(std::string_view transport, const Load& load) {
    if (transport == "udp") return run_datagrams(load);
    if (transport == "tcp") return run_streams(load, Encryption::None);
    if (transport == "dot") return run_streams(load, Encryption::Tls);
    if (transport == "doh-post") return run_http2(load, HttpMethod::Post);
    if (transport == "doh-get") return run_http2(load, HttpMethod::Get);
    std::fprintf(stderr, "no such transport\n");
    std::exit(2);
}

void print_percentiles(std::vector<std::uint32_t>& latency) {
    if (latency.empty()) latency.push_back(0);
    std::ranges::sort(latency);
    std::printf(" p50 %u p99 %u p999 %u us", latency[latency.size() / 2],
                latency[latency.size() * 99 / 100], latency[latency.size() * 999 / 1000]);
}

void print(Totals& totals, const Load& load) {
    std::printf("%.0f %llu %llu %llu %.2f", static_cast<double>(totals.answers) / load.seconds,
                static_cast<unsigned long long>(totals.answers),
                static_cast<unsigned long long>(totals.wrong),
                static_cast<unsigned long long>(totals.lost), load.seconds);
    if (load.rate > 0) {
        print_percentiles(totals.latency_us);
        std::printf(" skipped %llu calm %llu of %llu",
                    static_cast<unsigned long long>(totals.skipped),
                    static_cast<unsigned long long>(totals.calm_slices),
                    static_cast<unsigned long long>(totals.slices));
        print_percentiles(totals.calm_latency_us);
    }
    std::printf("\n");
}

int run(int argc, char** argv) {
    if (argc < 6) return 2;
    const auto questions = read_questions(argv[5]);
    const auto number = [&](int i, double standard) {
        return argc > i ? std::strtod(argv[i], nullptr) : standard;
    };
    Load load{questions,
              server_address(argv[2], argv[3]),
              std::strtod(argv[4], nullptr),
              static_cast<unsigned>(number(6, 256)),
              static_cast<unsigned>(number(7, 4)),
              number(8, 0),
              static_cast<unsigned>(number(9, 1)),
              {}};
    for (int i = 10; i < argc; ++i)
        load.server_processes.push_back(static_cast<int>(number(i, 0)));
    if (questions.empty() || load.sockets == 0 || load.window == 0 || load.window > 65'536)
        return 2;
    Totals totals = run(argv[1], load);
    print(totals, load);
    if (totals.broken) std::fprintf(stderr, "a connection ended\n");
    return totals.wrong == 0 && !totals.broken ? 0 : 1;
}

}  // namespace
}  // namespace vedette::load

int main(int argc, char** argv) {
    return vedette::load::run(argc, argv);
}
