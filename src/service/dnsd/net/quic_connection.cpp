#include "service/dnsd/net/quic_connection.hpp"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <ngtcp2/ngtcp2.h>
#include <ngtcp2/ngtcp2_crypto.h>
#include <ngtcp2/ngtcp2_crypto_gnutls.h>

#include <array>
#include <deque>
#include <unordered_map>
#include <utility>
#include <vector>

#include "wire/reader/reader.hpp"

namespace vedette::dnsd {
namespace {

constexpr std::size_t kPacketBytes = 1'452;
constexpr std::uint64_t kStreams = 100;              // at a time, of one connection
constexpr std::uint64_t kMessageBytes = 65'535 + 2;  // with its length
constexpr std::uint64_t kReceiveWindow = 256 * 1'024;
constexpr std::size_t kMaxWaiting = 1U << 20U;  // octets to send; who does not read is let go
// RFC 9250 8.4.
constexpr std::uint64_t kNoError = 0;
constexpr std::uint64_t kProtocolError = 2;
constexpr std::uint64_t kExcessiveLoad = 4;
constexpr auto kPriority =
    "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+AES-128-GCM:+AES-256-GCM:+CHACHA20-POLY1305:"
    "%DISABLE_TLS13_COMPAT_MODE";

bool fill_random(void* place, std::size_t bytes) noexcept {
    return gnutls_rnd(GNUTLS_RND_RANDOM, place, bytes) == 0;
}

QuicId to_id(const ngtcp2_cid& id) {
    return QuicId(as_text({id.data, id.datalen}));
}

/// The kernel's form of a path, for as long as a call lasts.
struct PathStorage {
    explicit PathStorage(const QuicPath& from) noexcept {
        path.local.addrlen = to_socket_address(from.server, local);
        path.local.addr = generic_address(local);
        path.remote.addrlen = to_socket_address(from.client, remote);
        path.remote.addr = generic_address(remote);
    }
    sockaddr_storage local{};
    sockaddr_storage remote{};
    ngtcp2_path path{};
};

struct QuestionStream {
    std::vector<std::uint8_t> question;
    std::vector<std::uint8_t> answer;  // stays where it is until the client has it
    std::size_t sent = 0;
    bool asked = false;  // the question is whole
};

class Connection final : public QuicConnection {
  public:
    Connection(QuicHost& host, std::shared_ptr<QuicCredentials> credentials,
               const QuicLimits& limits, const QuicPath& path)
        : host_(host), credentials_(std::move(credentials)), limits_(limits), path_(path) {}
    ~Connection() override {
        for (const QuicId& id : ids_)
            host_.id_removed(id);
        if (connection_ != nullptr) ngtcp2_conn_del(connection_);
        if (tls_ != nullptr) gnutls_deinit(tls_);
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    [[nodiscard]] bool begin(const ngtcp2_pkt_hd& first, QuicTime now);
    [[nodiscard]] bool receive(ByteView packet, const QuicPath& path, QuicTime now) override;
    [[nodiscard]] bool expire(QuicTime now) override;
    [[nodiscard]] QuicTime expiry() const noexcept override;
    void close(QuicTime now) override { say_goodbye(kNoError, now); }
    [[nodiscard]] const QuicPath& path() const noexcept override { return path_; }

  private:
    static Connection& self(void* user) noexcept { return *static_cast<Connection*>(user); }
    static ngtcp2_callbacks callbacks() noexcept;
    [[nodiscard]] bool begin_tls();
    void add_id(const ngtcp2_cid& id);
    void remove_id(const ngtcp2_cid& id);

    [[nodiscard]] int take(std::int64_t id, ByteView data, bool last);
    void let_go(const QuestionStream& stream);
    [[nodiscard]] bool answer(QuestionStream& stream);

    [[nodiscard]] bool write(QuicTime now);
    [[nodiscard]] bool write_packets(QuicTime now);
    [[nodiscard]] bool still_fine(QuicTime now);
    void say_goodbye(std::uint64_t code, QuicTime now);

    QuicHost& host_;
    std::shared_ptr<QuicCredentials> credentials_;
    QuicLimits limits_;
    QuicPath path_;
    ngtcp2_conn* connection_ = nullptr;
    gnutls_session_t tls_ = nullptr;
    ngtcp2_crypto_conn_ref reference_{};
    std::vector<QuicId> ids_;
    std::unordered_map<std::int64_t, QuestionStream> streams_;
    std::deque<std::int64_t> waiting_;      // streams with something to send
    std::size_t held_ = 0;                  // octets of answers that clients do not have yet
    QuicTime question_since_ = UINT64_MAX;  // when a question that is not whole began
    std::size_t half_questions_ = 0;
    QuicTime now_ = 0;
    std::uint64_t failure_ = kNoError;  // what the client did wrong
};

ngtcp2_callbacks Connection::callbacks() noexcept {
    ngtcp2_callbacks all{};
    all.recv_client_initial = ngtcp2_crypto_recv_client_initial_cb;
    all.recv_crypto_data = ngtcp2_crypto_recv_crypto_data_cb;
    all.encrypt = ngtcp2_crypto_encrypt_cb;
    all.decrypt = ngtcp2_crypto_decrypt_cb;
    all.hp_mask = ngtcp2_crypto_hp_mask_cb;
    all.update_key = ngtcp2_crypto_update_key_cb;
    all.delete_crypto_aead_ctx = ngtcp2_crypto_delete_crypto_aead_ctx_cb;
    all.delete_crypto_cipher_ctx = ngtcp2_crypto_delete_crypto_cipher_ctx_cb;
    all.get_path_challenge_data = ngtcp2_crypto_get_path_challenge_data_cb;
    all.version_negotiation = ngtcp2_crypto_version_negotiation_cb;
    all.rand = [](std::uint8_t* place, std::size_t bytes, const ngtcp2_rand_ctx*) {
        (void)fill_random(place, bytes);
    };
    all.get_new_connection_id = [](ngtcp2_conn*, ngtcp2_cid* id, std::uint8_t* token,
                                   std::size_t bytes, void* user) {
        id->datalen = bytes;
        const ByteView secret = self(user).host_.reset_secret();
        if (!fill_random(id->data, bytes) || ngtcp2_crypto_generate_stateless_reset_token(
                                                 token, secret.data(), secret.size(), id) != 0)
            return NGTCP2_ERR_CALLBACK_FAILURE;
        self(user).add_id(*id);
        return 0;
    };
    all.remove_connection_id = [](ngtcp2_conn*, const ngtcp2_cid* id, void* user) {
        self(user).remove_id(*id);
        return 0;
    };
    all.recv_stream_data = [](ngtcp2_conn*, std::uint32_t flags, std::int64_t id, std::uint64_t,
                              const std::uint8_t* data, std::size_t bytes, void* user, void*) {
        return self(user).take(id, {data, bytes}, (flags & NGTCP2_STREAM_DATA_FLAG_FIN) != 0);
    };
    all.stream_close = [](ngtcp2_conn* connection, std::uint32_t, std::int64_t id, std::uint64_t,
                          void* user, void*) {
        Connection& own = self(user);
        if (const auto known = own.streams_.find(id); known != own.streams_.end()) {
            own.held_ -= known->second.answer.size();
            if (!known->second.asked) own.let_go(known->second);
            own.streams_.erase(known);
        }
        ngtcp2_conn_extend_max_streams_bidi(connection, 1);
        return 0;
    };
    return all;
}

bool Connection::begin_tls() {
    constexpr unsigned kFlags = GNUTLS_SERVER | GNUTLS_NO_AUTO_SEND_TICKET;
    if (gnutls_init(&tls_, kFlags) != 0) return false;
    reference_.user_data = this;
    reference_.get_conn = [](ngtcp2_crypto_conn_ref* reference) {
        return self(reference->user_data).connection_;
    };
    gnutls_session_set_ptr(tls_, &reference_);
    std::array<unsigned char, 3> name{'d', 'o', 'q'};  // RFC 9250 4.1.1
    const gnutls_datum_t protocol{name.data(), name.size()};
    return gnutls_priority_set_direct(tls_, kPriority, nullptr) == 0 &&
           ngtcp2_crypto_gnutls_configure_server_session(tls_) == 0 &&
           gnutls_credentials_set(tls_, GNUTLS_CRD_CERTIFICATE, credentials_->handle()) == 0 &&
           gnutls_alpn_set_protocols(tls_, &protocol, 1, GNUTLS_ALPN_MANDATORY) == 0;
}

bool Connection::begin(const ngtcp2_pkt_hd& first, QuicTime now) {
    ngtcp2_settings settings;
    ngtcp2_settings_default(&settings);
    settings.initial_ts = now;
    settings.handshake_timeout = limits_.message_seconds * NGTCP2_SECONDS;
    settings.no_pmtud = 1;
    ngtcp2_transport_params parameters;
    ngtcp2_transport_params_default(&parameters);
    parameters.original_dcid = first.dcid;
    parameters.initial_max_stream_data_bidi_remote = kMessageBytes;
    parameters.initial_max_data = kReceiveWindow;
    parameters.initial_max_streams_bidi = kStreams;
    parameters.max_idle_timeout = limits_.idle_seconds * NGTCP2_SECONDS;
    parameters.disable_active_migration = 1;
    parameters.stateless_reset_token_present = 1;
    ngtcp2_cid own{};
    own.datalen = kQuicIdBytes;
    const ByteView secret = host_.reset_secret();
    if (!fill_random(own.data, own.datalen) ||
        ngtcp2_crypto_generate_stateless_reset_token(parameters.stateless_reset_token,
                                                     secret.data(), secret.size(), &own) != 0)
        return false;
    const ngtcp2_callbacks all = callbacks();
    const PathStorage way(path_);
    if (ngtcp2_conn_server_new(&connection_, &first.scid, &own, &way.path, first.version, &all,
                               &settings, &parameters, nullptr, this) != 0)
        return false;
    if (!begin_tls()) return false;
    ngtcp2_conn_set_tls_native_handle(connection_, tls_);
    add_id(own);
    add_id(first.dcid);  // the client's later first packets bear it still
    return true;
}

void Connection::add_id(const ngtcp2_cid& id) {
    ids_.push_back(to_id(id));
    host_.id_added(ids_.back(), static_cast<QuicConnection*>(this));
}

void Connection::remove_id(const ngtcp2_cid& id) {
    const QuicId text = to_id(id);
    std::erase(ids_, text);
    host_.id_removed(text);
}

bool Connection::receive(ByteView packet, const QuicPath& path, QuicTime now) {
    now_ = now;
    const PathStorage way(path);
    const ngtcp2_pkt_info information{};
    const int code = ngtcp2_conn_read_pkt(connection_, &way.path, &information, packet.data(),
                                          packet.size(), now);
    if (failure_ != kNoError) {
        say_goodbye(failure_, now);
        return false;
    }
    if (code == NGTCP2_ERR_DRAINING || code == NGTCP2_ERR_DROP_CONN || code == NGTCP2_ERR_CLOSING)
        return false;
    if (code != 0) {
        ngtcp2_connection_close_error error{};
        std::array<std::uint8_t, kPacketBytes> out;
        if (code == NGTCP2_ERR_CRYPTO)
            ngtcp2_connection_close_error_set_transport_error_tls_alert(
                &error, ngtcp2_conn_get_tls_alert(connection_), nullptr, 0);
        else
            ngtcp2_connection_close_error_set_transport_error_liberr(&error, code, nullptr, 0);
        const ngtcp2_ssize bytes = ngtcp2_conn_write_connection_close(
            connection_, nullptr, nullptr, out.data(), out.size(), &error, now);
        if (bytes > 0) host_.send(ByteView(out).first(static_cast<std::size_t>(bytes)), path_);
        return false;
    }
    return still_fine(now) && write(now);
}

bool Connection::expire(QuicTime now) {
    now_ = now;
    if (!still_fine(now)) return false;
    if (ngtcp2_conn_get_expiry(connection_) > now) return true;
    return ngtcp2_conn_handle_expiry(connection_, now) == 0 && write(now);
}

QuicTime Connection::expiry() const noexcept {
    const QuicTime question_by = question_since_ == UINT64_MAX
                                     ? UINT64_MAX
                                     : question_since_ + limits_.message_seconds * NGTCP2_SECONDS;
    return std::min<QuicTime>(ngtcp2_conn_get_expiry(connection_), question_by);
}

// A question has as long to arrive as over TCP.
bool Connection::still_fine(QuicTime now) {
    if (half_questions_ == 0) question_since_ = UINT64_MAX;
    if (half_questions_ != 0 && question_since_ == UINT64_MAX) question_since_ = now;
    const bool late = question_since_ != UINT64_MAX &&
                      now - question_since_ >= limits_.message_seconds * NGTCP2_SECONDS;
    if (late) say_goodbye(kProtocolError, now);
    return !late;
}

// The client may send as much again only now: the questions that are not whole never take more than
// the connection's window.
void Connection::let_go(const QuestionStream& stream) {
    --half_questions_;
    ngtcp2_conn_extend_max_offset(connection_, stream.question.size());
}

int Connection::take(std::int64_t id, ByteView data, bool last) {
    const auto [place, fresh] = streams_.try_emplace(id);
    QuestionStream& stream = place->second;
    if (fresh) ++half_questions_;
    stream.question.insert(stream.question.end(), data.begin(), data.end());
    if (!last) return 0;
    stream.asked = true;
    let_go(stream);
    if (!answer(stream)) return NGTCP2_ERR_CALLBACK_FAILURE;
    waiting_.push_back(id);
    if (held_ > kMaxWaiting) failure_ = kExcessiveLoad;
    return failure_ == kNoError ? 0 : NGTCP2_ERR_CALLBACK_FAILURE;
}

// RFC 9250 4.2 and 4.2.1: one message behind its length, its identifier zero.
bool Connection::answer(QuestionStream& stream) {
    wire::Reader reader{ByteView(stream.question)};
    const std::uint16_t length = reader.u16();
    const ByteView query = reader.bytes(length);
    if (!reader.ok() || !reader.at_end() || length < 2 || query[0] != 0 || query[1] != 0) {
        failure_ = kProtocolError;
        return false;
    }
    const ByteView message = host_.answer(query, path_);
    if (message.empty()) {  // nothing that a server answers
        failure_ = kProtocolError;
        return false;
    }
    stream.answer.reserve(message.size() + 2);
    stream.answer.push_back(static_cast<std::uint8_t>(message.size() >> 8U));
    stream.answer.push_back(static_cast<std::uint8_t>(message.size()));
    stream.answer.insert(stream.answer.end(), message.begin(), message.end());
    held_ += stream.answer.size();
    stream.question = {};
    return true;
}

bool Connection::write(QuicTime now) {
    const bool fine = write_packets(now);
    ngtcp2_conn_update_pkt_tx_time(connection_, now);
    return fine;
}

// False when the connection is over. Streams take turns in the order of their questions; one that
// the client does not let us send on waits for a later call.
bool Connection::write_packets(QuicTime now) {
    std::array<std::uint8_t, kPacketBytes> out;
    std::vector<std::int64_t> blocked;
    ngtcp2_ssize bytes = 0;
    do {
        while (!waiting_.empty() && !streams_.contains(waiting_.front()))
            waiting_.pop_front();
        const std::int64_t id = waiting_.empty() ? -1 : waiting_.front();
        QuestionStream* const stream = id < 0 ? nullptr : &streams_.at(id);
        ngtcp2_vec data{nullptr, 0};
        if (stream != nullptr)
            data = {stream->answer.data() + stream->sent, stream->answer.size() - stream->sent};
        const std::uint32_t flags =
            stream == nullptr ? NGTCP2_WRITE_STREAM_FLAG_NONE
                              : NGTCP2_WRITE_STREAM_FLAG_MORE | NGTCP2_WRITE_STREAM_FLAG_FIN;
        ngtcp2_ssize taken = -1;
        bytes = ngtcp2_conn_writev_stream(connection_, nullptr, nullptr, out.data(), out.size(),
                                          &taken, flags, id, &data, stream == nullptr ? 0 : 1, now);
        if (stream != nullptr && taken >= 0) {
            stream->sent += static_cast<std::size_t>(taken);
            if (stream->sent == stream->answer.size()) waiting_.pop_front();
        }
        if (bytes > 0) host_.send(ByteView(out).first(static_cast<std::size_t>(bytes)), path_);
        if (bytes == NGTCP2_ERR_STREAM_DATA_BLOCKED || bytes == NGTCP2_ERR_STREAM_SHUT_WR ||
            bytes == NGTCP2_ERR_STREAM_NOT_FOUND) {
            waiting_.pop_front();
            if (bytes == NGTCP2_ERR_STREAM_DATA_BLOCKED) blocked.push_back(id);
            bytes = NGTCP2_ERR_WRITE_MORE;
        }
    } while (bytes > 0 || bytes == NGTCP2_ERR_WRITE_MORE);
    waiting_.insert(waiting_.end(), blocked.begin(), blocked.end());
    return bytes == 0;
}

void Connection::say_goodbye(std::uint64_t code, QuicTime now) {
    ngtcp2_connection_close_error error{};
    ngtcp2_connection_close_error_set_application_error(&error, code, nullptr, 0);
    std::array<std::uint8_t, kPacketBytes> out;
    const ngtcp2_ssize bytes = ngtcp2_conn_write_connection_close(
        connection_, nullptr, nullptr, out.data(), out.size(), &error, now);
    if (bytes > 0) host_.send(ByteView(out).first(static_cast<std::size_t>(bytes)), path_);
}

}  // namespace

std::unique_ptr<QuicConnection> QuicConnection::accept(QuicHost& host,
                                                       std::shared_ptr<QuicCredentials> credentials,
                                                       const QuicLimits& limits, ByteView packet,
                                                       const QuicPath& path, QuicTime now) {
    ngtcp2_version_cid ids{};  // refuses versions that are not spoken here
    if (ngtcp2_pkt_decode_version_cid(&ids, packet.data(), packet.size(), kQuicIdBytes) != 0 ||
        ids.version == 0 || ids.dcidlen > NGTCP2_MAX_CIDLEN || ids.scidlen > NGTCP2_MAX_CIDLEN)
        return nullptr;
    ngtcp2_pkt_hd first{};
    if (ngtcp2_accept(&first, packet.data(), packet.size()) != 0) return nullptr;
    auto made = std::make_unique<Connection>(host, std::move(credentials), limits, path);
    if (!made->begin(first, now)) return nullptr;
    return made;
}

}  // namespace vedette::dnsd
