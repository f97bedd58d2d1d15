// For tests: a resolver on loopback that says what the test wants. One thread per transport.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <thread>
#include <vector>

#include "base/assert.hpp"
#include "base/bytes.hpp"
#include "model/endpoint.hpp"
#include "sys/net/endpoint_socket.hpp"
#include "sys/net/sockets.hpp"

namespace vedette::service {

class TestResolver {
  public:
    using Bytes = std::vector<std::uint8_t>;
    using Say = std::function<std::vector<Bytes>(ByteView query)>;

    explicit TestResolver(Say say, const char* address = "127.0.0.1") : say_(std::move(say)) {
        open_both(address);
        thread_ = std::thread([this] { run(); });
    }
    ~TestResolver() {
        stop_ = true;
        thread_.join();
        if (tcp_thread_.joinable()) tcp_thread_.join();
    }
    TestResolver(const TestResolver&) = delete;
    TestResolver& operator=(const TestResolver&) = delete;

    [[nodiscard]] Endpoint endpoint() const noexcept { return endpoint_; }
    [[nodiscard]] unsigned asked() const noexcept { return asked_; }

    /// Also answers one connection over TCP, on the same port.
    void listen_tcp(std::function<Bytes(ByteView)> say) {
        tcp_thread_ = std::thread([this, say = std::move(say)] {
            while (!stop_ && !sys::wait_for(listener_.get(), sys::Ready::Readable, kSlice)) {
            }
            const sys::Descriptor peer = sys::accept_from(listener_);
            if (!peer.open()) return;
            std::array<std::uint8_t, 512> buffer{};
            while (!stop_ && !sys::wait_for(peer.get(), sys::Ready::Readable, kSlice)) {
            }
            const ssize_t got = ::recv(peer.get(), buffer.data(), buffer.size(), 0);
            if (got < 2) return;
            const Bytes answer =
                say(ByteView(buffer).subspan(2, static_cast<std::size_t>(got) - 2));
            Bytes framed{static_cast<std::uint8_t>(answer.size() >> 8U),
                         static_cast<std::uint8_t>(answer.size())};
            framed.insert(framed.end(), answer.begin(), answer.end());
            (void)::send(peer.get(), framed.data(), framed.size(), MSG_NOSIGNAL);
        });
    }
    /// `answer` with the id of `query`.
    static Bytes answer_to(ByteView query, Bytes answer) {
        answer[0] = query[0];
        answer[1] = query[1];
        return answer;
    }

  private:
    static constexpr Duration kSlice = Duration::millis(20);

    void open_both(const char* address) {
        endpoint_ = {*IpAddress::parse(address), 0};
        sys::SocketAddress where;
        where.length = to_socket_address(endpoint_, where.storage);
        auto sockets = sys::open_server_sockets(where, address);
        VEDETTE_ASSERT(sockets.has_value());
        socket_ = std::move(sockets->datagrams);
        listener_ = std::move(sockets->listener);
        endpoint_.port = sys::bound_host_port(socket_).port;
    }

    void run() {
        while (!stop_) {
            if (!sys::wait_for(socket_.get(), sys::Ready::Readable, kSlice)) continue;
            std::array<std::uint8_t, 512> buffer{};
            sockaddr_storage from{};
            socklen_t length = sizeof(from);
            const ssize_t got = ::recvfrom(socket_.get(), buffer.data(), buffer.size(), 0,
                                           generic_address(from), &length);
            if (got <= 0) continue;
            ++asked_;
            for (const Bytes& answer : say_(ByteView(buffer).first(static_cast<std::size_t>(got))))
                (void)::sendto(socket_.get(), answer.data(), answer.size(), 0,
                               generic_address(from), length);
        }
    }

    Say say_;
    sys::Descriptor socket_;
    sys::Descriptor listener_;
    Endpoint endpoint_;
    std::atomic<bool> stop_{false};
    std::atomic<unsigned> asked_{0};
    std::thread thread_;
    std::thread tcp_thread_;
};

}  // namespace vedette::service
