#include "service/dnsd/net/testing/quic_test_client.hpp"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <ngtcp2/ngtcp2.h>
#include <ngtcp2/ngtcp2_crypto.h>
#include <ngtcp2/ngtcp2_crypto_gnutls.h>
#include <unistd.h>

#include <array>
#include <ctime>
#include <deque>
#include <filesystem>
#include <fstream>
#include <map>

#include "base/assert.hpp"

namespace vedette::dnsd::test {
namespace {

void must(bool fine) {
    VEDETTE_ASSERT(fine);
}

void write_pem(const std::filesystem::path& file, const gnutls_datum_t& pem) {
    std::ofstream(file, std::ios::binary) << as_text({pem.data, pem.size});
}

struct Path {
    explicit Path(const QuicPath& from) {
        path.local.addrlen = to_socket_address(from.client, local);
        path.local.addr = generic_address(local);
        path.remote.addrlen = to_socket_address(from.server, remote);
        path.remote.addr = generic_address(remote);
    }
    sockaddr_storage local{};
    sockaddr_storage remote{};
    ngtcp2_path path{};
};

class Client final : public QuicTestClient {
  public:
    explicit Client(const QuicPath& path) : path_(path) {}
    ~Client() override {
        ngtcp2_conn_del(connection_);
        gnutls_deinit(tls_);
        gnutls_certificate_free_credentials(credentials_);
    }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    void begin(QuicTime now);
    std::vector<Packet> packets(QuicTime now) override;
    void receive(ByteView packet, QuicTime now) override {
        const ngtcp2_pkt_info information{};
        const int code = ngtcp2_conn_read_pkt(connection_, &path_.path, &information, packet.data(),
                                              packet.size(), now);
        if (code == NGTCP2_ERR_DRAINING || code == NGTCP2_ERR_CLOSING) note_ending();
    }
    void expire(QuicTime now) override {
        if (ngtcp2_conn_get_expiry(connection_) <= now &&
            ngtcp2_conn_handle_expiry(connection_, now) == NGTCP2_ERR_IDLE_CLOSE)
            ending_ = "idle";
    }
    std::int64_t open() override {
        std::int64_t id = -1;
        return ngtcp2_conn_open_bidi_stream(connection_, &id, nullptr) == 0 ? id : -1;
    }
    std::int64_t open_one_way() override {
        std::int64_t id = -1;
        return ngtcp2_conn_open_uni_stream(connection_, &id, nullptr) == 0 ? id : -1;
    }
    void send(std::int64_t stream, ByteView bytes, Fin fin) override {
        kept_.emplace_back(bytes.begin(), bytes.end());
        waiting_.push_back({stream, kept_.back(), fin});
    }
    void reset(std::int64_t stream) override {
        must(ngtcp2_conn_shutdown_stream_write(connection_, stream, 3) == 0);
    }
    void stop_sending(std::int64_t stream) override {
        must(ngtcp2_conn_shutdown_stream_read(connection_, stream, 3) == 0);
    }
    bool ready() const override { return ngtcp2_conn_get_handshake_completed(connection_) != 0; }
    Received received(std::int64_t stream) const override {
        const auto known = received_.find(stream);
        return known == received_.end() ? Received{} : known->second;
    }
    std::string ending() const override { return ending_; }
    bool had_retry() const override { return retried_; }

  private:
    struct Waiting {
        std::int64_t stream;
        ByteView rest;
        Fin fin;
    };
    static Client& self(void* user) noexcept { return *static_cast<Client*>(user); }
    static ngtcp2_callbacks callbacks();
    void begin_tls();
    void note_ending() {
        if (!ending_.empty()) return;
        ngtcp2_connection_close_error error{};
        ngtcp2_conn_get_connection_close_error(connection_, &error);
        const bool application = error.type == NGTCP2_CONNECTION_CLOSE_ERROR_CODE_TYPE_APPLICATION;
        ending_ = (application ? "application " : "transport ") + std::to_string(error.error_code);
    }

    Path path_;
    ngtcp2_conn* connection_ = nullptr;
    gnutls_session_t tls_ = nullptr;
    gnutls_certificate_credentials_t credentials_ = nullptr;
    ngtcp2_crypto_conn_ref reference_{};
    std::deque<std::vector<std::uint8_t>> kept_;  // packets may be sent again
    std::deque<Waiting> waiting_;
    std::map<std::int64_t, Received> received_;
    std::string ending_;
    bool retried_ = false;
};

ngtcp2_callbacks Client::callbacks() {
    ngtcp2_callbacks all{};
    all.client_initial = ngtcp2_crypto_client_initial_cb;
    all.recv_crypto_data = ngtcp2_crypto_recv_crypto_data_cb;
    all.encrypt = ngtcp2_crypto_encrypt_cb;
    all.decrypt = ngtcp2_crypto_decrypt_cb;
    all.hp_mask = ngtcp2_crypto_hp_mask_cb;
    all.update_key = ngtcp2_crypto_update_key_cb;
    all.delete_crypto_aead_ctx = ngtcp2_crypto_delete_crypto_aead_ctx_cb;
    all.delete_crypto_cipher_ctx = ngtcp2_crypto_delete_crypto_cipher_ctx_cb;
    all.get_path_challenge_data = ngtcp2_crypto_get_path_challenge_data_cb;
    all.version_negotiation = ngtcp2_crypto_version_negotiation_cb;
    all.recv_retry = [](ngtcp2_conn* connection, const ngtcp2_pkt_hd* head, void* user) {
        self(user).retried_ = true;
        return ngtcp2_crypto_recv_retry_cb(connection, head, user);
    };
    all.rand = [](std::uint8_t* place, std::size_t bytes, const ngtcp2_rand_ctx*) {
        must(gnutls_rnd(GNUTLS_RND_NONCE, place, bytes) == 0);
    };
    all.get_new_connection_id = [](ngtcp2_conn*, ngtcp2_cid* id, std::uint8_t* token,
                                   std::size_t bytes, void*) {
        id->datalen = bytes;
        must(gnutls_rnd(GNUTLS_RND_NONCE, id->data, bytes) == 0);
        must(gnutls_rnd(GNUTLS_RND_NONCE, token, NGTCP2_STATELESS_RESET_TOKENLEN) == 0);
        return 0;
    };
    all.recv_stateless_reset = [](ngtcp2_conn*, const ngtcp2_pkt_stateless_reset*, void* user) {
        self(user).ending_ = "reset";
        return 0;
    };
    all.recv_stream_data = [](ngtcp2_conn*, std::uint32_t flags, std::int64_t id, std::uint64_t,
                              const std::uint8_t* data, std::size_t bytes, void* user, void*) {
        Received& stream = self(user).received_[id];
        stream.bytes.insert(stream.bytes.end(), data, data + bytes);
        stream.whole = (flags & NGTCP2_STREAM_DATA_FLAG_FIN) != 0;
        return 0;
    };
    return all;
}

void Client::begin_tls() {
    must(gnutls_init(&tls_, GNUTLS_CLIENT) == 0);
    reference_.user_data = this;
    reference_.get_conn = [](ngtcp2_crypto_conn_ref* reference) {
        return self(reference->user_data).connection_;
    };
    gnutls_session_set_ptr(tls_, &reference_);
    std::array<unsigned char, 3> name{'d', 'o', 'q'};
    const gnutls_datum_t protocol{name.data(), name.size()};
    must(gnutls_certificate_allocate_credentials(&credentials_) == 0);
    must(gnutls_priority_set_direct(
             tls_, "NORMAL:-VERS-ALL:+VERS-TLS1.3:%DISABLE_TLS13_COMPAT_MODE", nullptr) == 0);
    must(ngtcp2_crypto_gnutls_configure_client_session(tls_) == 0);
    must(gnutls_credentials_set(tls_, GNUTLS_CRD_CERTIFICATE, credentials_) == 0);
    must(gnutls_alpn_set_protocols(tls_, &protocol, 1, GNUTLS_ALPN_MANDATORY) == 0);
}

void Client::begin(QuicTime now) {
    ngtcp2_settings settings;
    ngtcp2_settings_default(&settings);
    settings.initial_ts = now;
    settings.no_pmtud = 1;
    ngtcp2_transport_params parameters;
    ngtcp2_transport_params_default(&parameters);
    parameters.initial_max_stream_data_bidi_local = 1U << 20U;
    parameters.initial_max_data = 1U << 24U;
    ngtcp2_cid destination{};
    ngtcp2_cid own{};
    destination.datalen = own.datalen = kQuicIdBytes;
    must(gnutls_rnd(GNUTLS_RND_NONCE, destination.data, destination.datalen) == 0);
    must(gnutls_rnd(GNUTLS_RND_NONCE, own.data, own.datalen) == 0);
    const ngtcp2_callbacks all = callbacks();
    must(ngtcp2_conn_client_new(&connection_, &destination, &own, &path_.path, NGTCP2_PROTO_VER_V1,
                                &all, &settings, &parameters, nullptr, this) == 0);
    begin_tls();
    ngtcp2_conn_set_tls_native_handle(connection_, tls_);
}

std::vector<QuicTestClient::Packet> Client::packets(QuicTime now) {
    std::vector<Packet> all;
    std::array<std::uint8_t, 1'452> out;
    ngtcp2_ssize bytes = 0;
    while (ending_.empty()) {
        Waiting* const next = waiting_.empty() || !ready() ? nullptr : &waiting_.front();
        ngtcp2_vec data{nullptr, 0};
        std::uint32_t flags = NGTCP2_WRITE_STREAM_FLAG_NONE;
        if (next != nullptr) {
            data = {const_cast<std::uint8_t*>(next->rest.data()), next->rest.size()};
            flags = next->fin == Fin::Yes ? NGTCP2_WRITE_STREAM_FLAG_FIN : flags;
        }
        ngtcp2_ssize taken = -1;
        bytes = ngtcp2_conn_writev_stream(connection_, nullptr, nullptr, out.data(), out.size(),
                                          &taken, flags, next != nullptr ? next->stream : -1, &data,
                                          next != nullptr ? 1 : 0, now);
        if (next != nullptr && taken >= 0) {
            next->rest = next->rest.subspan(static_cast<std::size_t>(taken));
            if (next->rest.empty()) waiting_.pop_front();
        }
        if (next != nullptr && bytes < 0) waiting_.pop_front();  // a stream that is over
        if (bytes > 0) all.emplace_back(out.begin(), out.begin() + bytes);
        if (bytes == 0 || (bytes < 0 && next == nullptr)) break;
    }
    ngtcp2_conn_update_pkt_tx_time(connection_, now);
    return all;
}

}  // namespace

std::shared_ptr<QuicCredentials> make_quic_credentials() {
    gnutls_x509_privkey_t key = nullptr;
    gnutls_x509_crt_t certificate = nullptr;
    must(gnutls_x509_privkey_init(&key) == 0 && gnutls_x509_crt_init(&certificate) == 0);
    must(gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
                                      GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0) == 0);
    constexpr std::time_t kDay = 86'400;
    const std::time_t now = std::time(nullptr);
    must(gnutls_x509_crt_set_version(certificate, 3) == 0 &&
         gnutls_x509_crt_set_serial(certificate, "\1", 1) == 0 &&
         gnutls_x509_crt_set_dn(certificate, "CN=localhost", nullptr) == 0 &&
         gnutls_x509_crt_set_activation_time(certificate, now - kDay) == 0 &&
         gnutls_x509_crt_set_expiration_time(certificate, now + kDay) == 0 &&
         gnutls_x509_crt_set_key(certificate, key) == 0 &&
         gnutls_x509_crt_sign2(certificate, certificate, key, GNUTLS_DIG_SHA256, 0) == 0);
    const auto folder = std::filesystem::temp_directory_path() /
                        ("vedette-quic-test-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    gnutls_datum_t pem{};
    must(gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &pem) == 0);
    write_pem(folder / "key.pem", pem);
    gnutls_free(pem.data);
    must(gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_PEM, &pem) == 0);
    write_pem(folder / "cert.pem", pem);
    gnutls_free(pem.data);
    gnutls_x509_crt_deinit(certificate);
    gnutls_x509_privkey_deinit(key);
    auto loaded = QuicCredentials::load(folder / "cert.pem", folder / "key.pem");
    must(loaded.has_value());
    std::filesystem::remove_all(folder);
    return *loaded;
}

std::unique_ptr<QuicTestClient> QuicTestClient::make(const QuicPath& path, QuicTime now) {
    auto client = std::make_unique<Client>(path);
    client->begin(now);
    return client;
}

}  // namespace vedette::dnsd::test
