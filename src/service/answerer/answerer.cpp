#include "service/answerer/answerer.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>

#include "sys/os/error.hpp"

namespace vedette::answerer {
namespace {

constexpr std::size_t kReadBytes = 65'536;
constexpr std::size_t kMaxWaiting = 1U << 20U;  // a client that does not read is not read from
constexpr int kEvents = 64;
constexpr int kTickMillis = 100;
constexpr int kAcceptsPerRound = 64;
constexpr int kReadsPerRound = 4;    // so that one fast client does not starve the others
constexpr int kBatchesPerRound = 8;  // of datagrams
constexpr std::int64_t kSecondsPerDay = 86'400;

sys::SocketAddress kernel_form(const Endpoint& endpoint) noexcept {
    sys::SocketAddress address;
    address.length = to_socket_address(endpoint, address.storage);
    return address;
}

}  // namespace

struct Answerer::Connection {
    Connection(sys::Descriptor accepted, StreamPeer made)
        : socket(std::move(accepted)), peer(std::move(made)) {}

    sys::Descriptor socket;
    StreamPeer peer;
    std::vector<std::uint8_t> out;
    std::size_t out_sent = 0;
    Timestamp active{0};               // last progress
    Timestamp message_since = kNever;  // when the message that is not yet whole began
    std::uint32_t watched = 0;
    bool over = false;  // answers what it has, then closes

    [[nodiscard]] std::size_t waiting() const noexcept { return out.size() - out_sent; }
};

Result<std::unique_ptr<Answerer>> Answerer::open(const AnswererSettings& settings) {
    auto rule = AddressRule::make(settings.rule);
    if (!rule) return std::unexpected(std::move(rule).error());
    auto answerer = std::make_unique<Answerer>(Key(), std::move(*rule), settings);
    VEDETTE_TRY(answerer->listen(settings));
    return answerer;
}

Answerer::Answerer(Key, AddressRule rule, const AnswererSettings& settings)
    : rule_(std::move(rule)),
      messages_(rule_, settings.ttl),
      limits_(settings.limits),
      read_buffer_(kReadBytes) {}

Answerer::~Answerer() = default;

Result<void> Answerer::listen(const AnswererSettings& settings) {
    epoll_ = sys::Descriptor(epoll_create1(EPOLL_CLOEXEC));
    if (!epoll_.open()) return sys::fail_errno("cannot make an epoll set");
    for (const Endpoint& endpoint : settings.traced) {
        auto socket = sys::open_stream_listener(kernel_form(endpoint), endpoint.to_text());
        if (!socket) return std::unexpected(std::move(socket).error());
        traced_.push_back(from_socket_address(sys::bound_address(*socket).storage));
        VEDETTE_TRY(add_listener(std::move(*socket), StreamPeer::Speaks::Traced));
    }
    for (const Endpoint& endpoint : settings.dns) {
        auto sockets = sys::open_server_sockets(kernel_form(endpoint), endpoint.to_text());
        if (!sockets) return std::unexpected(std::move(sockets).error());
        dns_.push_back(from_socket_address(sys::bound_address(sockets->datagrams).storage));
        VEDETTE_TRY(watch_socket(sockets->datagrams.get()));
        datagrams_.emplace_back(std::move(sockets->datagrams));
        VEDETTE_TRY(add_listener(std::move(sockets->listener), StreamPeer::Speaks::Dns));
    }
    return {};
}

Result<void> Answerer::add_listener(sys::Descriptor socket, StreamPeer::Speaks speaks) {
    VEDETTE_TRY(watch_socket(socket.get()));
    listeners_.push_back({std::move(socket), speaks});
    return {};
}

Result<void> Answerer::watch_socket(int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0)
        return sys::fail_errno("cannot watch a listening socket");
    return {};
}

Result<void> Answerer::run(const sys::StopFlag& stop) {
    const SystemClock clock;
    std::array<epoll_event, kEvents> events;
    Timestamp swept = clock.now();
    while (!stop.stopping()) {
        const int count = epoll_wait(epoll_.get(), events.data(), kEvents, kTickMillis);
        if (count < 0 && errno != EINTR) return sys::fail_errno("cannot wait for questions");
        now_ = clock.now();
        for (int i = 0; i < count; ++i)
            dispatch(events[static_cast<std::size_t>(i)].data.fd);
        if (now_ - swept > Duration::millis(kTickMillis)) {
            close_late();
            swept = now_;
        }
    }
    for (auto& [fd, connection] : connections_)
        (void)write_out(*connection);
    connections_.clear();
    return {};
}

void Answerer::dispatch(int fd) {
    if (const auto known = connections_.find(fd); known != connections_.end())
        return serve(*known->second);
    for (const Listener& listener : listeners_) {
        if (listener.socket.get() == fd) return accept_from(listener);
    }
    for (sys::DatagramServer& server : datagrams_) {
        if (server.socket().get() == fd) return serve_datagrams(server);
    }
}

std::uint32_t Answerer::second_of_day() const noexcept {
    return static_cast<std::uint32_t>(now_.whole_seconds() % kSecondsPerDay);
}

void Answerer::serve_datagrams(sys::DatagramServer& server) {
    AskedWhere where;
    where.second_of_day = second_of_day();
    where.datagram = true;
    for (int batch = 0; batch < kBatchesPerRound; ++batch) {
        const int got = server.receive_waiting();
        if (got < 0) ++totals_.send_failures;  // an ICMP error of an earlier answer
        if (got <= 0) return;
        for (unsigned i = 0; i < static_cast<unsigned>(got); ++i) {
            const std::size_t length =
                messages_.answer(server.query(i), where, server.answer_buffer(i));
            if (length != 0) server.queue_answer(i, length);
        }
        totals_.send_failures += server.send().failed;
    }
}

void Answerer::accept_from(const Listener& listener) {
    for (int i = 0; i < kAcceptsPerRound; ++i) {
        sys::Descriptor socket(
            accept4(listener.socket.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (!socket.open()) return;
        if (connections_.size() >= limits_.connections) {
            ++totals_.refused_connections;
            continue;
        }
        const int no_delay = 1;
        (void)setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &no_delay, sizeof(no_delay));
        ++totals_.connections;
        const int fd = socket.get();
        auto connection = std::make_unique<Connection>(
            std::move(socket), StreamPeer(listener.speaks, messages_, totals_.frames));
        connection->active = now_;
        Connection& placed = *(connections_[fd] = std::move(connection));
        serve(placed);  // the first question often comes with the handshake
    }
}

void Answerer::serve(Connection& connection) {
    if (!write_out(connection)) return drop(connection);
    for (int i = 0; i < kReadsPerRound && !connection.over; ++i) {
        if (connection.waiting() >= kMaxWaiting) break;
        if (!read_some(connection)) break;
        if (!write_out(connection)) return drop(connection);
    }
    if (connection.over && connection.waiting() == 0) return drop(connection);
    watch(connection);
}

// False when there is nothing more to read now.
bool Answerer::read_some(Connection& connection) {
    const ssize_t got =
        recv(connection.socket.get(), read_buffer_.data(), read_buffer_.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return false;
    if (got <= 0) {
        if (connection.peer.in_message()) close(connection, CloseReason::Cut);
        connection.over = true;
        return false;
    }
    connection.active = now_;
    const auto broken =
        connection.peer.receive(ByteView(read_buffer_).first(static_cast<std::size_t>(got)),
                                second_of_day(), connection.out);
    if (broken) close(connection, *broken);
    if (!connection.peer.in_message())
        connection.message_since = kNever;
    else if (!connection.message_since.known())
        connection.message_since = now_;
    return true;
}

// False when the connection is gone.
bool Answerer::write_out(Connection& connection) {
    while (connection.waiting() != 0) {
        const ssize_t sent =
            send(connection.socket.get(), connection.out.data() + connection.out_sent,
                 connection.waiting(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0) return errno == EAGAIN || errno == EINTR;
        connection.out_sent += static_cast<std::size_t>(sent);
        connection.active = now_;
    }
    connection.out.clear();
    connection.out_sent = 0;
    return true;
}

void Answerer::watch(Connection& connection) {
    std::uint32_t wanted = 0;
    if (!connection.over && connection.waiting() < kMaxWaiting) wanted |= EPOLLIN;
    if (connection.waiting() != 0) wanted |= EPOLLOUT;
    if (wanted == connection.watched) return;
    epoll_event event{};
    event.events = wanted;
    event.data.fd = connection.socket.get();
    const int operation = connection.watched == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    connection.watched = wanted;
    if (epoll_ctl(epoll_.get(), operation, connection.socket.get(), &event) != 0) drop(connection);
}

void Answerer::drop(Connection& connection) {
    connections_.erase(connection.socket.get());
}

// Counted once; what was answered before is still sent.
void Answerer::close(Connection& connection, CloseReason reason) {
    ++totals_.closed[static_cast<std::size_t>(reason)];
    connection.over = true;
}

void Answerer::close_late() {
    std::vector<Connection*> late;
    for (const auto& [fd, connection] : connections_) {
        const bool stalled = connection->waiting() != 0 || connection->message_since.known();
        const Timestamp since =
            connection->message_since.known() ? connection->message_since : connection->active;
        const std::uint32_t allowed = stalled ? limits_.message_seconds : limits_.idle_seconds;
        if (now_ - since <= Duration::seconds(allowed)) continue;
        if (!connection->over) close(*connection, stalled ? CloseReason::Slow : CloseReason::Idle);
        late.push_back(connection.get());
    }
    for (Connection* connection : late)
        drop(*connection);
}

AnswererTotals Answerer::totals() const {
    AnswererTotals totals = totals_;
    totals.answers = messages_.counts();
    return totals;
}

}  // namespace vedette::answerer
