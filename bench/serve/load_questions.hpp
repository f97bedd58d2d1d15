// What a load generator asks and how it judges what comes back, the same on every transport. The
// file has one question a line: name, type, expected rcode (or -), least answers, and optionally
// "edns" or "do". Read once, then constant.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include <netinet/in.h>
#include <sys/socket.h>

#include "base/bytes.hpp"

namespace vedette::load {

using Clock = std::chrono::steady_clock;
using Bytes = std::vector<std::uint8_t>;

struct Question {
    Bytes packet;            ///< id zero
    std::size_t echoed = 0;  ///< octets from 12 that the answer repeats
    int rcode = 0;           ///< below zero: any
    unsigned answers = 0;
};

struct Totals {
    std::uint64_t answers = 0, wrong = 0, lost = 0;
    std::vector<std::uint32_t> latency_us;
    std::vector<std::uint32_t> calm_latency_us;  ///< of slices that nobody disturbed
    std::uint64_t slices = 0, calm_slices = 0;
    std::uint64_t skipped = 0;  ///< due while the generator had no core
    bool broken = false;        ///< a connection ended
};

struct Server {
    sockaddr_storage address{};
    socklen_t length = 0;
};

struct Load {
    const std::vector<Question>& questions;
    Server server;
    double seconds = 1;
    unsigned window = 256;  ///< questions in flight on a socket
    unsigned sockets = 4;
    double rate = 0;     ///< questions a second; 0: as fast as answers come
    unsigned burst = 1;  ///< with a rate: so many are sent together
    std::vector<int> server_processes = {};
};

[[nodiscard]] std::vector<Question> read_questions(const char* path);
[[nodiscard]] bool is_right(ByteView answer, const Question& question) noexcept;
/// Ends the program when the address is none.
[[nodiscard]] Server server_address(const char* address, const char* port);
/// A connected, non-blocking TCP socket; ends the program when there is none.
[[nodiscard]] int connect_stream(const Server& server);

enum class Encryption : std::uint8_t { None, Tls };
enum class HttpMethod : std::uint8_t { Post, Get };

[[nodiscard]] Totals run_datagrams(const Load& load);
[[nodiscard]] Totals run_streams(const Load& load, Encryption encryption);
[[nodiscard]] Totals run_http2(const Load& load, HttpMethod method);

}  // namespace vedette::load
