#include "service/dnsd/net/stream_worker.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "sys/os/error.hpp"

namespace vedette::dnsd {
namespace {

constexpr std::size_t kReadBytes = 65'536;
constexpr std::size_t kMaxAnswerBytes = 65'535;
constexpr std::size_t kMaxWaiting = kMaxAnswered;  // a client that does not read is not read from
constexpr int kEvents = 64;
constexpr int kTickMillis = 200;
constexpr int kAcceptsPerRound = 64;
constexpr int kReadsPerRound = 64;    // so that one fast client does not starve the others
constexpr int kProducedPerRound = 8;  // messages of transfers, some 16 KiB each
// A worker that ends for good: how long connections may finish, and how long one may be silent.
constexpr Duration kLastAnswers = Duration::seconds(2);
constexpr Duration kLastSilence = Duration::millis(200);
// The same when another process has taken over: the client's next connection goes there.
constexpr Duration kHandedOverSilence = Duration::seconds(2);

Transport transport_of(SocketUse use) noexcept {
    if (use == SocketUse::Dot) return Transport::Dot;
    return use == SocketUse::Doh ? Transport::Doh : Transport::Tcp;
}

}  // namespace

struct StreamWorker::Connection {
    sys::Descriptor socket;
    Endpoint client;
    Endpoint server;
    Transport transport = Transport::Tcp;
    std::unique_ptr<sys::Stream> stream;
    std::unique_ptr<Session> session;  // made when TLS has said what is spoken
    std::vector<std::uint8_t> out;
    std::size_t out_sent = 0;
    Timestamp active;                  // last progress
    Timestamp message_since = kNever;  // when the message that is not yet whole began
    std::uint32_t watched = 0;
    bool received = false;  // by the last read
    bool write_wants_read = false;
    bool read_wants_write = false;

    [[nodiscard]] std::size_t waiting() const noexcept { return out.size() - out_sent; }
    [[nodiscard]] bool may_read() const noexcept {
        return waiting() < kMaxWaiting && !(session && session->holds_back());
    }
};

Result<std::unique_ptr<StreamWorker>> StreamWorker::make(std::vector<StreamListener> listeners,
                                                         const StreamLimits& limits,
                                                         SnapshotCell& snapshots,
                                                         ExchangeObserver* observer) {
    auto worker =
        std::make_unique<StreamWorker>(Key(), std::move(listeners), limits, snapshots, observer);
    worker->epoll_ = sys::Descriptor(epoll_create1(EPOLL_CLOEXEC));
    if (!worker->epoll_.open()) return sys::fail_errno("cannot make an epoll set");
    for (const StreamListener& listener : worker->listeners_) {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.fd = listener.socket.get();
        if (epoll_ctl(worker->epoll_.get(), EPOLL_CTL_ADD, listener.socket.get(), &event) != 0)
            return sys::fail_errno("cannot watch a listening socket");
    }
    return worker;
}

StreamWorker::StreamWorker(Key, std::vector<StreamListener> listeners, const StreamLimits& limits,
                           SnapshotCell& snapshots, ExchangeObserver* observer)
    : listeners_(std::move(listeners)),
      limits_(limits),
      snapshots_(snapshots),
      observer_(observer),
      read_buffer_(kReadBytes),
      answer_buffer_(kMaxAnswerBytes) {}

StreamWorker::~StreamWorker() {
    stop(Ending::Last);
    join();
}

void StreamWorker::start() {
    thread_ = std::thread([this] { run(); });
    (void)pthread_setname_np(thread_.native_handle(), "answer-streams");
}

void StreamWorker::join() {
    if (thread_.joinable()) thread_.join();
}

void StreamWorker::run() {
    SnapshotCell::Reader reader(snapshots_);
    std::array<epoll_event, kEvents> events;
    Timestamp last_sweep = SystemClock().now();
    while (!may_leave()) {
        const int count = epoll_wait(epoll_.get(), events.data(), kEvents, kTickMillis);
        now_ = SystemClock().now();
        snapshot_ = &reader.acquire();
        serve_events(std::span(events).first(static_cast<std::size_t>(std::max(count, 0))));
        const std::optional<Ending> asked = asked_.load(std::memory_order_acquire);
        if (asked && asked != leaving_) begin_leaving(*asked);
        reader.release();
        if (now_ - last_sweep > Duration::millis(kTickMillis)) {
            drop_late(now_);
            last_sweep = now_;
        }
        if (observer_ != nullptr) observer_->batch_end(now_);
    }
    while (!connections_.empty())
        drop(*connections_.begin()->second);
    stopped_.store(true, std::memory_order_release);
}

void StreamWorker::serve_events(std::span<const epoll_event> events) {
    for (const epoll_event& event : events) {
        const int fd = event.data.fd;
        if (const auto known = connections_.find(fd); known != connections_.end()) {
            serve(*known->second);
            continue;
        }
        for (StreamListener& listener : listeners_) {
            if (listener.socket.get() == fd) accept_from(listener);
        }
    }
}

// Connections that wait to be accepted belong to who serves the listener next; when nobody does,
// they are served as well.
void StreamWorker::begin_leaving(Ending ending) {
    for (StreamListener& listener : listeners_) {
        if (ending == Ending::Last) accept_from(listener);
        if (!leaving_) (void)epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, listener.socket.get(), nullptr);
    }
    leaving_ = ending;
    leave_by_ = now_ + (ending == Ending::Last ? kLastAnswers
                                               : Duration::seconds(limits_.handed_over_seconds));
    std::vector<Connection*> told;  // saying so may end a connection
    for (const auto& [fd, connection] : connections_)
        told.push_back(connection.get());
    for (Connection* connection : told) {
        if (connection->session) connection->session->finish(connection->out);
        serve(*connection);
    }
}

bool StreamWorker::may_leave() const noexcept {
    return leaving_ && (connections_.empty() || now_ > leave_by_);
}

void StreamWorker::accept_from(StreamListener& listener) {
    for (int i = 0; i < kAcceptsPerRound; ++i) {
        sockaddr_storage address{};
        socklen_t length = sizeof(address);
        sys::Descriptor socket(accept4(listener.socket.get(), generic_address(address), &length,
                                       SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (!socket.open()) return;
        const Endpoint client = from_socket_address(address);
        if (!admit(client)) {
            ServerCounters::add(counters_.refused_connections);
            continue;
        }
        const int no_delay = 1;
        (void)setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &no_delay, sizeof(no_delay));
        auto connection = std::make_unique<Connection>();
        connection->client = client;
        connection->server = listener.endpoint;
        connection->transport = transport_of(listener.use);
        connection->active = connection->message_since = now_;
        connection->stream = listener.tls ? listener.tls->accept(socket.get())
                                          : sys::make_plain_stream(socket.get());
        connection->socket = std::move(socket);
        ++per_client_[client.address];
        ServerCounters::add(counters_.connections);
        const int fd = connection->socket.get();
        Connection& placed = *(connections_[fd] = std::move(connection));
        if (!placed.stream)
            drop(placed);
        else
            serve(placed);  // the first query often comes with the handshake
    }
}

bool StreamWorker::admit(const Endpoint& client) {
    if (connections_.size() >= limits_.connections) return false;
    const auto known = per_client_.find(client.address);
    return known == per_client_.end() || known->second < limits_.connections_per_client;
}

ByteView StreamWorker::answer(ByteView query, Transport transport,
                              const Endpoint& client) noexcept {
    const QueryContext context{
        transport == Transport::Tcp ? Channel::Stream : Channel::EncryptedStream, client.address,
        static_cast<std::uint32_t>(now_.whole_seconds())};
    const AnswerOutcome outcome = responder_.answer(query, context, *snapshot_, answer_buffer_);
    ServerCounters::add(counters_.queries);
    ServerCounters::add(outcome.bytes != 0 ? counters_.answers : counters_.dropped);
    if (outcome.bytes != 0)
        ServerCounters::add(counters_.rcodes[outcome.rcode <= 16 ? outcome.rcode : 15]);
    const ByteView response(answer_buffer_.data(), outcome.bytes);
    if (observer_ != nullptr) {
        Exchange exchange;
        exchange.received = now_;
        exchange.answered = outcome.bytes != 0 ? now_ : kNever;
        exchange.client = client;
        exchange.server = served_->server;
        exchange.transport = transport;
        exchange.query = query;
        exchange.response = response;
        exchange.parsed = &responder_.query();
        exchange.outcome = outcome;
        observer_->observe(exchange);
    }
    return response;
}

std::unique_ptr<ZoneTransfer> StreamWorker::transfer(const Endpoint& client) {
    const std::uint16_t type = responder_.query().type;
    if (type != rr::kAxfr && type != rr::kIxfr) return nullptr;
    const QueryContext context{Channel::Stream, client.address,
                               static_cast<std::uint32_t>(now_.whole_seconds())};
    return responder_.transfer(context, *snapshot_);
}

void StreamWorker::serve(Connection& connection) {
    served_ = &connection;
    if (!flush(connection)) return drop(connection);
    // TLS gives one record at a time: all that the socket gave is read, and answered by one write.
    for (int i = 0; i < kReadsPerRound && connection.may_read(); ++i) {
        connection.received = false;
        if (!read_some(connection)) {
            (void)flush(connection);
            return drop(connection);
        }
        if (!connection.received || !connection.stream->has_buffered()) break;
        // Over HTTPS a record of questions gets a record of answers: dnsperf, for one, takes only
        // the first answer of a record.
        if (connection.transport == Transport::Doh && !flush(connection)) return drop(connection);
    }
    if (!flush(connection)) return drop(connection);
    watch(connection);
}

// False when the connection is over.
bool StreamWorker::read_some(Connection& connection) {
    const sys::IoResult got = connection.stream->read(read_buffer_);
    connection.read_wants_write = got.status == sys::IoStatus::WantWrite;
    if (got.status == sys::IoStatus::Closed) return false;
    if (got.status != sys::IoStatus::Done) return true;
    connection.received = true;
    if (!connection.session) start_session(connection);
    connection.active = now_;
    const std::uint64_t messages_before = counters_.queries.load(std::memory_order_relaxed);
    const bool fine =
        connection.session->receive(ByteView(read_buffer_).first(got.bytes), connection.out);
    const bool ended_one = counters_.queries.load(std::memory_order_relaxed) != messages_before;
    if (!connection.session->in_message())
        connection.message_since = kNever;
    else if (ended_one || !connection.message_since.known())
        connection.message_since = now_;  // of the one that has begun since
    return fine;
}

// TLS has said by now what is spoken; a client without ALPN speaks the older protocol.
void StreamWorker::start_session(Connection& connection) {
    if (connection.transport != Transport::Doh) {
        connection.session = make_dns_session(*this, connection.transport, connection.client);
    } else if (connection.stream->protocol() == "h2") {
        connection.session = make_http2_session(*this, connection.client);
    } else {
        connection.session = make_http1_session(*this, connection.client);
    }
}

// Sends what waits, and what transfers add to it, until the client's window is full or it is the
// others' turn.
bool StreamWorker::flush(Connection& connection) {
    for (int i = 0; i < kProducedPerRound; ++i) {
        if (!write_out(connection)) return false;
        if (connection.waiting() != 0 || !connection.session ||
            !connection.session->produce(connection.out))
            break;
    }
    if (connection.waiting() == 0 && connection.session && connection.session->is_over())
        return false;
    if (connection.session && !connection.session->in_message())
        connection.message_since = kNever;  // what waited behind a transfer has been taken
    return true;
}

bool StreamWorker::write_out(Connection& connection) {
    connection.write_wants_read = false;
    while (connection.waiting() != 0) {
        const sys::IoResult sent =
            connection.stream->write(ByteView(connection.out).subspan(connection.out_sent));
        if (sent.status == sys::IoStatus::Closed) return false;
        connection.write_wants_read = sent.status == sys::IoStatus::WantRead;
        if (sent.status != sys::IoStatus::Done) return true;
        connection.out_sent += sent.bytes;
        connection.active = now_;
    }
    connection.out.clear();
    connection.out_sent = 0;
    return true;
}

void StreamWorker::watch(Connection& connection) {
    std::uint32_t wanted = 0;
    // Records that lie in TLS are told by no readable socket; one that takes bytes comes back.
    if (connection.received && connection.stream->has_buffered()) wanted |= EPOLLOUT;
    if (connection.may_read() || connection.write_wants_read) wanted |= EPOLLIN;
    if ((connection.waiting() != 0 && !connection.write_wants_read) || connection.read_wants_write)
        wanted |= EPOLLOUT;
    if (wanted == connection.watched) return;
    epoll_event event{};
    event.events = wanted;
    event.data.fd = connection.socket.get();
    const int operation = connection.watched == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    connection.watched = wanted;
    if (epoll_ctl(epoll_.get(), operation, connection.socket.get(), &event) != 0) drop(connection);
}

void StreamWorker::drop(Connection& connection) {
    if (connection.stream) connection.stream->close();
    const auto client = per_client_.find(connection.client.address);
    if (client != per_client_.end() && --client->second == 0) per_client_.erase(client);
    connections_.erase(connection.socket.get());
}

void StreamWorker::drop_late(Timestamp now) {
    std::vector<Connection*> late;
    const Duration idle = Duration::seconds(limits_.idle_seconds);
    for (const auto& [fd, connection] : connections_) {
        const bool stalled = connection->waiting() != 0 || connection->message_since.known();
        const Timestamp since =
            connection->message_since.known() ? connection->message_since : connection->active;
        const Duration silence = leaving_ == Ending::Last         ? kLastSilence
                                 : leaving_ == Ending::HandedOver ? kHandedOverSilence
                                                                  : idle;
        const Duration allowed = stalled ? Duration::seconds(limits_.message_seconds) : silence;
        if (now - since > allowed) late.push_back(connection.get());
    }
    for (Connection* connection : late)
        drop(*connection);
}

}  // namespace vedette::dnsd
