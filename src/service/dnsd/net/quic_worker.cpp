#include "service/dnsd/net/quic_worker.hpp"

#include <poll.h>
#include <sys/random.h>

#include <algorithm>
#include <ctime>

#include "sys/net/addressed_datagram.hpp"

namespace vedette::dnsd {
namespace {

constexpr std::size_t kPacketBytes = 65'536;
constexpr std::size_t kMaxAnswerBytes = 65'535;
constexpr int kPacketsPerRound = 64;  // so that timers are not late
// RFC 9000 10.3: anything shorter cannot be for a connection; ngtcp2 takes no empty packet.
constexpr std::size_t kLeastPacket = 21;
constexpr int kWaitMillis = 200;
// Of all connections, and of those of a client: as many may begin before the address is proved.
// More are asked for a token first, so forged addresses take no more than that (RFC
// 9000 8.1.2, 21.3).
constexpr std::uint32_t kUnprovedPart = 16;
constexpr std::uint32_t kUnprovedPartOfClient = 4;
constexpr QuicTime kTimerStep = 2'000'000;  // nanoseconds; finer timers are not looked at
constexpr QuicTime kSecond = 1'000'000'000;
// As of streams: who says nothing for so long after another process has taken over has finished.
constexpr QuicTime kHandedOverSilence = 2 * kSecond;

QuicTime monotonic_now() noexcept {
    timespec now{};
    (void)::clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<QuicTime>(now.tv_sec) * 1'000'000'000U + static_cast<QuicTime>(now.tv_nsec);
}

sys::SocketAddress kernel_form(const Endpoint& endpoint) noexcept {
    sys::SocketAddress address;
    address.length = to_socket_address(endpoint, address.storage);
    return address;
}

}  // namespace

QuicWorker::QuicWorker(std::vector<sys::Descriptor> sockets,
                       std::shared_ptr<QuicCredentials> credentials, const Limits& limits,
                       SnapshotCell& snapshots, ExchangeObserver* observer)
    : sockets_(std::move(sockets)),
      credentials_(std::move(credentials)),
      limits_(limits),
      snapshots_(snapshots),
      answerer_({}, observer),
      answer_buffer_(kMaxAnswerBytes) {
    // Without randomness a restart would only be noticed by the clients' own timers.
    (void)!::getrandom(reset_secret_.data(), reset_secret_.size(), 0);
    (void)!::getrandom(token_secret_.data(), token_secret_.size(), 0);
}

QuicWorker::~QuicWorker() {
    stop(Ending::Last);
    join();
}

Result<sys::Descriptor> QuicWorker::make_relay() {
    auto made = QuicRelay::make();
    if (!made) return std::unexpected(std::move(made.error()));
    successor_ = std::move(made->first);
    return std::move(made->second);
}

void QuicWorker::start() {
    thread_ = std::thread([this] { run(); });
}

void QuicWorker::join() {
    if (thread_.joinable()) thread_.join();
}

void QuicWorker::run() {
    SnapshotCell::Reader reader(snapshots_);
    std::vector<std::uint8_t> packet(std::max(kPacketBytes, QuicRelay::kMessageBytes));
    while (!may_leave()) {
        wait();
        now_ = monotonic_now();
        wall_ = SystemClock().now();
        snapshot_ = &reader.acquire();
        receive_relayed(packet);
        for (std::size_t i = 0; reads_ && i < sockets_.size(); ++i)
            receive_some(i, packet);
        run_timers();
        if (leaving_) close_silent();
        reader.release();
        answerer_.batch_end(wall_);
    }
    for (const auto& [place, known] : connections_) {
        current_ = known.socket;
        known.connection->close(now_);
    }
    connections_.clear();
    predecessor_.close();
    successor_.close();
    stopped_.store(true, std::memory_order_release);
}

void QuicWorker::wait() {
    std::vector<pollfd> waits;
    for (const sys::Descriptor& socket : sockets_)
        waits.push_back({reads_ ? socket.get() : -1, POLLIN, 0});
    waits.push_back({predecessor_.descriptor(), POLLIN, 0});
    waits.push_back({leaving_ ? successor_.descriptor() : -1, POLLIN, 0});
    (void)::poll(waits.data(), waits.size(), connections_.empty() ? kWaitMillis : 5);
}

// Begins to leave when that was asked for.
bool QuicWorker::may_leave() {
    const std::optional<Ending> asked = asked_.load(std::memory_order_acquire);
    if (!asked) return false;
    if (asked == Ending::Last) return true;
    if (!leaving_) {
        if (!reads_) return false;  // the one before says first that the sockets are ours to pass
        if (!successor_.send(QuicRelay::Kind::Yours, {}, {})) return true;
        leaving_ = true;
        reads_ = false;
        leave_by_ = now_ + limits_.handed_over_seconds * kSecond;
    }
    const bool done = connections_.empty() && !predecessor_.open();
    if (!left_ && (done || now_ > leave_by_)) {
        // What the successor has sent until it reads this goes back to it first.
        left_ = true;
        leave_by_ = now_ + kSecond;
        (void)successor_.send(QuicRelay::Kind::Left, {}, {});
    }
    return !successor_.open() || (left_ && now_ > leave_by_);
}

void QuicWorker::receive_relayed(std::span<std::uint8_t> buffer) {
    for (QuicRelay* const relay : {&predecessor_, leaving_ ? &successor_ : nullptr}) {
        for (int i = 0; relay != nullptr && i < kPacketsPerRound; ++i) {
            const auto message = relay->receive(buffer);
            if (!message) break;
            take_relayed(*message);
        }
    }
    if (!predecessor_.open() && !leaving_) reads_ = true;
}

void QuicWorker::take_relayed(const QuicRelay::Message& message) {
    current_ = socket_of(message.path.server);
    switch (message.kind) {
        case QuicRelay::Kind::Yours:
            reads_ = true;
            break;
        case QuicRelay::Kind::Unknown:
            take(message.packet, message.path);
            break;
        case QuicRelay::Kind::NotMine:
            take_unknown(message.packet, message.path);
            break;
        case QuicRelay::Kind::Left:
            predecessor_.finish();
            break;
    }
}

// A packet of no connection, neither here nor in the process before.
void QuicWorker::take_unknown(ByteView packet, const QuicPath& path) {
    if (leaving_)
        (void)successor_.send(QuicRelay::Kind::NotMine, path, packet);
    else
        begin_connection(packet, path);
}

void QuicWorker::close_silent() {
    std::vector<QuicConnection*> silent;
    for (const auto& [place, known] : connections_) {
        if (now_ - known.active > kHandedOverSilence) silent.push_back(known.connection.get());
    }
    for (QuicConnection* connection : silent) {
        current_ = connections_[connection].socket;
        connection->close(now_);
        forget(*connection);
    }
}

std::size_t QuicWorker::socket_of(const Endpoint& server) const noexcept {
    for (std::size_t i = 0; i < sockets_.size(); ++i) {
        const Endpoint place = bound_endpoint(sockets_[i]);
        if (place == server) return i;
        // One that is bound to every address of a family, or of both.
        if (place.port == server.port && place.address.is_unspecified() &&
            (place.address.is_v4() == server.address.is_v4() || !place.address.is_v4()))
            return i;
    }
    return 0;
}

void QuicWorker::receive_some(std::size_t socket, std::span<std::uint8_t> buffer) {
    current_ = socket;
    for (int i = 0; i < kPacketsPerRound; ++i) {
        const auto got = sys::receive_addressed(sockets_[socket], buffer);
        if (!got) return;
        take(buffer.first(got->bytes),
             {from_socket_address(got->from.storage), from_socket_address(got->to.storage)});
    }
}

void QuicWorker::take(ByteView packet, const QuicPath& path) {
    if (packet.size() < kLeastPacket) return ServerCounters::add(answerer_.counters().dropped);
    const QuicId id = quic_destination(packet);
    const auto known = by_id_.find(id);
    if (known == by_id_.end()) {
        if (!predecessor_.send(QuicRelay::Kind::Unknown, path, packet)) take_unknown(packet, path);
        return;
    }
    auto& connection = *static_cast<QuicConnection*>(known->second);
    Known& place = connections_.at(&connection);
    place.active = now_;
    if (!connection.receive(packet, path, now_)) return forget(connection);
    if (!place.proved && connection.proved()) {
        place.proved = true;
        --unproved_;
    }
}

void QuicWorker::begin_connection(ByteView packet, const QuicPath& path) {
    const QuicFirst first = read_quic_first(packet, path, token_secret_, now_);
    if (!first.begins) return send_if_any(quic_refusal(packet, reset_secret_), path);
    if (first.token == QuicFirst::Token::Bad)
        return send_if_any(quic_end(packet, QuicEnd::InvalidToken), path);
    if (!admit(path.client)) {
        ServerCounters::add(answerer_.counters().refused_connections);
        return send_if_any(quic_end(packet, QuicEnd::Refused), path);
    }
    if (first.token == QuicFirst::Token::None && wants_proof(path.client))
        return send_if_any(quic_retry(packet, path, token_secret_, now_), path);
    auto connection = QuicConnection::accept({*this, credentials_.load(), limits_.each}, first,
                                             packet, path, now_);
    if (!connection) return;
    ServerCounters::add(answerer_.counters().connections);
    ++per_client_[path.client.address];
    QuicConnection& placed = *connection;
    const bool proved = placed.proved();
    if (!proved) ++unproved_;
    connections_[&placed] = {std::move(connection), current_, now_, proved};
    if (!placed.receive(packet, path, now_)) forget(placed);
}

bool QuicWorker::admit(const Endpoint& client) const {
    if (connections_.size() >= limits_.connections) return false;
    const auto known = per_client_.find(client.address);
    return known == per_client_.end() || known->second < limits_.connections_per_client;
}

bool QuicWorker::wants_proof(const Endpoint& client) const {
    if (unproved_ >= limits_.connections / kUnprovedPart) return true;
    const auto known = per_client_.find(client.address);
    return known != per_client_.end() &&
           known->second >= limits_.connections_per_client / kUnprovedPartOfClient;
}

void QuicWorker::send_if_any(const std::vector<std::uint8_t>& packet,
                             const QuicPath& path) noexcept {
    if (!packet.empty()) send(packet, path);
}

void QuicWorker::forget(QuicConnection& connection) {
    const auto client = per_client_.find(connection.path().client.address);
    if (client != per_client_.end() && --client->second == 0) per_client_.erase(client);
    const auto known = connections_.find(&connection);
    if (!known->second.proved) --unproved_;
    connections_.erase(known);
}

void QuicWorker::run_timers() {
    if (now_ - timers_run_ < kTimerStep) return;
    timers_run_ = now_;
    std::vector<QuicConnection*> over;
    for (const auto& [place, known] : connections_) {
        current_ = known.socket;
        if (known.connection->expiry() <= now_ && !known.connection->expire(now_))
            over.push_back(known.connection.get());
    }
    for (QuicConnection* connection : over)
        forget(*connection);
}

ByteView QuicWorker::answer(ByteView query, const QuicPath& path) noexcept {
    const std::size_t bytes = answerer_.answer(
        query, {path.client, path.server, wall_, Transport::Doq}, *snapshot_, answer_buffer_);
    ServerCounters& counters = answerer_.counters();
    ServerCounters::add(counters.queries);
    if (bytes != 0) ServerCounters::add(counters.answers);
    return ByteView(answer_buffer_).first(bytes);
}

void QuicWorker::send(ByteView packet, const QuicPath& path) noexcept {
    if (!sys::send_addressed(sockets_[current_], packet, kernel_form(path.server),
                             kernel_form(path.client)))
        ServerCounters::add(answerer_.counters().send_failures);
}

}  // namespace vedette::dnsd
