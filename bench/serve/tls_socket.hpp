// One connection of the load generator, plain or TLS, and the loop over many of them. Certificates
// are not verified: the server is one that the benchmark made. One thread.
#pragma once

#include <string_view>

#include <openssl/ssl.h>
#include <poll.h>

#include "load_questions.hpp"

namespace vedette::load {

class TlsSocket {
  public:
    /// `fd` is connected, and owned from now on. Shakes hands; ends the program when that fails.
    TlsSocket(int fd, Encryption encryption, std::string_view alpn);
    ~TlsSocket();
    TlsSocket(TlsSocket&& other) noexcept;
    TlsSocket& operator=(TlsSocket&&) = delete;

    [[nodiscard]] pollfd wanted() const noexcept {
        return {fd_, static_cast<short>(out_.empty() ? POLLIN : POLLIN | POLLOUT), 0};
    }
    /// What will be sent.
    [[nodiscard]] Bytes& out() noexcept { return out_; }
    /// Appends what has come; false when the connection is over.
    [[nodiscard]] bool receive(Bytes& in);
    /// Sends what can be sent now; false when the connection is over.
    [[nodiscard]] bool send();

  private:
    int fd_;
    SSL* ssl_ = nullptr;
    Bytes out_;
    std::size_t sent_ = 0;
};

/// Gives every lane its turns until the time is over.
template <typename Lane>
[[nodiscard]] Totals run_lanes(std::vector<Lane>& lanes, double seconds) {
    Totals totals;
    const auto start = Clock::now();
    std::vector<pollfd> polls(lanes.size());
    for (Lane& lane : lanes)
        totals.broken |= !lane.turn(totals);
    while (!totals.broken &&
           std::chrono::duration<double>(Clock::now() - start).count() < seconds) {
        for (std::size_t i = 0; i < lanes.size(); ++i)
            polls[i] = lanes[i].wanted();
        (void)poll(polls.data(), polls.size(), 10);
        for (std::size_t i = 0; i < lanes.size(); ++i) {
            if (polls[i].revents != 0) totals.broken |= !lanes[i].turn(totals);
        }
    }
    return totals;
}

}  // namespace vedette::load
