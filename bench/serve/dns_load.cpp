// A lean load generator for name servers over UDP: a fixed window of questions in flight on a few
// sockets, sent and received in batches, every answer checked. dnsperf spends more on a core than a
// fast server does, so it measures itself.
//
//   dns_load <address> <port> <seconds> <questions file> [window] [sockets] [rate]
//
// The file has one question a line: name, type, expected rcode (or -), least answers, and
// optionally "edns" or "do". `rate` bounds questions a second (0: as fast as answers come) and then
// prints latencies. One line of results: answers per second, answers, wrong, lost, seconds.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "render/dns_words.hpp"
#include "render/name_text.hpp"

namespace {

using Clock = std::chrono::steady_clock;
using Bytes = std::vector<std::uint8_t>;
constexpr unsigned kBatch = 32;
constexpr auto kLostAfter = std::chrono::milliseconds(300);

struct Question {
    Bytes packet;            ///< id zero
    std::size_t echoed = 0;  ///< octets from 12 that the answer repeats
    int rcode = 0;           ///< below zero: any
    unsigned answers = 0;
};

struct Totals {
    std::uint64_t answers = 0, wrong = 0, lost = 0;
    std::vector<std::uint32_t> latency_us;
};

std::vector<Question> read_questions(const char* path) {
    std::vector<Question> questions;
    std::ifstream file(path);
    std::string line;
    while (std::getline(file, line)) {
        std::istringstream words(line);
        std::string name, type, rcode, extra;
        Question question;
        words >> name >> type >> rcode >> question.answers >> extra;
        const auto wire = vedette::render::parse_name(name);
        const auto code = vedette::render::parse_type(type);
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

/// One socket with its window: slot i uses id i.
class Lane {
  public:
    Lane(const sockaddr_storage& server, socklen_t length, unsigned window,
         const std::vector<Question>& questions, std::size_t first)
        : questions_(questions), slots_(window), next_(first) {
        fd_ = socket(server.ss_family, SOCK_DGRAM | SOCK_NONBLOCK, 0);
        const int bytes = 4 << 20;
        setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
        if (connect(fd_, reinterpret_cast<const sockaddr*>(&server), length) != 0) std::abort();
        for (unsigned i = 0; i < window; ++i)
            free_.push_back(static_cast<std::uint16_t>(i));
        for (unsigned i = 0; i < kBatch; ++i) {
            in_parts_[i] = {in_[i].data(), in_[i].size()};
            in_headers_[i].msg_hdr.msg_iov = &in_parts_[i];
            in_headers_[i].msg_hdr.msg_iovlen = 1;
        }
    }
    [[nodiscard]] int fd() const { return fd_; }
    [[nodiscard]] unsigned room() const { return static_cast<unsigned>(free_.size()); }

    void send_some(unsigned most, Clock::time_point now) {
        while (most > 0 && !free_.empty()) {
            const unsigned count = std::min({most, kBatch, room()});
            for (unsigned i = 0; i < count; ++i)
                prepare(i, now);
            const int sent = sendmmsg(fd_, out_headers_.data(), count, 0);
            for (unsigned i = sent < 0 ? 0 : static_cast<unsigned>(sent); i < count; ++i) {
                free_.push_back(out_ids_[i]);
                slots_[out_ids_[i]].question = nullptr;
            }
            if (sent < static_cast<int>(count)) return;
            most -= count;
        }
    }

    void receive(Totals& totals, Clock::time_point now, bool keep_latency) {
        while (true) {
            const int got = recvmmsg(fd_, in_headers_.data(), kBatch, 0, nullptr);
            if (got <= 0) return;
            for (int i = 0; i < got; ++i) {
                const auto index = static_cast<std::size_t>(i);
                judge({in_[index].data(), in_headers_[index].msg_len}, totals, now, keep_latency);
            }
            if (got < static_cast<int>(kBatch)) return;
        }
    }

    void give_up(Totals& totals, Clock::time_point now) {
        for (std::size_t id = 0; id < slots_.size(); ++id) {
            if (slots_[id].question == nullptr || now - slots_[id].sent < kLostAfter) continue;
            slots_[id].question = nullptr;
            free_.push_back(static_cast<std::uint16_t>(id));
            ++totals.lost;
        }
    }

  private:
    struct Slot {
        const Question* question = nullptr;
        Clock::time_point sent;
    };

    void prepare(unsigned i, Clock::time_point now) {
        const std::uint16_t id = free_.back();
        free_.pop_back();
        const Question& question = questions_[next_];
        next_ = next_ + 1 == questions_.size() ? 0 : next_ + 1;
        slots_[id] = {&question, now};
        out_ids_[i] = id;
        std::memcpy(out_[i].data(), question.packet.data(), question.packet.size());
        out_[i][0] = static_cast<std::uint8_t>(id >> 8U);
        out_[i][1] = static_cast<std::uint8_t>(id);
        out_parts_[i] = {out_[i].data(), question.packet.size()};
        out_headers_[i].msg_hdr.msg_iov = &out_parts_[i];
        out_headers_[i].msg_hdr.msg_iovlen = 1;
    }

    void judge(vedette::ByteView answer, Totals& totals, Clock::time_point now, bool keep_latency) {
        if (answer.size() < 12) return;
        const std::size_t id = static_cast<std::size_t>(answer[0]) << 8U | answer[1];
        if (id >= slots_.size() || slots_[id].question == nullptr) return;  // given up before
        const Question& question = *slots_[id].question;
        const unsigned count = static_cast<unsigned>(answer[6]) << 8U | answer[7];
        const bool right =
            (answer[2] & 0x80U) != 0 &&
            (question.rcode < 0 || static_cast<int>(answer[3] & 0xfU) == question.rcode) &&
            count >= question.answers && answer.size() >= 12 + question.echoed &&
            std::memcmp(answer.data() + 12, question.packet.data() + 12, question.echoed) == 0;
        ++(right ? totals.answers : totals.wrong);
        if (keep_latency) {
            const auto taken = now - slots_[id].sent;
            totals.latency_us.push_back(static_cast<std::uint32_t>(
                std::chrono::duration_cast<std::chrono::microseconds>(taken).count()));
        }
        slots_[id].question = nullptr;
        free_.push_back(static_cast<std::uint16_t>(id));
    }

    int fd_ = -1;
    const std::vector<Question>& questions_;
    std::vector<Slot> slots_;
    std::vector<std::uint16_t> free_;
    std::size_t next_;
    std::array<std::array<std::uint8_t, 512>, kBatch> out_;
    std::array<std::array<std::uint8_t, 4096>, kBatch> in_;
    std::array<iovec, kBatch> out_parts_;
    std::array<iovec, kBatch> in_parts_;
    std::array<mmsghdr, kBatch> out_headers_{};
    std::array<mmsghdr, kBatch> in_headers_{};
    std::array<std::uint16_t, kBatch> out_ids_{};
};

sockaddr_storage server_address(const char* address, const char* port, socklen_t& length) {
    sockaddr_storage storage{};
    auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
    auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
    const auto number = htons(static_cast<std::uint16_t>(std::strtoul(port, nullptr, 10)));
    if (inet_pton(AF_INET, address, &v4.sin_addr) == 1) {
        v4.sin_family = AF_INET;
        v4.sin_port = number;
        length = sizeof(v4);
    } else if (inet_pton(AF_INET6, address, &v6.sin6_addr) == 1) {
        v6.sin6_family = AF_INET6;
        v6.sin6_port = number;
        length = sizeof(v6);
    } else {
        std::exit(2);
    }
    return storage;
}

void run(std::vector<Lane>& lanes, double seconds, double rate, Totals& totals) {
    std::vector<pollfd> polls;
    for (const Lane& lane : lanes)
        polls.push_back({lane.fd(), POLLIN, 0});
    const auto start = Clock::now();
    auto last_check = start;
    double sent = 0;
    while (true) {
        const auto now = Clock::now();
        const double elapsed = std::chrono::duration<double>(now - start).count();
        if (elapsed >= seconds) return;
        for (Lane& lane : lanes) {
            lane.receive(totals, rate > 0 ? Clock::now() : now, rate > 0);
            unsigned due = lane.room();
            if (rate > 0) {
                const double owed = elapsed * rate - sent;
                due = owed <= 0 ? 0 : std::min(due, static_cast<unsigned>(owed));
                sent += due;
            }
            lane.send_some(due, now);
        }
        if (now - last_check > kLostAfter) {
            for (Lane& lane : lanes)
                lane.give_up(totals, now);
            last_check = now;
        }
        if (rate <= 0) (void)poll(polls.data(), polls.size(), 10);
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 5) return 2;
    const double seconds = std::strtod(argv[3], nullptr);
    const auto questions = read_questions(argv[4]);
    const auto number = [&](int i, double standard) {
        return argc > i ? std::strtod(argv[i], nullptr) : standard;
    };
    const auto window = static_cast<unsigned>(number(5, 256));
    const auto sockets = static_cast<unsigned>(number(6, 4));
    const double rate = number(7, 0);
    if (questions.empty() || sockets == 0 || window == 0 || window > 65'536) return 2;
    socklen_t length = 0;
    const sockaddr_storage server = server_address(argv[1], argv[2], length);
    std::vector<Lane> lanes;
    lanes.reserve(sockets);
    for (unsigned i = 0; i < sockets; ++i)
        lanes.emplace_back(server, length, window, questions, i * questions.size() / sockets);
    Totals totals;
    run(lanes, seconds, rate, totals);
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
    return totals.wrong == 0 ? 0 : 1;
}
