// The far end of `vedette replay`: listens for traced frames over TCP and, where asked, for plain
// DNS over UDP and TCP, and answers every question. One epoll loop on the caller's thread. Owns
// every budget of its connections: how many, how long they may idle, how long a message may take to
// arrive, how much may wait to be sent.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "model/endpoint.hpp"
#include "service/answerer/answer_message.hpp"
#include "service/answerer/stream_peer.hpp"
#include "sys/net/datagram_server.hpp"
#include "sys/os/stop_flag.hpp"

namespace vedette::answerer {

struct AnswererLimits {
    std::uint32_t connections = 256;
    std::uint32_t idle_seconds = 60;     ///< between two questions
    std::uint32_t message_seconds = 10;  ///< for a whole message, or a stalled write
};

struct AnswererSettings {
    std::vector<Endpoint> traced;  ///< TCP
    std::vector<Endpoint> dns;     ///< UDP and TCP; with port 0 both get one port
    AddressRuleSettings rule;
    std::uint32_t ttl = 60;
    AnswererLimits limits;
};

struct AnswererTotals {
    AnswerCounts answers;
    FrameCounts frames;
    std::uint64_t connections = 0;
    std::uint64_t refused_connections = 0;  ///< too many at one time
    std::uint64_t send_failures = 0;        ///< datagrams that could not be sent
    std::array<std::uint64_t, kCloseReasons> closed{};

    [[nodiscard]] std::uint64_t closed_for(CloseReason reason) const noexcept {
        return closed[static_cast<std::size_t>(reason)];
    }
};

class Answerer {
  public:
    /// Binds every socket.
    [[nodiscard]] static Result<std::unique_ptr<Answerer>> open(const AnswererSettings& settings);
    class Key {
        friend class Answerer;
        Key() = default;
    };
    Answerer(Key, AddressRule rule, const AnswererSettings& settings);
    ~Answerer();
    Answerer(const Answerer&) = delete;
    Answerer& operator=(const Answerer&) = delete;

    /// Answers until `stop` asks; then sends what waits, as far as that goes without waiting.
    [[nodiscard]] Result<void> run(const sys::StopFlag& stop);
    /// Not during run().
    [[nodiscard]] AnswererTotals totals() const;
    [[nodiscard]] const std::vector<Endpoint>& traced_endpoints() const noexcept { return traced_; }
    [[nodiscard]] const std::vector<Endpoint>& dns_endpoints() const noexcept { return dns_; }

  private:
    struct Connection;
    struct Listener {
        sys::Descriptor socket;
        StreamPeer::Speaks speaks = StreamPeer::Speaks::Traced;
    };

    [[nodiscard]] Result<void> listen(const AnswererSettings& settings);
    [[nodiscard]] Result<void> add_listener(sys::Descriptor socket, StreamPeer::Speaks speaks);
    [[nodiscard]] Result<void> watch_socket(int fd);
    void dispatch(int fd);
    void serve_datagrams(sys::DatagramServer& server);
    void accept_from(const Listener& listener);
    void serve(Connection& connection);
    [[nodiscard]] bool read_some(Connection& connection);
    [[nodiscard]] bool write_out(Connection& connection);
    void watch(Connection& connection);
    void drop(Connection& connection);
    void close(Connection& connection, CloseReason reason);
    void close_late();
    [[nodiscard]] std::uint32_t second_of_day() const noexcept;

    AddressRule rule_;
    MessageAnswerer messages_;
    AnswererLimits limits_;
    AnswererTotals totals_;
    std::vector<Endpoint> traced_;
    std::vector<Endpoint> dns_;
    std::vector<Listener> listeners_;
    std::vector<sys::DatagramServer> datagrams_;
    sys::Descriptor epoll_;
    std::unordered_map<int, std::unique_ptr<Connection>> connections_;  // by descriptor
    std::vector<std::uint8_t> read_buffer_;
    Timestamp now_{0};
};

}  // namespace vedette::answerer
