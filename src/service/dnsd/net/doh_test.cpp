// DNS over HTTPS without sockets: requests, sessions of HTTP/1.1 and HTTP/2, and both with every
// prefix and every changed bit, in heap copies of exact size.
#include <gtest/gtest.h>

#include <charconv>

#include "service/dnsd/answer/test_zone.hpp"
#include "service/dnsd/net/doh_request.hpp"
#include "service/dnsd/net/session.hpp"

namespace vedette::dnsd {
namespace {

using Bytes = std::vector<std::uint8_t>;

class Answerer final : public StreamAnswerer {
  public:
    ByteView answer(ByteView query, Transport, const Endpoint&) noexcept override {
        ++asked;
        QueryContext context;
        context.channel = Channel::EncryptedStream;
        return {out_.data(), responder_.answer(query, context, snapshot_, out_).bytes};
    }
    std::unique_ptr<ZoneTransfer> transfer(const Endpoint&) override { return nullptr; }
    std::uint64_t now() const noexcept override { return 1'700'000'000; }
    int asked = 0;

  private:
    Snapshot snapshot_ = test::snapshot(test::kZoneText);
    Responder responder_;
    Bytes out_ = Bytes(65'535);
};

const Bytes& query() {
    static const Bytes message = test::Ask{"fromage.fr."}.message();
    return message;
}

std::string post(std::string_view more = "", std::string_view path = kDohPath) {
    return "POST " + std::string(path) +
           " HTTP/1.1\r\nHost: a\r\nContent-Type: application/dns-message\r\n" + std::string(more) +
           "Content-Length: " + std::to_string(query().size()) + "\r\n\r\n" +
           std::string(as_text(query()));
}

struct Conversation {
    std::string out;
    bool open = true;
    int asked = 0;
    bool in_message = false;
};

using MakeSession = std::unique_ptr<Session> (*)(StreamAnswerer&, const Endpoint&);

Conversation converse(MakeSession make, std::string_view bytes, std::size_t piece = SIZE_MAX) {
    static Answerer answerer;
    answerer.asked = 0;
    const auto session = make(answerer, {});
    Bytes out;
    Conversation done;
    while (!bytes.empty() && done.open) {
        const ByteView part = as_bytes(bytes.substr(0, piece));
        const Bytes exact(part.begin(), part.end());
        done.open = session->receive(exact, out);
        bytes.remove_prefix(part.size());
    }
    done.out = as_text(out);
    done.asked = answerer.asked;
    done.in_message = session->in_message();
    return done;
}

Conversation http1(std::string_view bytes, std::size_t piece = SIZE_MAX) {
    return converse(&make_http1_session, bytes, piece);
}

int status_of(const std::string& out) {
    int status = 0;
    if (out.starts_with("HTTP/1.1 ")) std::from_chars(out.data() + 9, out.data() + 12, status);
    return status;
}

TEST(DohRequest, Base64urlOfRfc4648) {
    Bytes out;
    EXPECT_TRUE(decode_base64url("AAEC_-8", out));
    EXPECT_EQ(out, (Bytes{0, 1, 2, 255, 239}));
    EXPECT_TRUE(decode_base64url("", out));
    EXPECT_TRUE(out.empty());
    EXPECT_TRUE(decode_base64url("AA==", out)) << "clients pad";
    for (const std::string_view wrong : {"A", "AAAAA", "A+A/", "A A", "AA=A"})
        EXPECT_FALSE(decode_base64url(wrong, out)) << wrong;
}

TEST(DohHttp1, GetAndPost) {
    const Conversation posted = http1(post());
    EXPECT_EQ(status_of(posted.out), 200);
    EXPECT_TRUE(posted.out.contains("content-type: application/dns-message\r\n"));
    EXPECT_TRUE(posted.out.contains("cache-control: max-age=300\r\n")) << "RFC 8484 5.1";
    EXPECT_TRUE(posted.open);
    const Conversation got = http1(
        "GET /dns-query?a=b&dns=AAABAAABAAAAAAAAB2Zyb21hZ2UCZnIAAAEAAQ HTTP/1.1\r\nhost: "
        "a\r\n\r\n");
    EXPECT_EQ(status_of(got.out), 200);
    EXPECT_EQ(got.asked, 1);
}

TEST(DohHttp1, StatusesOfWhatIsWrong) {
    const std::string host = " HTTP/1.1\r\nhost: a\r\n";
    const std::string dns = "content-type: application/dns-message\r\n";
    struct Row {
        int status;
        std::string request;
    };
    for (const Row& row : std::vector<Row>{
             {404, "GET /" + host + "\r\n"},
             {404, post("", "/dns-query/x")},
             {405, "HEAD /dns-query" + host + "\r\n"},
             {400, "GET /dns-query" + host + "\r\n"},
             {400, "GET /dns-query?dns=" + host + "\r\n"},
             {400, "GET /dns-query?dns=*" + host + "\r\n"},
             {400, "GET /dns-query?dns=AAAA" + host + "\r\n"},
             {400, "GET /dns-query?dns=AAABAAABAAAAAAAAB2Zyb21hZ2UCZnIAAAEAAQ HTTP/1.1\r\n\r\n"},
             {200, "GET /dns-query?dns=AAABAAABAAAAAAAAB2Zyb21hZ2UCZnIAAAEAAQ HTTP/1.0\r\n\r\n"},
             {400, "GET\r\n\r\n"},
             {400, "GET /dns-query HTTP/2.0\r\n\r\n"},
             {400, "GET /dns-query" + host + "no colon\r\n\r\n"},
             {400, "POST /dns-query" + host + dns + "content-length: x\r\n\r\n"},
             {400, "POST /dns-query" + host + dns + "content-length: -1\r\n\r\n"},
             {400, "POST /dns-query" + host + dns + "content-length: 0\r\n\r\n"},
             {400,
              "POST /dns-query" + host + dns + "content-length: 1\r\ncontent-length: 2\r\n\r\n"},
             {413, "POST /dns-query" + host + dns + "content-length: 65536\r\n\r\n"},
             {411, "POST /dns-query" + host + dns + "transfer-encoding: chunked\r\n\r\n"},
             {415, "POST /dns-query" + host + "content-length: 1\r\n\r\nx"},
         }) {
        EXPECT_EQ(status_of(http1(row.request).out), row.status) << row.request;
    }
    EXPECT_TRUE(http1("HEAD /dns-query" + host + "\r\n").out.contains("\r\nallow: GET, POST\r\n"))
        << "RFC 9110 15.5.6";
}

TEST(DohHttp1, PipelinesKeepsAliveAndCloses) {
    const Conversation several = http1(post() + post() + post());
    EXPECT_EQ(several.asked, 3);
    EXPECT_TRUE(several.open);
    EXPECT_FALSE(several.in_message);
    EXPECT_FALSE(http1(post("Connection: close\r\n")).open);
    const Conversation after = http1(post("connection: Close\r\n") + post());
    EXPECT_EQ(after.asked, 1) << "nothing is read behind the last request";
}

TEST(DohHttp1, AHeadHasAnEnd) {
    const std::string line = "GET /dns-query?dns=";
    EXPECT_TRUE(http1(line + std::string(kMaxDohPathBytes, 'A')).open);
    EXPECT_FALSE(http1(line + std::string(kMaxDohPathBytes + 9'000, 'A')).open);
    EXPECT_FALSE(http1(line + std::string(kMaxDohPathBytes + 9'000, 'A') + "\r\n\r\n").open);
}

TEST(DohHttp1, EveryPrefixTornAnywhereAndEveryChangedBit) {
    const std::string whole = post() + post();
    const std::string expected = http1(whole).out;
    for (std::size_t piece = 1; piece < whole.size(); ++piece)
        ASSERT_EQ(http1(whole, piece).out, expected) << piece;
    const std::string one = post();
    for (std::size_t length = 0; length < one.size(); ++length) {
        const Conversation cut = http1(one.substr(0, length));
        EXPECT_EQ(cut.out, "") << length;
        EXPECT_EQ(cut.in_message, length != 0);
    }
    for (std::size_t bit = 0; bit < one.size() * 8; ++bit) {
        std::string changed = one;
        changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
        const Conversation done = http1(changed);
        EXPECT_TRUE(done.out.empty() || status_of(done.out) != 0) << bit;
    }
}

constexpr std::string_view kPreface{"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", 33};

std::string frame(std::uint8_t kind, std::uint8_t flags, std::uint8_t stream,
                  std::string_view payload) {
    const auto size = payload.size();
    std::string out{static_cast<char>(size >> 16U), static_cast<char>(size >> 8U),
                    static_cast<char>(size), static_cast<char>(kind), static_cast<char>(flags)};
    out.append({'\0', '\0', '\0', static_cast<char>(stream)});
    return out.append(payload);
}

/// Fields without indexing or compression (RFC 7541 6.2.2).
std::string fields(std::initializer_list<std::pair<std::string_view, std::string_view>> all) {
    std::string out;
    for (const auto& [name, value] : all) {
        out += '\0';
        out += static_cast<char>(name.size());
        out += name;
        out += static_cast<char>(value.size());
        out += value;
    }
    return out;
}

std::string http2_post(std::uint8_t stream, std::string_view method = "POST") {
    return frame(1, 4, stream,
                 fields({{":method", method},
                         {":scheme", "https"},
                         {":path", "/dns-query"},
                         {":authority", "a"},
                         {"content-type", "application/dns-message"}})) +
           frame(0, 1, stream, as_text(query()));
}

/// The payload of every DATA frame; a frame that is not whole fails.
std::vector<std::string> data_frames(std::string_view out) {
    std::vector<std::string> data;
    wire::Reader reader(as_bytes(out));
    while (!reader.at_end()) {
        const std::uint32_t length = std::uint32_t{reader.u8()} << 16U | reader.u16();
        const std::uint8_t kind = reader.u8();
        reader.skip(5);
        const ByteView payload = reader.bytes(length);
        EXPECT_TRUE(reader.ok());
        if (!reader.ok()) break;
        EXPECT_LE(kind, 9);
        if (kind == 0 && !payload.empty()) data.emplace_back(as_text(payload));
    }
    return data;
}

Conversation http2(const std::string& frames, std::size_t piece = SIZE_MAX) {
    return converse(&make_http2_session, std::string(kPreface) + frames, piece);
}

TEST(DohHttp2, AnswersEveryStream) {
    const Conversation done = http2(http2_post(1) + http2_post(3) + http2_post(5));
    EXPECT_TRUE(done.open);
    EXPECT_EQ(done.asked, 3);
    EXPECT_FALSE(done.in_message);
    EXPECT_EQ(data_frames(done.out).size(), 3U);
}

TEST(DohHttp2, AnotherMethodIsNotAllowed) {
    const Conversation done = http2(http2_post(1, "PUT"));
    EXPECT_EQ(done.asked, 0);
    EXPECT_TRUE(data_frames(done.out).empty());
    EXPECT_TRUE(done.open) << "other streams go on";
}

TEST(DohHttp2, AMessageThatIsTooLargeIsRefused) {
    std::string frames = frame(1, 4, 1,
                               fields({{":method", "POST"},
                                       {":scheme", "https"},
                                       {":path", "/dns-query"},
                                       {":authority", "a"},
                                       {"content-type", "application/dns-message"}}));
    for (int i = 0; i < 5; ++i)
        frames += frame(0, i == 4 ? 1 : 0, 1, std::string(16'000, 'x'));
    const Conversation done = http2(frames);
    EXPECT_EQ(done.asked, 0);
    EXPECT_TRUE(data_frames(done.out).empty());
}

TEST(DohHttp2, EveryPrefixTornAnywhereAndEveryChangedBit) {
    const std::string whole = http2_post(1);
    for (std::size_t piece = 1; piece < whole.size(); piece += 3)
        EXPECT_EQ(data_frames(http2(whole, piece).out).size(), 1U) << piece;
    for (std::size_t length = 0; length < whole.size(); ++length)
        EXPECT_TRUE(data_frames(http2(whole.substr(0, length)).out).empty()) << length;
    for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
        std::string changed = whole;
        changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
        (void)data_frames(http2(changed).out);
    }
}

}  // namespace
}  // namespace vedette::dnsd
