// HTTP/1.1 (RFC 9112) as far as DNS over HTTPS needs it: GET and POST with Content-Length,
// pipelined, kept alive.
#include <strings.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "service/dnsd/net/doh_request.hpp"
#include "service/dnsd/net/session.hpp"

namespace vedette::dnsd {
namespace {

constexpr std::size_t kMaxHeadBytes = kMaxDohPathBytes + 8'192;

bool same_word(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::string_view trimmed(std::string_view text) noexcept {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

std::string_view reason_of(int status) noexcept {
    switch (status) {
        case 200:
            return "OK";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 411:
            return "Length Required";
        case 413:
            return "Content Too Large";
        case 415:
            return "Unsupported Media Type";
        default:
            return "Bad Request";
    }
}

class Http1Session final : public Session {
  public:
    Http1Session(StreamAnswerer& answerer, const Endpoint& client) noexcept
        : answerer_(answerer), client_(client) {}

    bool receive(ByteView bytes, std::vector<std::uint8_t>& out) override {
        pending_.append(as_text(bytes));
        std::size_t used = 0;
        over_ = over_ || !take(used, out);
        pending_.erase(0, used);
        return !over_;
    }
    bool produce(std::vector<std::uint8_t>& out) override {
        if (!held_back_) return false;
        (void)receive({}, out);
        return !out.empty();
    }
    bool holds_back() const noexcept override { return held_back_; }
    bool is_over() const noexcept override { return over_; }
    bool in_message() const noexcept override { return !pending_.empty() && !held_back_; }
    void finish(std::vector<std::uint8_t>&) override { finishing_ = true; }

  private:
    struct Head {
        std::optional<std::size_t> body_bytes;
        int status = 200;
        bool close = false;
        bool has_host = false;
    };

    // Answers every whole request; `used`: how many octets they were. False: the last one was.
    bool take(std::size_t& used, std::vector<std::uint8_t>& out) {
        held_back_ = false;
        while (used < pending_.size()) {
            held_back_ = out.size() >= kMaxAnswered;
            const std::string_view rest = std::string_view(pending_).substr(used);
            if (held_back_ || rest.size() < wanted_) return true;
            const std::size_t head_end = rest.find("\r\n\r\n", searched_);
            if (head_end == rest.npos) {
                searched_ = rest.size() - std::min<std::size_t>(rest.size(), 3);
                return rest.size() <= kMaxHeadBytes;
            }
            if (head_end > kMaxHeadBytes) return false;
            DohRequest request;
            Head head;
            if (!read_head(rest.substr(0, head_end), request, head)) {
                respond(400, {}, out);
                return false;
            }
            const std::size_t body_bytes = head.body_bytes.value_or(0);
            searched_ = head_end;
            wanted_ = head_end + 4 + body_bytes;
            if (rest.size() < wanted_) return true;
            const ByteView body = as_bytes(rest.substr(head_end + 4, body_bytes));
            request.body.assign(body.begin(), body.end());
            handle(request, head.status, out);
            if (head.close || finishing_ || head.status != 200) return false;
            used += std::exchange(wanted_, 0);
            searched_ = 0;
        }
        return true;
    }

    static bool read_head(std::string_view text, DohRequest& request, Head& head) {
        std::size_t end = std::min(text.find("\r\n"), text.size());
        const std::string_view line = text.substr(0, end);
        const std::size_t first = line.find(' ');
        const std::size_t second = line.rfind(' ');
        if (first == line.npos || second <= first) return false;
        request.method = line.substr(0, first);
        request.path = line.substr(first + 1, second - first - 1);
        const std::string_view version = line.substr(second + 1);
        if (!version.starts_with("HTTP/1.")) return false;
        head.close = head.has_host = version == "HTTP/1.0";  // which knew no such field
        while (end < text.size()) {
            text.remove_prefix(end + 2);
            end = std::min(text.find("\r\n"), text.size());
            if (!read_field(text.substr(0, end), request, head)) return false;
        }
        return head.has_host;  // RFC 9112 3.2
    }

    static bool read_field(std::string_view line, DohRequest& request, Head& head) {
        const std::size_t colon = line.find(':');
        if (colon == line.npos || colon == 0) return false;
        const std::string_view name = line.substr(0, colon);
        const std::string_view value = trimmed(line.substr(colon + 1));
        if (same_word(name, "content-type")) request.content_type = value;
        if (same_word(name, "host")) head.has_host = true;
        if (same_word(name, "connection") && same_word(value, "close")) head.close = true;
        if (same_word(name, "transfer-encoding")) head.status = 411;
        if (!same_word(name, "content-length")) return true;
        const char* end = value.data() + value.size();
        std::size_t bytes = 0;
        const auto [stop, error] = std::from_chars(value.data(), end, bytes);
        if (error != std::errc() || stop != end) return false;
        if (bytes > kMaxDohBodyBytes) {
            bytes = 0;
            head.status = 413;
        }
        // Two lengths are two requests to somebody (RFC 9112 6.3).
        return std::exchange(head.body_bytes, bytes).value_or(bytes) == bytes;
    }

    void handle(const DohRequest& request, int status, std::vector<std::uint8_t>& out) {
        if (status == 200) status = read_doh_request(request, query_);
        ByteView answer;
        if (status == 200) {
            answer = answerer_.answer(query_, Transport::Doh, client_);
            if (answer.empty()) status = 400;
        }
        respond(status, answer, out);
    }

    void respond(int status, ByteView answer, std::vector<std::uint8_t>& out) const {
        std::string head = fmt::format("HTTP/1.1 {} {}\r\ncontent-length: {}\r\n", status,
                                       reason_of(status), answer.size());
        if (status == 200)
            head += fmt::format("content-type: {}\r\ncache-control: max-age={}\r\n", kDohMediaType,
                                freshness_seconds(answer));
        if (status == 405) head += fmt::format("allow: {}\r\n", kDohMethods);
        if (finishing_) head += "connection: close\r\n";
        head += "\r\n";
        const ByteView bytes = as_bytes(head);
        out.insert(out.end(), bytes.begin(), bytes.end());
        out.insert(out.end(), answer.begin(), answer.end());
    }

    StreamAnswerer& answerer_;
    Endpoint client_;
    std::string pending_;
    // Of the request that is not whole: where its head may end, and how long it is when that is
    // known. Without them a client that sends octet by octet would have all of it read each time.
    std::size_t searched_ = 0;
    std::size_t wanted_ = 0;
    bool held_back_ = false;
    bool over_ = false;
    bool finishing_ = false;
    std::vector<std::uint8_t> query_;
};

}  // namespace

std::unique_ptr<Session> make_http1_session(StreamAnswerer& answerer, const Endpoint& client) {
    return std::make_unique<Http1Session>(answerer, client);
}

}  // namespace vedette::dnsd
