// DNS over HTTPS (RFC 8484) on HTTP/2: connections that stay open, each with a window of requests
// in flight, by POST or GET.
#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "load_questions.hpp"
#include "tls_socket.hpp"

namespace vedette::load {
namespace {

std::string base64url(ByteView bytes) {
    static constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string text;
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const std::uint8_t byte : bytes) {
        bits = bits << 8U | byte;
        for (count += 8; count >= 6; count -= 6)
            text += kDigits[bits >> (count - 6) & 63U];
    }
    if (count > 0) text += kDigits[bits << (6 - count) & 63U];
    return text;
}

/// A question with what HTTP needs of it.
struct Request {
    const Question* question = nullptr;
    std::string path;
    std::string length;
};

class Lane {
  public:
    Lane(const Load& load, HttpMethod method, const std::vector<Request>& requests,
         std::size_t first)
        : method_(method),
          socket_(
              std::make_unique<TlsSocket>(connect_stream(load.server), Encryption::Tls, "\2h2")),
          requests_(requests),
          slots_(load.window),
          next_(first) {
        nghttp2_session_callbacks* callbacks = nullptr;
        nghttp2_session_callbacks_new(&callbacks);
        nghttp2_session_callbacks_set_on_header_callback(callbacks, &on_header);
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, &on_data);
        nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, &on_close);
        nghttp2_session_client_new(&session_, callbacks, this);
        nghttp2_session_callbacks_del(callbacks);
        nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, nullptr, 0);
        nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, 1 << 28);
        for (Slot& slot : slots_)
            free_.push_back(&slot);
    }
    ~Lane() { nghttp2_session_del(session_); }
    Lane(const Lane&) = delete;
    Lane& operator=(const Lane&) = delete;

    [[nodiscard]] pollfd wanted() const noexcept { return socket_->wanted(); }

    [[nodiscard]] bool turn(Totals& totals) {
        totals_ = &totals;
        if (!socket_->receive(in_)) return false;
        if (nghttp2_session_mem_recv(session_, in_.data(), in_.size()) < 0) return false;
        in_.clear();
        ask();
        const std::uint8_t* data = nullptr;
        ssize_t count = 0;
        while ((count = nghttp2_session_mem_send(session_, &data)) > 0)
            socket_->out().insert(socket_->out().end(), data, data + count);
        return socket_->send();
    }

  private:
    struct Slot {
        const Question* question = nullptr;
        std::size_t sent = 0;
        bool good = false;
        Bytes answer;
    };

    static nghttp2_nv field(std::string_view name, std::string_view value) noexcept {
        const auto bytes = [](std::string_view text) {
            return const_cast<std::uint8_t*>(as_bytes(text).data());
        };
        return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
    }
    static Slot& slot_of(nghttp2_session* session, std::int32_t stream) noexcept {
        return *static_cast<Slot*>(nghttp2_session_get_stream_user_data(session, stream));
    }
    static ssize_t on_read(nghttp2_session*, std::int32_t, std::uint8_t* to, std::size_t room,
                           std::uint32_t* flags, nghttp2_data_source* source, void*) noexcept {
        Slot& slot = *static_cast<Slot*>(source->ptr);
        const ByteView left = ByteView(slot.question->packet).subspan(slot.sent);
        const std::size_t count = std::min(left.size(), room);
        std::copy_n(left.begin(), count, to);
        slot.sent += count;
        if (count == left.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
        return static_cast<ssize_t>(count);
    }
    static int on_header(nghttp2_session* session, const nghttp2_frame* frame,
                         const std::uint8_t* name, std::size_t name_bytes,
                         const std::uint8_t* value, std::size_t value_bytes, std::uint8_t,
                         void*) noexcept {
        if (as_text({name, name_bytes}) == ":status" && as_text({value, value_bytes}) == "200")
            slot_of(session, frame->hd.stream_id).good = true;
        return 0;
    }
    static int on_data(nghttp2_session* session, std::uint8_t, std::int32_t stream,
                       const std::uint8_t* data, std::size_t count, void*) noexcept {
        Bytes& answer = slot_of(session, stream).answer;
        answer.insert(answer.end(), data, data + count);
        return 0;
    }
    static int on_close(nghttp2_session* session, std::int32_t stream, std::uint32_t,
                        void* user) noexcept {
        Slot& slot = slot_of(session, stream);
        Lane& lane = *static_cast<Lane*>(user);
        ++(slot.good && is_right(slot.answer, *slot.question) ? lane.totals_->answers
                                                              : lane.totals_->wrong);
        lane.free_.push_back(&slot);
        return 0;
    }

    void ask() {
        for (; !free_.empty(); free_.pop_back()) {
            const Request& request = requests_[next_];
            next_ = next_ + 1 == requests_.size() ? 0 : next_ + 1;
            Slot& slot = *free_.back();
            slot.question = request.question;
            slot.sent = 0;
            slot.good = false;
            slot.answer.clear();
            const bool post = method_ == HttpMethod::Post;
            const std::array<nghttp2_nv, 7> fields{
                field(":method", post ? "POST" : "GET"),
                field(":scheme", "https"),
                field(":authority", "bench.test"),
                field(":path", post ? std::string_view("/dns-query") : request.path),
                field("accept", "application/dns-message"),
                field("content-type", "application/dns-message"),
                field("content-length", request.length)};
            nghttp2_data_provider body{{.ptr = &slot}, &on_read};
            (void)nghttp2_submit_request(session_, nullptr, fields.data(), post ? 7 : 5,
                                         post ? &body : nullptr, &slot);
        }
    }

    HttpMethod method_;
    std::unique_ptr<TlsSocket> socket_;
    const std::vector<Request>& requests_;
    std::vector<Slot> slots_;
    std::vector<Slot*> free_;
    std::size_t next_;
    nghttp2_session* session_ = nullptr;
    Totals* totals_ = nullptr;
    Bytes in_;
};

/// What run_lanes() sees of a lane that must not move.
struct LanePointer {
    std::unique_ptr<Lane> lane;
    [[nodiscard]] pollfd wanted() const noexcept { return lane->wanted(); }
    [[nodiscard]] bool turn(Totals& totals) { return lane->turn(totals); }
};

}  // namespace

Totals run_http2(const Load& load, HttpMethod method) {
    std::vector<Request> requests;
    for (const Question& question : load.questions)
        requests.push_back({&question, "/dns-query?dns=" + base64url(question.packet),
                            std::to_string(question.packet.size())});
    std::vector<LanePointer> lanes;
    for (unsigned i = 0; i < load.sockets; ++i)
        lanes.push_back(
            {std::make_unique<Lane>(load, method, requests, i * requests.size() / load.sockets)});
    return run_lanes(lanes, load.seconds);
}

}  // namespace vedette::load
