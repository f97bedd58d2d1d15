#include "load_questions.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>

#include "render/dns_words.hpp"
#include "render/name_text.hpp"

namespace vedette::load {

std::vector<Question> read_questions(const char* path) {
    std::vector<Question> questions;
    std::ifstream file(path);
    std::string line;
    while (std::getline(file, line)) {
        std::istringstream words(line);
        std::string name, type, rcode, extra;
        Question question;
        words >> name >> type >> rcode >> question.answers >> extra;
        const auto wire = render::parse_name(name);
        const auto code = render::parse_type(type);
        if (!wire || !code) continue;
        question.rcode =
            rcode == "-" ? -1 : static_cast<int>(std::strtol(rcode.c_str(), nullptr, 10));
        Bytes& out = question.packet;
        out = {0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, static_cast<std::uint8_t>(extra.empty() ? 0 : 1)};
        out.insert(out.end(), wire->bytes.begin(), wire->bytes.begin() + wire->length);
        out.insert(out.end(), {static_cast<std::uint8_t>(*code >> 8U),
                               static_cast<std::uint8_t>(*code), 0, 1});
        question.echoed = out.size() - 12;
        const std::uint8_t flag = extra == "do" ? 0x80 : 0;
        if (!extra.empty()) out.insert(out.end(), {0, 0, 41, 4, 208, 0, 0, flag, 0, 0, 0});
        questions.push_back(std::move(question));
    }
    return questions;
}

bool is_right(ByteView answer, const Question& question) noexcept {
    if (answer.size() < 12 + question.echoed || (answer[2] & 0x80U) == 0) return false;
    const unsigned count = static_cast<unsigned>(answer[6]) << 8U | answer[7];
    return (question.rcode < 0 || static_cast<int>(answer[3] & 0xfU) == question.rcode) &&
           count >= question.answers &&
           std::memcmp(answer.data() + 12, question.packet.data() + 12, question.echoed) == 0;
}

Server server_address(const char* address, const char* port) {
    Server server;
    auto& v4 = reinterpret_cast<sockaddr_in&>(server.address);
    auto& v6 = reinterpret_cast<sockaddr_in6&>(server.address);
    const auto number = htons(static_cast<std::uint16_t>(std::strtoul(port, nullptr, 10)));
    if (inet_pton(AF_INET, address, &v4.sin_addr) == 1) {
        v4.sin_family = AF_INET;
        v4.sin_port = number;
        server.length = sizeof(v4);
    } else if (inet_pton(AF_INET6, address, &v6.sin6_addr) == 1) {
        v6.sin6_family = AF_INET6;
        v6.sin6_port = number;
        server.length = sizeof(v6);
    } else {
        std::exit(2);
    }
    return server;
}

int connect_stream(const Server& server) {
    const int fd = socket(server.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int yes = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    if (connect(fd, reinterpret_cast<const sockaddr*>(&server.address), server.length) != 0) {
        std::fprintf(stderr, "cannot connect\n");
        std::exit(2);
    }
    return fd;
}

}  // namespace vedette::load
