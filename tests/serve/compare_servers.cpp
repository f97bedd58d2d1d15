// Asks several servers the same questions and compares what they say, section by section, decoded
// by ldns. Cut answers are asked again over TCP.
//
//   compare_servers <questions file> <name>=<port> <name>=<port> ...
//
// A question is a line: name type [do]. The first server is ours. For every question where it
// differs from one of the others a block is printed; the last line is the sum.
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "dns_text.hpp"
#include "render/dns_words.hpp"
#include "render/name_text.hpp"

namespace {

using namespace vedette;
using Bytes = std::vector<std::uint8_t>;
constexpr std::size_t kWindow = 100;
constexpr int kTries = 5;

struct Server {
    std::string name;
    sockaddr_in address{};
    int udp = -1;
};

Bytes make_query(const std::string& line) {
    std::istringstream words(line);
    std::string name, type, flag;
    words >> name >> type >> flag;
    const auto wire = render::parse_name(name);
    const auto code = render::parse_type(type);
    if (!wire || !code) return {};
    Bytes out{0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1};
    out.insert(out.end(), wire->bytes.begin(), wire->bytes.begin() + wire->length);
    out.insert(out.end(),
               {static_cast<std::uint8_t>(*code >> 8U), static_cast<std::uint8_t>(*code), 0, 1});
    const std::uint8_t dnssec_ok = flag == "do" ? 0x80 : 0;
    out.insert(out.end(), {0, 0, 41, 16, 0, 0, 0, dnssec_ok, 0, 0, 0});
    return out;
}

sockaddr* generic(sockaddr_in& address) {
    return reinterpret_cast<sockaddr*>(&address);
}

Bytes ask_tcp(Server& server, const Bytes& query) {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    Bytes answer;
    const timeval timeout{3, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
    if (connect(fd, generic(server.address), sizeof(server.address)) == 0) {
        Bytes framed{static_cast<std::uint8_t>(query.size() >> 8U),
                     static_cast<std::uint8_t>(query.size())};
        framed.insert(framed.end(), query.begin(), query.end());
        (void)send(fd, framed.data(), framed.size(), 0);
        std::array<std::uint8_t, 65'537> buffer;
        std::size_t got = 0;
        while (got < 2 || got < 2 + (std::size_t{buffer[0]} << 8U | buffer[1])) {
            const ssize_t count = recv(fd, buffer.data() + got, buffer.size() - got, 0);
            if (count <= 0) break;
            got += static_cast<std::size_t>(count);
        }
        if (got > 2) answer.assign(buffer.begin() + 2, buffer.begin() + static_cast<long>(got));
    }
    close(fd);
    return answer;
}

void receive_all(Server& server, std::vector<Bytes>& answers, std::size_t first) {
    pollfd ready{server.udp, POLLIN, 0};
    std::array<std::uint8_t, 65'536> buffer;
    std::size_t missing = 0;
    for (const Bytes& answer : answers)
        missing += answer.empty() ? 1U : 0U;
    while (missing > 0 && poll(&ready, 1, 300) == 1) {
        const ssize_t count = recv(server.udp, buffer.data(), buffer.size(), 0);
        if (count < 12) continue;
        const std::size_t id = std::size_t{buffer[0]} << 8U | buffer[1];
        if (id < first % 65'000 || id - first % 65'000 >= answers.size()) continue;
        Bytes& answer = answers[id - first % 65'000];
        if (answer.empty()) --missing;
        answer.assign(buffer.begin(), buffer.begin() + count);
    }
}

/// The answers of one server to a window of questions; empty where it stays silent.
std::vector<Bytes> ask_window(Server& server, std::vector<Bytes> queries, std::size_t first) {
    std::vector<Bytes> answers(queries.size());
    for (std::size_t i = 0; i < queries.size(); ++i) {
        const std::size_t id = first % 65'000 + i;
        queries[i][0] = static_cast<std::uint8_t>(id >> 8U);
        queries[i][1] = static_cast<std::uint8_t>(id);
    }
    for (int tries = 0; tries < kTries; ++tries) {
        for (std::size_t i = 0; i < queries.size(); ++i) {
            if (answers[i].empty())
                (void)sendto(server.udp, queries[i].data(), queries[i].size(), 0,
                             generic(server.address), sizeof(server.address));
        }
        receive_all(server, answers, first);
    }
    for (std::size_t i = 0; i < queries.size(); ++i) {
        if (!answers[i].empty() && (answers[i][2] & 0x02U) != 0)
            answers[i] = ask_tcp(server, queries[i]);
    }
    return answers;
}

std::string text_of(const Bytes& answer) {
    if (answer.empty()) return "(silence)\n";
    const auto decoded = serve_test::decode_answer(answer);
    return decoded ? serve_test::to_lines(*decoded) : "(damaged: " + decoded.error().text + ")\n";
}

struct Sums {
    std::size_t questions = 0, silent = 0, unlike_all = 0;
    std::map<std::string, std::size_t> same_as;
};

void compare(const std::string& question, const std::vector<Server>& servers,
             const std::vector<std::string>& texts, Sums& sums) {
    ++sums.questions;
    if (texts[0] == "(silence)\n") ++sums.silent;
    std::size_t like = 0;
    for (std::size_t i = 1; i < servers.size(); ++i) {
        if (texts[i] != texts[0]) continue;
        ++like;
        ++sums.same_as[servers[i].name];
    }
    if (like + 1 == servers.size()) return;
    if (like == 0) ++sums.unlike_all;
    std::printf("=== %s\n", question.c_str());
    for (std::size_t i = 0; i < servers.size(); ++i)
        std::printf("--- %s\n%s", servers[i].name.c_str(), texts[i].c_str());
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 4) return 2;
    std::vector<Server> servers;
    for (int i = 2; i < argc; ++i) {
        const std::string argument = argv[i];
        const std::size_t equals = argument.find('=');
        Server server;
        server.name = argument.substr(0, equals);
        server.address.sin_family = AF_INET;
        server.address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        server.address.sin_port = htons(
            static_cast<std::uint16_t>(std::strtoul(argument.c_str() + equals + 1, nullptr, 10)));
        server.udp = socket(AF_INET, SOCK_DGRAM, 0);
        servers.push_back(server);
    }
    std::vector<std::string> lines;
    std::vector<Bytes> queries;
    std::ifstream file(argv[1]);
    for (std::string line; std::getline(file, line);) {
        Bytes query = make_query(line);
        if (query.empty()) continue;
        lines.push_back(line);
        queries.push_back(std::move(query));
    }
    Sums sums;
    for (std::size_t first = 0; first < queries.size(); first += kWindow) {
        const std::size_t last = std::min(first + kWindow, queries.size());
        const std::vector<Bytes> window(queries.begin() + static_cast<long>(first),
                                        queries.begin() + static_cast<long>(last));
        std::vector<std::vector<Bytes>> answers;
        for (Server& server : servers)
            answers.push_back(ask_window(server, window, first));
        for (std::size_t i = 0; i < window.size(); ++i) {
            std::vector<std::string> texts;
            for (const auto& of_server : answers)
                texts.push_back(text_of(of_server[i]));
            compare(lines[first + i], servers, texts, sums);
        }
    }
    std::printf("SUM questions %zu silent %zu unlike_all %zu", sums.questions, sums.silent,
                sums.unlike_all);
    for (const auto& [name, count] : sums.same_as)
        std::printf(" same_as_%s %zu", name.c_str(), count);
    std::printf("\n");
    return 0;
}
