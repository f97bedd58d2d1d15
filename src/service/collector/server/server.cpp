#include "service/collector/server/server.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "service/collector/server/dnstap_session.hpp"
#include "sys/os/error.hpp"

namespace vedette::collector {
namespace {

constexpr std::size_t kReadBytes = 64U << 10U;
/// Reads of one connection per round, so that a loud one leaves room for the others.
constexpr int kReadsPerRound = 32;
constexpr int kAcceptsPerRound = 64;
const Duration kTick = Duration::seconds(1);
constexpr int kWaitMillis = 500;
constexpr int kStalledMillis = 2;
/// Tags of epoll: listeners are numbered from here, everything below is a connection's descriptor.
constexpr std::uint64_t kListenerTag = 1ULL << 40U;
constexpr std::uint64_t kWakeTag = 1ULL << 41U;

bool add(const sys::Descriptor& epoll, int descriptor, std::uint64_t tag, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = tag;
    return epoll_ctl(epoll.get(), EPOLL_CTL_ADD, descriptor, &event) == 0;
}

}  // namespace

struct Server::Connection {
    sys::Descriptor socket;
    std::unique_ptr<sys::Stream> stream;
    std::unique_ptr<Session> session;
    Peer peer;
    Timestamp began;
    Timestamp heard;
    std::vector<std::uint8_t> out;
    std::size_t out_sent = 0;
    std::uint32_t watched = EPOLLIN;
    bool peer_known = false;
    bool full = false;
    bool closing = false;
    bool read_wants_write = false;
    bool write_wants_read = false;

    [[nodiscard]] std::size_t unsent() const noexcept { return out.size() - out_sent; }
};

Server::Server(Key, std::vector<Listener> listeners, const ServerLimits& limits, Intake& intake)
    : listeners_(std::move(listeners)), limits_(limits), intake_(intake) {}

Result<std::unique_ptr<Server>> Server::start(std::vector<Listener> listeners,
                                              const ServerLimits& limits, Intake& intake) {
    auto server = std::make_unique<Server>(Key{}, std::move(listeners), limits, intake);
    server->epoll_ = sys::Descriptor(epoll_create1(EPOLL_CLOEXEC));
    server->wake_ = sys::Descriptor(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    if (!server->epoll_.open() || !server->wake_.open())
        return sys::fail_errno("cannot make an epoll set");
    bool ok = add(server->epoll_, server->wake_.get(), kWakeTag, EPOLLIN);
    for (std::size_t i = 0; i < server->listeners_.size(); ++i)
        ok = ok &&
             add(server->epoll_, server->listeners_[i].socket.get(), kListenerTag + i, EPOLLIN);
    if (!ok) return sys::fail_errno("cannot watch a listening socket");
    server->read_buffer_.resize(kReadBytes);
    server->running_ = true;
    server->thread_ = std::thread([raw = server.get()] { raw->run(); });
    return server;
}

Server::~Server() {
    stop();
}

void Server::wake() noexcept {
    const std::uint64_t one = 1;
    (void)!write(wake_.get(), &one, sizeof(one));
}

void Server::stop() {
    stopping_.store(true, std::memory_order_relaxed);
    wake();
    if (thread_.joinable()) thread_.join();
}

CollectorCounters Server::counters() const {
    const std::lock_guard lock(mutex_);
    return published_;
}

void Server::run() {
    std::array<epoll_event, 128> events{};
    const SystemClock clock;
    ticked_ = clock.now();
    while (!stopping_.load(std::memory_order_relaxed)) {
        const int count = epoll_wait(epoll_.get(), events.data(), events.size(),
                                     stalled_ != 0 ? kStalledMillis : kWaitMillis);
        now_ = clock.now();
        for (int i = 0; i < count; ++i) {
            const epoll_event& event = events[static_cast<std::size_t>(i)];
            handle(event.data.u64, event.events);
        }
        const bool due = now_ - ticked_ >= kTick || now_ < ticked_;
        if (due || stalled_ != 0) tick_all();
        const std::lock_guard lock(mutex_);
        published_ = intake_.counters;
    }
    while (!connections_.empty())
        drop(connections_.begin()->first);
    running_ = false;
}

void Server::handle(std::uint64_t tag, std::uint32_t events) {
    if (tag == kWakeTag) {
        std::uint64_t count = 0;
        (void)!read(wake_.get(), &count, sizeof(count));
        return tick_all();
    }
    if (tag >= kListenerTag) return accept_all(listeners_[tag - kListenerTag]);
    const auto found = connections_.find(static_cast<int>(tag));
    if (found == connections_.end()) return;
    if (found->second->full && (events & (EPOLLERR | EPOLLHUP)) != 0) return drop(found->first);
    serve(*found->second);
}

void Server::accept_all(Listener& listener) {
    for (int i = 0; i < kAcceptsPerRound; ++i) {
        sys::Descriptor socket = sys::accept_from(listener.socket);
        if (!socket.open()) return;
        admit(listener, std::move(socket));
    }
}

void Server::admit(Listener& listener, sys::Descriptor socket) {
    ++intake_.counters.connections;
    drop_oldest_stranger();
    if (connections_.size() >= limits_.connections) {
        ++intake_.counters.refused;
        return;
    }
    auto connection = std::make_unique<Connection>();
    const int descriptor = socket.get();
    connection->stream =
        listener.tls ? listener.tls->accept(descriptor) : sys::make_plain_stream(descriptor);
    if (!connection->stream ||
        !add(epoll_, descriptor, static_cast<std::uint64_t>(descriptor), EPOLLIN))
        return;
    connection->peer.address = sys::peer_text(socket);
    if (listener.speaks == Speaks::Sensors)
        connection->session = std::make_unique<SensorSession>(intake_, listener.proof);
    else
        connection->session = std::make_unique<DnstapSession>(intake_);
    connection->socket = std::move(socket);
    connection->began = connection->heard = now_;
    connections_.emplace(descriptor, std::move(connection));
}

/// Somebody who opens connections and says nothing takes no place from those who speak.
void Server::drop_oldest_stranger() {
    std::uint32_t strangers = 0;
    const Connection* oldest = nullptr;
    for (const auto& [descriptor, connection] : connections_) {
        if (connection->session->established()) continue;
        ++strangers;
        if (oldest == nullptr || connection->began < oldest->began) oldest = connection.get();
    }
    if (strangers < limits_.strangers) return;
    ++intake_.counters.refused;
    drop(oldest->socket.get());
}

void Server::serve(Connection& connection) {
    const int descriptor = connection.socket.get();
    Read read = Read::More;
    for (int i = 0; i < kReadsPerRound && read == Read::More; ++i)
        read = read_some(connection);
    if (read == Read::Over) return drop(descriptor);
    if (!write_out(connection)) return drop(descriptor);
    watch(connection);
}

Server::Read Server::read_some(Connection& connection) {
    if (connection.full || connection.closing) return Read::Later;
    const sys::IoResult got = connection.stream->read(read_buffer_);
    connection.read_wants_write = got.status == sys::IoStatus::WantWrite;
    if (got.status == sys::IoStatus::Closed) {
        // A handshake that failed has its reason; a peer that just left has none.
        if (!connection.session->established() && !connection.stream->failure().empty())
            ++intake_.counters.hostile;
        return Read::Over;
    }
    if (got.status != sys::IoStatus::Done) return Read::Later;
    connection.heard = now_;
    if (!connection.peer_known) {
        connection.peer.certificate = connection.stream->peer_name();
        connection.peer_known = true;
    }
    const Session::Verdict verdict = connection.session->receive(
        ByteView(read_buffer_).first(got.bytes), connection.peer, connection.out);
    return obey(connection, verdict) ? Read::More : Read::Over;
}

bool Server::obey(Connection& connection, Session::Verdict verdict) {
    const bool full = verdict == Session::Verdict::Full;
    if (full != connection.full) stalled_ += full ? 1U : static_cast<std::size_t>(-1);
    connection.full = full;
    if (verdict == Session::Verdict::Close) connection.closing = true;
    return verdict != Session::Verdict::Drop;
}

bool Server::write_out(Connection& connection) {
    connection.write_wants_read = false;
    while (connection.unsent() != 0) {
        const sys::IoResult sent =
            connection.stream->write(ByteView(connection.out).subspan(connection.out_sent));
        if (sent.status == sys::IoStatus::Closed) return false;
        connection.write_wants_read = sent.status == sys::IoStatus::WantRead;
        if (sent.status != sys::IoStatus::Done) break;
        connection.out_sent += sent.bytes;
    }
    if (connection.unsent() == 0) {
        connection.out.clear();
        connection.out_sent = 0;
        return !connection.closing;
    }
    return connection.unsent() <= limits_.unsent_bytes;
}

void Server::watch(Connection& connection) {
    const bool wants_write =
        (connection.unsent() != 0 && !connection.write_wants_read) || connection.read_wants_write;
    const std::uint32_t wanted = (connection.full ? 0U : static_cast<std::uint32_t>(EPOLLIN)) |
                                 (wants_write ? static_cast<std::uint32_t>(EPOLLOUT) : 0U);
    if (wanted == connection.watched) return;
    connection.watched = wanted;
    epoll_event event{};
    event.events = wanted;
    event.data.u64 = static_cast<std::uint64_t>(connection.socket.get());
    (void)epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, connection.socket.get(), &event);
}

bool Server::is_late(const Connection& connection) const {
    if (!connection.session->established())
        return now_ - connection.began > limits_.stranger_patience;
    const Duration patience = connection.session->patience();
    return !connection.full && patience.nanos != 0 && now_ - connection.heard > patience;
}

/// False when the connection is over.
bool Server::tick(Connection& connection) {
    if (is_late(connection)) {
        ++intake_.counters.refused;
        return false;
    }
    Session::Verdict verdict = connection.session->tick(now_, connection.out);
    if (verdict == Session::Verdict::Full) verdict = connection.session->resume(connection.out);
    if (!obey(connection, verdict) || !write_out(connection)) return false;
    watch(connection);
    return true;
}

/// Acknowledges what was stored, tries again what found no room, ends what takes too long.
void Server::tick_all() {
    ticked_ = now_;
    std::vector<int> over;
    std::vector<int> buffered;
    for (auto& [descriptor, connection] : connections_) {
        const bool was_full = connection->full;
        if (!tick(*connection))
            over.push_back(descriptor);
        else if (was_full && !connection->full && connection->stream->has_buffered())
            buffered.push_back(descriptor);  // TLS holds bytes that no poll tells of
    }
    for (const int descriptor : over)
        drop(descriptor);
    for (const int descriptor : buffered)
        serve(*connections_.at(descriptor));
}

void Server::drop(int descriptor) {
    const auto found = connections_.find(descriptor);
    if (found == connections_.end()) return;
    Connection& connection = *found->second;
    if (connection.full) --stalled_;
    connection.session->end(now_);
    connection.stream->close();
    connections_.erase(found);
}

}  // namespace vedette::collector
