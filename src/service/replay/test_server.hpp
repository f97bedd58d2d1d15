// A DNS server for the tests that does wrong on purpose: over UDP and TCP on one port of loopback,
// on a thread of its own, doing with each query what a script says.
#pragma once

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

#include "base/assert.hpp"
#include "base/bytes.hpp"
#include "model/endpoint.hpp"
#include "sys/net/endpoint_socket.hpp"

namespace vedette::replay::test {

using Bytes = std::vector<std::uint8_t>;

/// `query` with QR set and one A record; what an ordinary server says.
inline Bytes good_answer(ByteView query) {
    Bytes answer(query.begin(), query.end());
    answer[2] |= 0x80;
    answer[7] = 1;
    const Bytes record{0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1};
    answer.insert(answer.end(), record.begin(), record.end());
    return answer;
}

class TestServer {
  public:
    enum class Over : std::uint8_t { Udp, Tcp };
    /// What to send back, in order; nothing is silence. `number` counts the queries from 0.
    using Script = std::function<std::vector<Bytes>(ByteView query, unsigned number, Over over)>;

    explicit TestServer(Script script) : script_(std::move(script)) {
        const auto any = *Endpoint::parse("127.0.0.1:0", 0);
        auto sockets = sys::open_server_sockets(kernel(any), "test");
        VEDETTE_ASSERT(sockets.has_value());
        udp_ = std::move(sockets->datagrams);
        listener_ = std::move(sockets->listener);
        endpoint_ = from_socket_address(sys::bound_address(udp_).storage);
        thread_ = std::thread([this] { run(); });
    }
    ~TestServer() {
        stop_.store(true);
        thread_.join();
    }
    TestServer(const TestServer&) = delete;
    TestServer& operator=(const TestServer&) = delete;

    [[nodiscard]] sys::SocketAddress address() const { return kernel(endpoint_); }
    [[nodiscard]] unsigned queries() const { return number_.load(); }
    /// Closes each connection after so many answers.
    void close_after(unsigned answers) { close_after_ = answers; }

  private:
    static sys::SocketAddress kernel(const Endpoint& endpoint) {
        sys::SocketAddress address;
        address.length = to_socket_address(endpoint, address.storage);
        return address;
    }
    void run() {
        while (!stop_.load()) {
            std::array<pollfd, 3> polls{{{udp_.get(), POLLIN, 0},
                                         {listener_.get(), POLLIN, 0},
                                         {client_.get(), POLLIN, 0}}};
            if (poll(polls.data(), polls.size(), 5) <= 0) continue;
            if (polls[0].revents != 0) datagram();
            if (polls[1].revents != 0 && !client_.open()) {
                client_ = sys::Descriptor(accept(listener_.get(), nullptr, nullptr));
                in_.clear();
                answered_ = 0;
            }
            if (polls[2].revents != 0) stream();
        }
    }
    void datagram() {
        sockaddr_storage client{};
        socklen_t length = sizeof(client);
        Bytes query(65'536);
        const ssize_t got =
            recvfrom(udp_.get(), query.data(), query.size(), 0, generic_address(client), &length);
        if (got <= 0) return;
        query.resize(static_cast<std::size_t>(got));
        for (const Bytes& answer : script_(query, number_++, Over::Udp))
            (void)sendto(udp_.get(), answer.data(), answer.size(), 0, generic_address(client),
                         length);
    }
    void stream() {
        std::array<std::uint8_t, 65'536> buffer;
        const ssize_t got = recv(client_.get(), buffer.data(), buffer.size(), 0);
        if (got <= 0) return client_.close();
        in_.insert(in_.end(), buffer.begin(), buffer.begin() + got);
        while (client_.open() && in_.size() >= 2) {
            const std::size_t length = std::size_t{in_[0]} << 8U | in_[1];
            if (in_.size() < length + 2) return;
            const Bytes query(in_.begin() + 2,
                              in_.begin() + 2 + static_cast<std::ptrdiff_t>(length));
            in_.erase(in_.begin(), in_.begin() + 2 + static_cast<std::ptrdiff_t>(length));
            for (Bytes& answer : script_(query, number_++, Over::Tcp)) {
                answer.insert(answer.begin(), {static_cast<std::uint8_t>(answer.size() >> 8U),
                                               static_cast<std::uint8_t>(answer.size())});
                (void)send(client_.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
            }
            if (close_after_ != 0 && ++answered_ >= close_after_) client_.close();
        }
    }

    Script script_;
    sys::Descriptor udp_;
    sys::Descriptor listener_;
    sys::Descriptor client_;  // one at a time
    Endpoint endpoint_;
    Bytes in_;
    unsigned answered_ = 0;
    unsigned close_after_ = 0;
    std::atomic<unsigned> number_{0};
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

}  // namespace vedette::replay::test
