// What one connection may make the server hold and do, however it asks: sessions without sockets.
#include <gtest/gtest.h>

#include "service/dnsd/net/doh_request.hpp"
#include "service/dnsd/net/session.hpp"

namespace vedette::dnsd {
namespace {

using Bytes = std::vector<std::uint8_t>;

/// Every answer is as large as can be.
class LargeAnswers final : public StreamAnswerer {
  public:
    ByteView answer(ByteView, Transport, const Endpoint&) noexcept override {
        ++asked;
        return answer_;
    }
    std::unique_ptr<ZoneTransfer> transfer(const Endpoint&) override { return nullptr; }
    std::uint64_t now() const noexcept override { return 0; }
    std::size_t asked = 0;

  private:
    Bytes answer_ = Bytes(65'535);
};

constexpr std::size_t kQuestion = 17;  // octets, the smallest that asks something
constexpr std::size_t kMaxOut = kMaxAnswered + 65'535 + 1'024;

void append(Bytes& out, std::string_view text) {
    out.insert(out.end(), text.begin(), text.end());
}

/// Reads everything that waits; how many octets it was.
std::size_t read_all(Session& session) {
    std::size_t sum = 0;
    for (Bytes out; session.produce(out); out.clear()) {
        EXPECT_LE(out.size(), kMaxOut);
        sum += out.size();
    }
    return sum;
}

// A read of 64 KiB holds three thousand questions; their answers would be 200 MB.
TEST(SessionLimits, AnswersOverTcpWaitUntilTheClientReads) {
    LargeAnswers answerer;
    const auto session = make_dns_session(answerer, Transport::Tcp, {});
    constexpr std::size_t kCount = 65'536 / (kQuestion + 2);
    Bytes questions;
    for (std::size_t i = 0; i < kCount; ++i) {
        questions.insert(questions.end(), {0, kQuestion});
        questions.resize(questions.size() + kQuestion);
    }
    questions.push_back(0);  // and the beginning of one more
    Bytes out;
    ASSERT_TRUE(session->receive(questions, out));
    EXPECT_LE(out.size(), kMaxOut);
    EXPECT_TRUE(session->holds_back());
    EXPECT_FALSE(session->in_message()) << "it is the client that is waited for";
    EXPECT_LT(answerer.asked, 10U);
    EXPECT_EQ(out.size() + read_all(*session), kCount * 65'537);
    EXPECT_FALSE(session->holds_back());
    EXPECT_TRUE(session->in_message());
    EXPECT_EQ(answerer.asked, kCount);
}

TEST(SessionLimits, AnswersOverHttp1WaitUntilTheClientReads) {
    LargeAnswers answerer;
    const auto session = make_http1_session(answerer, {});
    Bytes requests;
    constexpr std::size_t kCount = 500;
    for (std::size_t i = 0; i < kCount; ++i)
        append(requests, "GET /dns-query?dns=AAABAAABAAAAAAAAAAABAAE HTTP/1.1\r\nhost: a\r\n\r\n");
    append(requests, "GET /dns-query HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    Bytes out;
    ASSERT_TRUE(session->receive(requests, out));
    EXPECT_LE(out.size(), kMaxOut);
    EXPECT_TRUE(session->holds_back());
    EXPECT_FALSE(session->in_message());
    EXPECT_LT(answerer.asked, 10U);
    EXPECT_GT(out.size() + read_all(*session), kCount * 65'535);
    EXPECT_EQ(answerer.asked, kCount);
    EXPECT_TRUE(session->is_over()) << "the last one asked for it";
    EXPECT_FALSE(session->holds_back());
}

TEST(SessionLimits, ARequestThatComesOctetByOctetIsReadOnce) {
    LargeAnswers answerer;
    const auto session = make_http1_session(answerer, {});
    Bytes request;
    append(request, "POST /dns-query HTTP/1.1\r\nhost: a\r\nx: " + std::string(90'000, 'y') +
                        "\r\ncontent-type: application/dns-message\r\ncontent-length: 60000\r\n"
                        "\r\n" +
                        std::string(60'000, '\0'));
    Bytes out;
    for (const std::uint8_t octet : request)
        ASSERT_TRUE(session->receive(ByteView(&octet, 1), out));
    EXPECT_EQ(answerer.asked, 1U);
    EXPECT_FALSE(session->in_message());
}

// RFC 9113 4.1, 6.2.
void append_frame(Bytes& out, std::uint8_t type, std::uint8_t flags, std::uint32_t stream,
                  ByteView payload) {
    for (const unsigned shift : {16U, 8U, 0U})
        out.push_back(static_cast<std::uint8_t>(payload.size() >> shift));
    out.insert(out.end(), {type, flags});
    for (const unsigned shift : {24U, 16U, 8U, 0U})
        out.push_back(static_cast<std::uint8_t>(stream >> shift));
    out.insert(out.end(), payload.begin(), payload.end());
}

void append_literal(Bytes& out, std::uint8_t form, std::string_view name, std::string_view value) {
    out.push_back(form);
    out.push_back(static_cast<std::uint8_t>(name.size()));
    append(out, name);
    std::size_t rest = value.size();
    if (rest < 127) {
        out.push_back(static_cast<std::uint8_t>(rest));
    } else {
        out.push_back(127);
        for (rest -= 127; rest >= 128; rest >>= 7U)
            out.push_back(static_cast<std::uint8_t>(rest | 128U));
        out.push_back(static_cast<std::uint8_t>(rest));
    }
    append(out, value);
}

Bytes head_of_get() {
    Bytes block;
    append_literal(block, 0, ":method", "GET");
    append_literal(block, 0, ":scheme", "https");
    append_literal(block, 0, ":authority", "a");
    append_literal(block, 0, ":path", "/dns-query?dns=AAABAAABAAAAAAAAAAABAAE");
    return block;
}

Bytes preface() {
    Bytes out;
    append(out, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    append_frame(out, 4, 0, 0, {});
    return out;
}

TEST(SessionLimits, AnswersThatAnHttp2ClientDoesNotTakeAreFew) {
    LargeAnswers answerer;
    const auto session = make_http2_session(answerer, {});
    Bytes requests = preface();
    for (std::uint32_t i = 0; i < 100; ++i)
        append_frame(requests, 1, 5, 2 * i + 1, head_of_get());
    Bytes out;
    ASSERT_TRUE(session->receive(requests, out));
    EXPECT_GE(answerer.asked, 16U);
    EXPECT_LE(answerer.asked, 18U) << "the others are told to ask again";
    EXPECT_LT(out.size(), 100'000U) << "the window of the client";
}

// Three octets of HPACK name a field of four thousand: a request of 16 KiB would have the server
// look at 64 MB.
TEST(SessionLimits, FieldsThatStandForLargeOnesEndTheRequest) {
    LargeAnswers answerer;
    const auto session = make_http2_session(answerer, {});
    Bytes requests = preface();
    Bytes block = head_of_get();
    append_literal(block, 0x40, "x", std::string(4'000, 'y'));
    block.insert(block.end(), 10'000, 0xbe);  // the newest entry of the table
    append_frame(requests, 1, 5, 1, block);
    append_frame(requests, 1, 5, 3, head_of_get());
    Bytes out;
    ASSERT_TRUE(session->receive(requests, out));
    EXPECT_EQ(answerer.asked, 1U) << "the second request";
    const Bytes reset{0, 0, 4, 3, 0, 0, 0, 0, 1};
    EXPECT_NE(as_text(out).find(as_text(reset)), std::string_view::npos);
}

// A library without a limit on them collects acknowledgements until the client reads.
TEST(SessionLimits, PingsAndSettingsInFloodsEndTheConnection) {
    for (const std::uint8_t type : {std::uint8_t{6}, std::uint8_t{4}}) {
        LargeAnswers answerer;
        const auto session = make_http2_session(answerer, {});
        Bytes frames = preface();
        const Bytes ping(type == 6 ? 8 : 0);
        for (int i = 0; i < 3'000; ++i)
            append_frame(frames, type, 0, 0, ping);
        Bytes out;
        EXPECT_FALSE(session->receive(frames, out)) << int{type};
        EXPECT_LT(out.size(), 64U * 1'024);
    }
}

// CVE-2023-44487: requests that are taken back at once, without end.
TEST(SessionLimits, RequestsThatAreTakenBackWithoutEndEndTheConnection) {
    LargeAnswers answerer;
    const auto session = make_http2_session(answerer, {});
    Bytes out;
    bool open = session->receive(preface(), out);
    std::uint32_t stream = 1;
    for (int i = 0; i < 5'000 && open; ++i, stream += 2) {
        Bytes frames;
        append_frame(frames, 1, 5, stream, head_of_get());
        append_frame(frames, 3, 0, stream, Bytes{0, 0, 0, 8});
        open = session->receive(frames, out);
    }
    EXPECT_FALSE(open);
}

// CVE-2024-28182: a head that goes on in frame after frame.
TEST(SessionLimits, AHeadInFramesWithoutEndEndsTheConnection) {
    LargeAnswers answerer;
    const auto session = make_http2_session(answerer, {});
    Bytes frames = preface();
    append_frame(frames, 1, 1, 1, head_of_get());
    for (int i = 0; i < 1'000; ++i)
        append_frame(frames, 9, 0, 1, {});
    Bytes out;
    EXPECT_FALSE(session->receive(frames, out));
    EXPECT_EQ(answerer.asked, 0U);
}

}  // namespace
}  // namespace vedette::dnsd
