// Bytes from anywhere on a connection: DNS with length prefixes, DNS over HTTP/1.1 and over HTTP/2.
// The first octet chooses what is spoken and how the bytes are torn; what comes back is well
// formed, and for the first two the same however the bytes were torn.
#include <cstdlib>
#include <cstring>

#include "service/dnsd/answer/test_zone.hpp"
#include "service/dnsd/net/doh_request.hpp"
#include "service/dnsd/net/session.hpp"

namespace {

using namespace vedette;

constexpr std::uint64_t kNow = 1'700'000'000;
constexpr std::size_t kMaxOut = std::size_t{1} << 26U;
constexpr std::string_view kPreface{"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", 33};

class Answerer final : public dnsd::StreamAnswerer {
  public:
    ByteView answer(ByteView query, Transport, const dnsd::Endpoint&) noexcept override {
        static const dnsd::Snapshot snapshot = dnsd::test::snapshot(dnsd::test::zone_text());
        static std::vector<std::uint8_t> out(65'535);
        dnsd::QueryContext context;
        context.channel = dnsd::Channel::EncryptedStream;
        return {out.data(), responder_.answer(query, context, snapshot, out).bytes};
    }
    std::unique_ptr<dnsd::ZoneTransfer> transfer(const dnsd::Endpoint&) override { return nullptr; }
    std::uint64_t now() const noexcept override { return kNow; }

  private:
    dnsd::Responder responder_;
};

enum class Spoken : std::uint8_t { Dns, Http1, Http2 };

std::unique_ptr<dnsd::Session> make(Spoken spoken, Answerer& answerer) {
    switch (spoken) {
        case Spoken::Dns:
            return dnsd::make_dns_session(answerer, Transport::Tcp, {});
        case Spoken::Http1:
            return dnsd::make_http1_session(answerer, {});
        case Spoken::Http2:
            return dnsd::make_http2_session(answerer, {});
    }
    std::abort();
}

/// As a client that reads everything.
bool take_what_waits(dnsd::Session& session, std::vector<std::uint8_t>& out) {
    for (std::vector<std::uint8_t> more; session.produce(more); more.clear())
        out.insert(out.end(), more.begin(), more.end());
    if (session.holds_back()) std::abort();
    return !session.is_over();
}

/// Feeds `bytes` in pieces of exact size on the heap; what came back.
std::vector<std::uint8_t> converse(Spoken spoken, ByteView bytes, std::size_t piece) {
    Answerer answerer;
    const auto session = make(spoken, answerer);
    std::vector<std::uint8_t> out;
    bool open = spoken != Spoken::Http2 || session->receive(as_bytes(kPreface), out);
    while (open && !bytes.empty()) {
        const ByteView part = bytes.first(std::min(piece, bytes.size()));
        const std::vector<std::uint8_t> exact(part.begin(), part.end());
        open = session->receive(exact, out);
        open = take_what_waits(*session, out) && open;
        bytes = bytes.subspan(part.size());
        if (out.size() > kMaxOut) std::abort();
    }
    (void)session->in_message();
    return out;
}

void check_dns(ByteView out) {
    wire::Reader reader(out);
    while (!reader.at_end()) {
        const ByteView message = reader.bytes(reader.u16());
        if (!reader.ok()) std::abort();
        const auto view = wire::dns::MessageView::inspect(message);
        if (!dnsd::test::is_sound(view) || !view.header().is_response()) std::abort();
    }
}

void check_http2(ByteView out) {
    wire::Reader reader(out);
    while (!reader.at_end()) {
        const std::uint32_t length = std::uint32_t{reader.u8()} << 16U | reader.u16();
        if (reader.u8() > 9) std::abort();  // DATA to CONTINUATION (RFC 9113 6)
        reader.skip(5 + length);
        if (!reader.ok()) std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const auto spoken = static_cast<Spoken>(data[0] % 3);
    const std::size_t piece = std::size_t{data[0]} / 3 % 16 * 7 + 1;
    const ByteView bytes(data + 1, size - 1);
    const auto whole = converse(spoken, bytes, SIZE_MAX);
    const auto torn = converse(spoken, bytes, piece);
    if (spoken == Spoken::Http2) {
        check_http2(whole);
        check_http2(torn);
        return 0;
    }
    if (whole != torn) std::abort();
    if (spoken == Spoken::Dns) check_dns(whole);
    if (spoken == Spoken::Http1 && !whole.empty() && !as_text(whole).starts_with("HTTP/1.1 "))
        std::abort();
    return 0;
}
