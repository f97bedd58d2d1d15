// HTTP/2 (RFC 9113) through nghttp2, for DNS over HTTPS.
#include <array>
#include <string>
#include <unordered_map>

#include <fmt/format.h>
#include <nghttp2/nghttp2.h>

#include "service/dnsd/net/doh_request.hpp"
#include "service/dnsd/net/session.hpp"

namespace vedette::dnsd {
namespace {

constexpr std::uint32_t kMaxStreams = 100;  // RFC 9113 6.5.2: no less
// Of the fields of a request beside its path, as RFC 9113 6.5.2 counts them. A field of four octets
// can stand for one of four thousand that was sent before.
constexpr std::size_t kMaxHeaderBytes = 8'192;
constexpr std::size_t kFieldOverhead = 32;
constexpr std::size_t kMaxHeld = 1U << 20U;  // octets of answers that the client does not take

class Http2Session final : public Session {
  public:
    Http2Session(StreamAnswerer& answerer, const Endpoint& client)
        : answerer_(answerer), client_(client) {
        nghttp2_session_callbacks* callbacks = nullptr;
        nghttp2_session_callbacks_new(&callbacks);
        nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, &on_begin);
        nghttp2_session_callbacks_set_on_header_callback(callbacks, &on_header);
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, &on_data);
        nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, &on_frame);
        nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, &on_close);
        nghttp2_session* session = nullptr;
        nghttp2_session_server_new(&session, callbacks, this);
        nghttp2_session_callbacks_del(callbacks);
        session_.reset(session);
        const std::array<nghttp2_settings_entry, 2> settings{
            {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, kMaxStreams},
             {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, kMaxDohPathBytes + kMaxHeaderBytes}}};
        nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
    }

    bool receive(ByteView bytes, std::vector<std::uint8_t>& out) override {
        const ssize_t used = nghttp2_session_mem_recv(session_.get(), bytes.data(), bytes.size());
        drain(out);
        return used == static_cast<ssize_t>(bytes.size()) &&
               (nghttp2_session_want_read(session_.get()) != 0 ||
                nghttp2_session_want_write(session_.get()) != 0);
    }
    bool in_message() const noexcept override { return !requests_.empty(); }
    // RFC 9113 6.8: requests that are on their way are still answered.
    void finish(std::vector<std::uint8_t>& out) override {
        nghttp2_submit_shutdown_notice(session_.get());
        drain(out);
    }

  private:
    struct Exchange {
        DohRequest request;
        std::size_t header_bytes = 0;
        bool too_large = false;
        std::vector<std::uint8_t> response;
        std::size_t sent = 0;
    };
    struct DeleteSession {
        void operator()(nghttp2_session* session) const noexcept { nghttp2_session_del(session); }
    };

    static Http2Session& self(void* user) noexcept { return *static_cast<Http2Session*>(user); }
    Exchange* find(std::int32_t stream) noexcept {
        const auto known = requests_.find(stream);
        return known == requests_.end() ? nullptr : &known->second;
    }

    static int on_begin(nghttp2_session*, const nghttp2_frame* frame, void* user) noexcept {
        if (frame->headers.cat == NGHTTP2_HCAT_REQUEST)
            self(user).requests_.try_emplace(frame->hd.stream_id);
        return 0;
    }

    static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                         std::size_t name_bytes, const std::uint8_t* value, std::size_t value_bytes,
                         std::uint8_t, void* user) noexcept {
        Exchange* exchange = self(user).find(frame->hd.stream_id);
        if (exchange == nullptr) return 0;
        const std::string_view key = as_text({name, name_bytes});
        const std::string_view text = as_text({value, value_bytes});
        if (key != ":path") exchange->header_bytes += name_bytes + value_bytes + kFieldOverhead;
        if (exchange->header_bytes > kMaxHeaderBytes) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
        std::string* place = key == ":method"        ? &exchange->request.method
                             : key == ":path"        ? &exchange->request.path
                             : key == "content-type" ? &exchange->request.content_type
                                                     : nullptr;
        if (place == nullptr) return 0;
        if (key == ":path" && value_bytes > kMaxDohPathBytes)
            return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
        place->assign(text);
        return 0;
    }

    static int on_data(nghttp2_session*, std::uint8_t, std::int32_t stream,
                       const std::uint8_t* data, std::size_t count, void* user) noexcept {
        Exchange* exchange = self(user).find(stream);
        if (exchange == nullptr) return 0;
        std::vector<std::uint8_t>& body = exchange->request.body;
        if (body.size() + count > kMaxDohBodyBytes)
            exchange->too_large = true;
        else
            body.insert(body.end(), data, data + count);
        return 0;
    }

    static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) noexcept {
        const bool may_end = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
        if (!may_end || (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return 0;
        if (Exchange* exchange = self(user).find(frame->hd.stream_id))
            self(user).respond(frame->hd.stream_id, *exchange);
        return 0;
    }

    static int on_close(nghttp2_session*, std::int32_t stream, std::uint32_t, void* user) noexcept {
        if (const Exchange* exchange = self(user).find(stream))
            self(user).held_ -= exchange->response.size();
        self(user).requests_.erase(stream);
        return 0;
    }

    static ssize_t on_read(nghttp2_session*, std::int32_t stream, std::uint8_t* to,
                           std::size_t room, std::uint32_t* flags, nghttp2_data_source*,
                           void* user) noexcept {
        Exchange* exchange = self(user).find(stream);
        if (exchange == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
        const std::size_t left = exchange->response.size() - exchange->sent;
        const std::size_t count = std::min(left, room);
        std::copy_n(exchange->response.begin() + static_cast<std::ptrdiff_t>(exchange->sent), count,
                    to);
        exchange->sent += count;
        if (exchange->sent == exchange->response.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
        return static_cast<ssize_t>(count);
    }

    void respond(std::int32_t stream, Exchange& exchange) {
        int status = exchange.too_large ? 413
                     : held_ > kMaxHeld ? 503
                                        : read_doh_request(exchange.request, query_);
        if (status == 200) {
            const ByteView answer = answerer_.answer(query_, Transport::Doh, client_);
            exchange.response.assign(answer.begin(), answer.end());
            held_ += answer.size();
            if (answer.empty()) status = 400;
        }
        const std::string code = fmt::format("{}", status);
        const std::string length = fmt::format("{}", exchange.response.size());
        const std::string cache = fmt::format("max-age={}", freshness_seconds(exchange.response));
        std::array<nghttp2_nv, 4> fields{field(":status", code), field("content-length", length),
                                         field("content-type", kDohMediaType),
                                         field("cache-control", cache)};
        nghttp2_data_provider body{};
        body.read_callback = &on_read;
        if (status == 405) fields[2] = field("allow", kDohMethods);
        const std::size_t count = status == 200 ? fields.size() : status == 405 ? 3 : 2;
        nghttp2_submit_response(session_.get(), stream, fields.data(), count,
                                status == 200 ? &body : nullptr);
    }

    // nghttp2 copies both before it returns, and changes neither.
    static nghttp2_nv field(std::string_view name, std::string_view value) noexcept {
        const auto bytes = [](std::string_view text) {
            return const_cast<std::uint8_t*>(as_bytes(text).data());
        };
        return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
    }

    void drain(std::vector<std::uint8_t>& out) {
        while (true) {
            const std::uint8_t* data = nullptr;
            const ssize_t count = nghttp2_session_mem_send(session_.get(), &data);
            if (count <= 0) return;
            out.insert(out.end(), data, data + count);
        }
    }

    StreamAnswerer& answerer_;
    Endpoint client_;
    std::unique_ptr<nghttp2_session, DeleteSession> session_;
    std::unordered_map<std::int32_t, Exchange> requests_;
    std::size_t held_ = 0;  // of all responses
    std::vector<std::uint8_t> query_;
};

}  // namespace

std::unique_ptr<Session> make_http2_session(StreamAnswerer& answerer, const Endpoint& client) {
    return std::make_unique<Http2Session>(answerer, client);
}

}  // namespace vedette::dnsd
