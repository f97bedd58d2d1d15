// Datagrams from anywhere for a name server that speaks QUIC, before and after a connection has
// begun. The first octet says how the rest is cut into datagrams, and whether they follow a real
// client's first one. However they look: no answer without a packet, never more than three times
// what came (RFC 9000 8.1), and every identifier that was given out is taken back.
#include <cstdlib>
#include <set>

#include "service/dnsd/net/testing/quic_test_client.hpp"

namespace {

using namespace vedette;
using dnsd::QuicConnection;
using dnsd::QuicFirst;

constexpr dnsd::QuicTime kNow = 1'000'000'000'000;
constexpr dnsd::QuicTime kStep = 300'000'000;
constexpr std::size_t kLeastPacket = 21;

void check(bool fine) {
    if (!fine) std::abort();
}

const dnsd::QuicPath& path() {
    static const dnsd::QuicPath kPath{{*IpAddress::parse("192.0.2.1"), 4'000},
                                      {*IpAddress::parse("192.0.2.2"), 853}};
    return kPath;
}

class Host final : public dnsd::QuicHost {
  public:
    ~Host() override {
        if (connection_) connection_->close(now_);
        connection_.reset();
        check(ids_.empty() && sent_ <= 3 * got_);
    }
    ByteView answer(ByteView query, const dnsd::QuicPath&) noexcept override { return query; }
    void send(ByteView packet, const dnsd::QuicPath&) noexcept override {
        check(!packet.empty());
        sent_ += packet.size();
        check(sent_ <= 3 * got_);
    }
    void id_added(const dnsd::QuicId& id, void*) override { ids_.insert(id); }
    void id_removed(const dnsd::QuicId& id) override { ids_.erase(id); }
    ByteView reset_secret() const noexcept override { return secret_; }

    // As the worker does it.
    void take(ByteView bytes) {
        const std::vector<std::uint8_t> packet(bytes.begin(), bytes.end());
        if (packet.size() < kLeastPacket) return;
        got_ += packet.size();
        now_ += kStep;
        const dnsd::QuicId id = dnsd::quic_destination(packet);
        if (connection_ && (connection_->expiry() > now_ || connection_->expire(now_))) {
            if (ids_.contains(id) && !connection_->receive(packet, path(), now_))
                connection_.reset();
            return;
        }
        connection_.reset();
        const QuicFirst first = dnsd::read_quic_first(packet, path(), secret_, now_);
        if (!first.begins) return check_small(dnsd::quic_refusal(packet, secret_), packet);
        check(packet.size() >= 1'200 && first.token != QuicFirst::Token::Good);
        check_small(dnsd::quic_retry(packet, path(), secret_, now_), packet);
        check_small(dnsd::quic_end(packet, dnsd::QuicEnd::Refused), packet);
        static const auto credentials = dnsd::test::make_quic_credentials();
        connection_ = QuicConnection::accept({*this, credentials, {}}, first, packet, path(), now_);
        if (connection_ && !connection_->receive(packet, path(), now_)) connection_.reset();
    }

  private:
    static void check_small(ByteView answer, ByteView packet) {
        check(answer.size() < packet.size() || answer.empty());
    }

    const std::vector<std::uint8_t> secret_ = std::vector<std::uint8_t>(32, 7);
    std::multiset<dnsd::QuicId> ids_;
    std::unique_ptr<QuicConnection> connection_;
    dnsd::QuicTime now_ = kNow;
    std::size_t sent_ = 0;
    std::size_t got_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    Host host;
    ByteView rest(data + 1, size - 1);
    if ((data[0] & 1U) != 0) {
        static const auto first = [] {
            const auto client = dnsd::test::QuicTestClient::make(path(), kNow);
            return client->packets(kNow).at(0);
        }();
        auto packet = first;
        // Some of it as the input says.
        for (std::size_t i = 0; i < std::min<std::size_t>(rest.size(), data[0] >> 5U); ++i)
            packet[rest[i] * std::size_t{4}] ^= rest[i];
        host.take(packet);
    }
    const std::size_t piece = (data[0] & 2U) != 0 ? 1'200 : 64U + (data[0] >> 2U);
    while (!rest.empty()) {
        std::vector<std::uint8_t> packet(
            rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(std::min(piece, rest.size())));
        rest = rest.subspan(packet.size());
        if ((data[0] & 4U) != 0) packet.resize(std::max<std::size_t>(packet.size(), 1'200));
        host.take(packet);
    }
    return 0;
}
