// A lean load generator for name servers: a fixed window of questions in flight on a few sockets,
// every answer checked. dnsperf spends more on a core than a fast server does, so it measures
// itself.
//
//   dns_load <udp|tcp|dot|doh-post|doh-get> <address> <port> <seconds> <questions file>
//            [window] [sockets] [rate] [burst]
//
// `rate` (UDP) bounds questions a second (0: as fast as answers come) and prints latencies; they
// are sent when they are due, `burst` together. One line of results: answers per second, answers,
// wrong, lost, seconds.
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

void print(Totals& totals, double seconds) {
    std::printf("%.0f %llu %llu %llu %.2f", static_cast<double>(totals.answers) / seconds,
                static_cast<unsigned long long>(totals.answers),
                static_cast<unsigned long long>(totals.wrong),
                static_cast<unsigned long long>(totals.lost), seconds);
    auto& latency = totals.latency_us;
    if (!latency.empty()) {
        std::ranges::sort(latency);
        std::printf(" p50 %u p99 %u p999 %u us", latency[latency.size() / 2],
                    latency[latency.size() * 99 / 100], latency[latency.size() * 999 / 1000]);
    }
    std::printf("\n");
}

int run(int argc, char** argv) {
    if (argc < 6) return 2;
    const auto questions = read_questions(argv[5]);
    const auto number = [&](int i, double standard) {
        return argc > i ? std::strtod(argv[i], nullptr) : standard;
    };
    const Load load{questions,
                    server_address(argv[2], argv[3]),
                    std::strtod(argv[4], nullptr),
                    static_cast<unsigned>(number(6, 256)),
                    static_cast<unsigned>(number(7, 4)),
                    number(8, 0),
                    static_cast<unsigned>(number(9, 1))};
    if (questions.empty() || load.sockets == 0 || load.window == 0 || load.window > 65'536)
        return 2;
    Totals totals = run(argv[1], load);
    print(totals, load.seconds);
    if (totals.broken) std::fprintf(stderr, "a connection ended\n");
    return totals.wrong == 0 && !totals.broken ? 0 : 1;
}

}  // namespace
}  // namespace vedette::load

int main(int argc, char** argv) {
    return vedette::load::run(argc, argv);
}
