// A datagram socket served in batches: receive up to 32, answer each into its own buffer, send what
// was answered. An answer leaves from the address that was asked. Nothing is allocated after
// construction. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "base/bytes.hpp"
#include "sys/net/endpoint_socket.hpp"
#include "sys/os/descriptor.hpp"

namespace vedette::sys {

class DatagramServer {
  public:
    static constexpr unsigned kBatch = 32;
    static constexpr std::size_t kReceiveBytes = 4'096;  ///< longer datagrams are cut
    static constexpr std::size_t kAnswerBytes = 4'096;

    /// `socket` is bound (open_datagram_server).
    explicit DatagramServer(Descriptor socket);
    ~DatagramServer();
    DatagramServer(DatagramServer&&) noexcept;
    DatagramServer& operator=(DatagramServer&&) = delete;

    [[nodiscard]] const Descriptor& socket() const noexcept { return socket_; }
    /// Datagrams received; 0 when there is none, negative (-errno) when the call failed. Waits for
    /// the first as the socket does.
    [[nodiscard]] int receive() noexcept;
    /// The same without waiting.
    [[nodiscard]] int receive_waiting() noexcept;

    /// Of the datagrams of the last receive; the query until send().
    [[nodiscard]] ByteView query(unsigned index) const noexcept;
    [[nodiscard]] const sockaddr_storage& client(unsigned index) const noexcept;
    [[nodiscard]] std::span<std::uint8_t> answer_buffer(unsigned index) noexcept;
    /// The answer buffer's first `bytes` go to that client with the next send().
    void queue_answer(unsigned index, std::size_t bytes) noexcept;

    struct Sent {
        unsigned sent = 0;
        unsigned failed = 0;  ///< clients that cannot be reached
    };
    Sent send() noexcept;

  private:
    struct Batch;
    int receive(int flags) noexcept;

    Descriptor socket_;
    std::unique_ptr<Batch> batch_;
};

}  // namespace vedette::sys
