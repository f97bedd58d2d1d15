#include "service/guard/opinions/opinion_resolver.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "sys/net/endpoint_socket.hpp"
#include "sys/net/sockets.hpp"
#include "wire/dns/message.hpp"

namespace vedette::service {
namespace {

namespace dns = wire::dns;
using Bytes = std::vector<std::uint8_t>;
using SteadyClock = std::chrono::steady_clock;

constexpr std::uint16_t kDnsPort = 53;
constexpr std::uint16_t kTlsPort = 853;  // RFC 7858 3.1
constexpr std::size_t kLargestDatagram = 4'096;
/// What a datagram may bring without fragments (DNS flag day 2020).
constexpr std::array<std::uint8_t, 11> kEdns{0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, 0, 0};
/// How often a wait looks whether it should end.
constexpr Duration kSlice = Duration::millis(100);

class Deadline {
  public:
    explicit Deadline(const OpinionAsk& ask)
        : ask_(ask), end_(SteadyClock::now() + std::chrono::nanoseconds(ask.patience.nanos)) {}
    [[nodiscard]] bool over() const {
        return (ask_.stop != nullptr && ask_.stop->load()) || SteadyClock::now() >= end_;
    }
    /// False when there is no more time.
    [[nodiscard]] bool wait(int socket, sys::Ready what) const {
        while (!over()) {
            if (sys::wait_for(socket, what, kSlice)) return true;
        }
        return false;
    }

  private:
    const OpinionAsk& ask_;
    SteadyClock::time_point end_;
};

std::unexpected<Error> silent(const OpinionAsk& ask) {
    return fail(ErrorKind::Unavailable,
                fmt::format("{} did not answer", ask.resolver.endpoint.to_text()));
}

/// Whether `answer` belongs to `query`.
bool fits(ByteView answer, ByteView query) {
    if (answer.size() < dns::kHeaderBytes || !std::ranges::equal(answer.first(2), query.first(2)))
        return false;
    const auto said = dns::MessageView::inspect(answer);
    const auto asked = dns::MessageView::inspect(query);
    return said.header().is_response() && said.question_type() == asked.question_type() &&
           dns::equal_names(said.question_name(), asked.question_name());
}

Result<Bytes> ask_datagram(const OpinionAsk& ask, ByteView query, const Deadline& deadline) {
    sys::SocketAddress address;
    address.length = to_socket_address(ask.resolver.endpoint, address.storage);
    auto socket = sys::connect_datagram(address, ask.resolver.endpoint.to_text());
    if (!socket) return std::unexpected(std::move(socket).error());
    const int fd = socket->get();
    // What cannot be sent now is not answered either.
    (void)::send(fd, query.data(), query.size(), MSG_NOSIGNAL);
    Bytes buffer(kLargestDatagram);
    while (deadline.wait(fd, sys::Ready::Readable)) {
        const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), 0);
        if (got < 0 && errno != EAGAIN && errno != EINTR) break;  // nobody listens there
        if (got < 0) continue;
        const ByteView answer = ByteView(buffer).first(static_cast<std::size_t>(got));
        if (fits(answer, query)) return Bytes(answer.begin(), answer.end());
    }
    return silent(ask);
}

/// Moves all of `bytes`; false when the stream ends or time is over. `move` reads or writes.
template <typename Move>
bool move_all(sys::Stream& stream, int fd, std::span<std::uint8_t> bytes, const Deadline& deadline,
              Move move) {
    while (!bytes.empty()) {
        const sys::IoResult result = move(stream, bytes);
        if (result.status == sys::IoStatus::Closed) return false;
        if (result.status == sys::IoStatus::Done) {
            bytes = bytes.subspan(result.bytes);
            continue;
        }
        const auto what =
            result.status == sys::IoStatus::WantRead ? sys::Ready::Readable : sys::Ready::Writable;
        if (!deadline.wait(fd, what)) return false;
    }
    return true;
}

/// RFC 1035 4.2.2, RFC 7858 3.3: two bytes of length before each message.
Result<Bytes> ask_stream(const OpinionAsk& ask, ByteView query, const Deadline& deadline) {
    const OpinionResolver& resolver = ask.resolver;
    const std::string host = resolver.endpoint.address.to_text();
    auto socket = sys::connect_tcp({host, resolver.endpoint.port}, ask.patience);
    if (!socket) return std::unexpected(std::move(socket).error());
    const int fd = socket->get();
    const auto stream = resolver.tls
                            ? ask.tls->connect(fd, resolver.name.empty() ? host : resolver.name)
                            : sys::make_plain_stream(fd);
    Bytes framed{static_cast<std::uint8_t>(query.size() >> 8U),
                 static_cast<std::uint8_t>(query.size())};
    framed.insert(framed.end(), query.begin(), query.end());
    const auto write = [](sys::Stream& to, std::span<std::uint8_t> bytes) {
        return to.write(bytes);
    };
    const auto read = [](sys::Stream& from, std::span<std::uint8_t> bytes) {
        return from.read(bytes);
    };
    std::array<std::uint8_t, 2> length{};
    if (!move_all(*stream, fd, framed, deadline, write) ||
        !move_all(*stream, fd, length, deadline, read)) {
        const std::string why = stream->failure();
        if (why.empty()) return silent(ask);
        return fail(ErrorKind::Unavailable, fmt::format("{}: {}", host, why));
    }
    Bytes answer(static_cast<std::size_t>(length[0] << 8U | length[1]));
    if (!move_all(*stream, fd, answer, deadline, read) || !fits(answer, query)) return silent(ask);
    return answer;
}

}  // namespace

std::optional<OpinionResolver> OpinionResolver::parse(std::string_view text) {
    OpinionResolver resolver;
    if (text.starts_with("tls://")) {
        resolver.tls = true;
        text.remove_prefix(6);
        if (const std::size_t hash = text.find('#'); hash != text.npos) {
            resolver.name = text.substr(hash + 1);
            if (resolver.name.empty()) return std::nullopt;
            text = text.substr(0, hash);
        }
    }
    const auto endpoint = Endpoint::parse(text, resolver.tls ? kTlsPort : kDnsPort);
    if (!endpoint || endpoint->port == 0) return std::nullopt;
    resolver.endpoint = *endpoint;
    return resolver;
}

std::vector<std::uint8_t> opinion_query(ByteView qname, std::uint16_t qtype, std::uint16_t id) {
    const auto high = [](std::uint16_t value) { return static_cast<std::uint8_t>(value >> 8U); };
    const auto low = [](std::uint16_t value) { return static_cast<std::uint8_t>(value); };
    // id, RD, one question, one additional record
    Bytes query{high(id), low(id), 0x01, 0, 0, 1, 0, 0, 0, 0, 0, 1};
    query.insert(query.end(), qname.begin(), qname.end());
    query.insert(query.end(), {high(qtype), low(qtype), 0, 1});
    query.insert(query.end(), kEdns.begin(), kEdns.end());
    return query;
}

Result<std::vector<std::uint8_t>> ask_resolver(const OpinionAsk& ask, ByteView query) {
    const Deadline deadline(ask);
    if (ask.resolver.tls) return ask_stream(ask, query, deadline);
    auto answer = ask_datagram(ask, query, deadline);
    if (!answer) return answer;
    const bool cut = (dns::MessageView::inspect(ByteView(*answer)).header().flags & dns::kFlagTc);
    return cut ? ask_stream(ask, query, deadline) : std::move(answer);
}

}  // namespace vedette::service
