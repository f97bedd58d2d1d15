#include "service/dnsd/net/quic_connection.hpp"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <ngtcp2/ngtcp2.h>
#include <ngtcp2/ngtcp2_crypto.h>
#include <ngtcp2/ngtcp2_crypto_gnutls.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "service/dnsd/net/doq_streams.hpp"

namespace vedette::dnsd {
namespace {

constexpr std::size_t kPacketBytes = 1'452;
constexpr std::uint64_t kStreams = 100;  // at a time, of one connection
constexpr std::uint64_t kReceiveWindow = 256 * 1'024;
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

class Connection final : public QuicConnection, private DoqAnswerer {
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

    [[nodiscard]] bool begin(const ngtcp2_pkt_hd& head, const QuicFirst& first, QuicTime now);
    [[nodiscard]] bool receive(ByteView packet, const QuicPath& path, QuicTime now) override;
    [[nodiscard]] bool expire(QuicTime now) override;
    [[nodiscard]] QuicTime expiry() const noexcept override;
    void close(QuicTime now) override { say_goodbye(DoqCode::NoError, now); }
    [[nodiscard]] const QuicPath& path() const noexcept override { return path_; }
    [[nodiscard]] bool proved() const noexcept override {
        return has_token_ || ngtcp2_conn_get_handshake_completed(connection_) != 0;
    }

  private:
    static Connection& self(void* user) noexcept { return *static_cast<Connection*>(user); }
    static ngtcp2_callbacks callbacks() noexcept;
    [[nodiscard]] bool begin_tls();
    void add_id(const ngtcp2_cid& id);
    void remove_id(const ngtcp2_cid& id);

    [[nodiscard]] ByteView answer_message(ByteView query) noexcept override {
        return host_.answer(query, path_);
    }
    [[nodiscard]] int take(std::int64_t id, ByteView data, DoqStreams::More more);
    [[nodiscard]] int cancel(std::int64_t id);
    void give_credit();

    [[nodiscard]] bool write(QuicTime now);
    [[nodiscard]] bool write_packets(QuicTime now);
    [[nodiscard]] bool still_fine(QuicTime now);
    void say_goodbye(DoqCode code, QuicTime now);

    QuicHost& host_;
    std::shared_ptr<QuicCredentials> credentials_;
    QuicLimits limits_;
    QuicPath path_;
    ngtcp2_conn* connection_ = nullptr;
    gnutls_session_t tls_ = nullptr;
    ngtcp2_crypto_conn_ref reference_{};
    std::vector<QuicId> ids_;
    bool has_token_ = false;
    DoqStreams streams_{*this};
    QuicTime now_ = 0;
    DoqCode failure_ = DoqCode::NoError;  // what the client did wrong
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
        const bool last = (flags & NGTCP2_STREAM_DATA_FLAG_FIN) != 0;
        return self(user).take(id, {data, bytes},
                               last ? DoqStreams::More::Never : DoqStreams::More::Expected);
    };
    // The library resets our side by itself when it is asked to stop sending.
    all.stream_stop_sending = [](ngtcp2_conn*, std::int64_t id, std::uint64_t, void* user, void*) {
        self(user).streams_.cancel(id);
        return 0;
    };
    all.stream_reset = [](ngtcp2_conn*, std::int64_t id, std::uint64_t, std::uint64_t, void* user,
                          void*) { return self(user).cancel(id); };
    all.stream_close = [](ngtcp2_conn* connection, std::uint32_t, std::int64_t id, std::uint64_t,
                          void* user, void*) {
        self(user).streams_.close(id);
        self(user).give_credit();
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

bool Connection::begin(const ngtcp2_pkt_hd& head, const QuicFirst& first, QuicTime now) {
    ngtcp2_settings settings;
    ngtcp2_settings_default(&settings);
    settings.initial_ts = now;
    settings.handshake_timeout = limits_.message_seconds * NGTCP2_SECONDS;
    settings.no_pmtud = 1;
    ngtcp2_transport_params parameters;
    ngtcp2_transport_params_default(&parameters);
    parameters.original_dcid = head.dcid;
    has_token_ = first.token == QuicFirst::Token::Good;
    if (has_token_) {
        ngtcp2_cid_init(&parameters.original_dcid, as_bytes(first.original).data(),
                        first.original.size());
        parameters.retry_scid = head.dcid;
        parameters.retry_scid_present = 1;
        settings.token = head.token;
    }
    parameters.initial_max_stream_data_bidi_remote = DoqStreams::kMaxMessage;
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
    if (ngtcp2_conn_server_new(&connection_, &head.scid, &own, &way.path, head.version, &all,
                               &settings, &parameters, nullptr, this) != 0)
        return false;
    if (!begin_tls()) return false;
    ngtcp2_conn_set_tls_native_handle(connection_, tls_);
    add_id(own);
    add_id(head.dcid);  // the client's later first packets bear it still
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
    if (failure_ != DoqCode::NoError) {
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
    const auto oldest = streams_.oldest_question();
    const QuicTime by =
        oldest ? *oldest + limits_.message_seconds * NGTCP2_SECONDS : QuicTime{UINT64_MAX};
    return std::min<QuicTime>(ngtcp2_conn_get_expiry(connection_), by);
}

// A question has as long to arrive as over TCP.
bool Connection::still_fine(QuicTime now) {
    const auto oldest = streams_.oldest_question();
    if (!oldest || now < *oldest + limits_.message_seconds * NGTCP2_SECONDS) return true;
    say_goodbye(DoqCode::ProtocolError, now);
    return false;
}

int Connection::take(std::int64_t id, ByteView data, DoqStreams::More more) {
    failure_ = streams_.take(id, data, more, now_);
    give_credit();
    return failure_ == DoqCode::NoError ? 0 : NGTCP2_ERR_CALLBACK_FAILURE;
}

// The stream would stay open on our side, one of the few that the client may have.
int Connection::cancel(std::int64_t id) {
    streams_.cancel(id);
    give_credit();
    const int code = ngtcp2_conn_shutdown_stream_write(
        connection_, id, static_cast<std::uint64_t>(DoqCode::RequestCancelled));
    return code == 0 || code == NGTCP2_ERR_STREAM_NOT_FOUND ? 0 : NGTCP2_ERR_CALLBACK_FAILURE;
}

void Connection::give_credit() {
    if (const std::size_t octets = streams_.take_credit(); octets != 0)
        ngtcp2_conn_extend_max_offset(connection_, octets);
}

bool Connection::write(QuicTime now) {
    const bool fine = write_packets(now);
    ngtcp2_conn_update_pkt_tx_time(connection_, now);
    return fine;
}

// False when the connection is over. A stream that the client does not let us send on waits for a
// later call.
bool Connection::write_packets(QuicTime now) {
    std::array<std::uint8_t, kPacketBytes> out;
    ngtcp2_ssize bytes = 0;
    do {
        const auto stream = streams_.next();
        ngtcp2_vec data{nullptr, 0};
        // The library takes what it will not change as if it would.
        if (stream) data = {const_cast<std::uint8_t*>(stream->rest.data()), stream->rest.size()};
        const std::uint32_t flags =
            stream ? NGTCP2_WRITE_STREAM_FLAG_MORE | NGTCP2_WRITE_STREAM_FLAG_FIN
                   : NGTCP2_WRITE_STREAM_FLAG_NONE;
        ngtcp2_ssize taken = -1;
        bytes =
            ngtcp2_conn_writev_stream(connection_, nullptr, nullptr, out.data(), out.size(), &taken,
                                      flags, stream ? stream->id : -1, &data, stream ? 1 : 0, now);
        if (stream && taken >= 0) streams_.sent(static_cast<std::size_t>(taken));
        if (bytes > 0) host_.send(ByteView(out).first(static_cast<std::size_t>(bytes)), path_);
        if (bytes == NGTCP2_ERR_STREAM_DATA_BLOCKED || bytes == NGTCP2_ERR_STREAM_SHUT_WR ||
            bytes == NGTCP2_ERR_STREAM_NOT_FOUND) {
            streams_.skip(bytes == NGTCP2_ERR_STREAM_DATA_BLOCKED ? DoqStreams::Obstacle::Now
                                                                  : DoqStreams::Obstacle::Forever);
            bytes = NGTCP2_ERR_WRITE_MORE;
        }
    } while (bytes > 0 || bytes == NGTCP2_ERR_WRITE_MORE);
    streams_.resume();
    return bytes == 0;
}

void Connection::say_goodbye(DoqCode code, QuicTime now) {
    ngtcp2_connection_close_error error{};
    ngtcp2_connection_close_error_set_application_error(&error, static_cast<std::uint64_t>(code),
                                                        nullptr, 0);
    std::array<std::uint8_t, kPacketBytes> out;
    const ngtcp2_ssize bytes = ngtcp2_conn_write_connection_close(
        connection_, nullptr, nullptr, out.data(), out.size(), &error, now);
    if (bytes > 0) host_.send(ByteView(out).first(static_cast<std::size_t>(bytes)), path_);
}

}  // namespace

std::unique_ptr<QuicConnection> QuicConnection::accept(const Terms& terms, const QuicFirst& first,
                                                       ByteView packet, const QuicPath& path,
                                                       QuicTime now) {
    ngtcp2_pkt_hd head{};
    if (!first.begins || ngtcp2_accept(&head, packet.data(), packet.size()) != 0) return nullptr;
    auto made = std::make_unique<Connection>(terms.host, terms.credentials, terms.limits, path);
    if (!made->begin(head, first, now)) return nullptr;
    return made;
}

}  // namespace vedette::dnsd
