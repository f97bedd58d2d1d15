#include "sys/net/tls.hpp"

#include <arpa/inet.h>

#include <mutex>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace vedette::sys {
namespace {

constexpr long kSessionSeconds = 7'200;  // RFC 8310 leaves it open; tickets live two hours

using SslContext = std::shared_ptr<SSL_CTX>;
using Ssl = std::unique_ptr<SSL, decltype([](SSL* ssl) { SSL_free(ssl); })>;

std::string ssl_reason() {
    const unsigned long code = ERR_get_error();
    const char* const reason = ERR_reason_error_string(code);
    return reason != nullptr ? reason : "unknown error";
}

class TlsStream final : public Stream {
  public:
    explicit TlsStream(Ssl ssl) noexcept : ssl_(std::move(ssl)) {}

    IoResult read(std::span<std::uint8_t> into) noexcept override {
        std::size_t moved = 0;
        ERR_clear_error();
        const int done = SSL_read_ex(ssl_.get(), into.data(), into.size(), &moved);
        return judge(done, moved);
    }
    IoResult write(ByteView bytes) noexcept override {
        std::size_t moved = 0;
        ERR_clear_error();
        const int done = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &moved);
        return judge(done, moved);
    }
    std::string_view protocol() const noexcept override {
        const unsigned char* name = nullptr;
        unsigned length = 0;
        SSL_get0_alpn_selected(ssl_.get(), &name, &length);
        return as_text({name, length});
    }
    std::string peer_name() const override {
        const X509* const certificate = SSL_get0_peer_certificate(ssl_.get());
        if (certificate == nullptr || SSL_get_verify_result(ssl_.get()) != X509_V_OK) return {};
        char name[128] = {};
        const int length = X509_NAME_get_text_by_NID(X509_get_subject_name(certificate),
                                                     NID_commonName, name, sizeof(name));
        return length > 0 ? std::string(name, static_cast<std::size_t>(length)) : std::string();
    }
    std::string failure() const override { return failure_; }
    bool has_buffered() const noexcept override { return SSL_has_pending(ssl_.get()) == 1; }
    void close() noexcept override {
        if (!broken_ && SSL_is_init_finished(ssl_.get()) == 1) SSL_shutdown(ssl_.get());
    }

  private:
    IoResult judge(int done, std::size_t moved) noexcept {
        if (done == 1) return {IoStatus::Done, moved};
        const int error = SSL_get_error(ssl_.get(), done);
        if (error == SSL_ERROR_WANT_READ) return {IoStatus::WantRead, 0};
        if (error == SSL_ERROR_WANT_WRITE) return {IoStatus::WantWrite, 0};
        broken_ = true;
        if (error == SSL_ERROR_SSL) {
            const long verdict = SSL_get_verify_result(ssl_.get());
            failure_ = verdict == X509_V_OK ? ssl_reason()
                                            : std::string("the certificate does not verify: ") +
                                                  X509_verify_cert_error_string(verdict);
        }
        return {IoStatus::Closed, 0};
    }
    Ssl ssl_;
    std::string failure_;
    bool broken_ = false;
};

Result<SslContext> new_context(const SSL_METHOD* method, TlsVersion least) {
    SslContext context(SSL_CTX_new(method), [](SSL_CTX* c) { SSL_CTX_free(c); });
    if (!context) return fail(ErrorKind::Failed, "cannot start TLS: " + ssl_reason());
    SSL_CTX* const raw = context.get();
    SSL_CTX_set_min_proto_version(raw,
                                  least == TlsVersion::Tls13 ? TLS1_3_VERSION : TLS1_2_VERSION);
    SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(raw, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                              SSL_MODE_RELEASE_BUFFERS);
    return context;
}

Result<void> use_certificate(SSL_CTX* context, const std::string& certificate,
                             const std::string& key) {
    if (SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1)
        return fail(ErrorKind::InvalidSettings,
                    fmt::format("cannot use certificate {}: {}", certificate, ssl_reason()));
    if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(context) != 1)
        return fail(ErrorKind::InvalidSettings,
                    fmt::format("cannot use private key {}: {}", key, ssl_reason()));
    return {};
}

Result<void> use_authorities(SSL_CTX* context, const std::string& path) {
    const bool done = path.empty() ? SSL_CTX_set_default_verify_paths(context) == 1
                                   : SSL_CTX_load_verify_file(context, path.c_str()) == 1;
    if (done) return {};
    return fail(ErrorKind::InvalidSettings,
                fmt::format("cannot use authorities {}: {}", path, ssl_reason()));
}

Result<void> ask_clients(SSL_CTX* context, const TlsServerOptions& options) {
    if (options.clients == ClientCertificate::NotAsked) return {};
    VEDETTE_TRY(use_authorities(context, options.client_ca));
    const int fatal =
        options.clients == ClientCertificate::Required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0;
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | fatal, nullptr);
    SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(options.client_ca.c_str()));
    return {};
}

Result<SslContext> load_server(const TlsServerOptions& options) {
    auto context = new_context(TLS_server_method(), options.least);
    if (!context) return context;
    SSL_CTX_set_timeout(context->get(), kSessionSeconds);
    SSL_CTX_set_read_ahead(context->get(), options.reading == TlsReading::Ahead ? 1 : 0);
    static constexpr unsigned char kSessionContext[] = "vedette";
    SSL_CTX_set_session_id_context(context->get(), kSessionContext, sizeof(kSessionContext) - 1);
    VEDETTE_TRY(use_certificate(context->get(), options.certificate, options.key));
    VEDETTE_TRY(ask_clients(context->get(), options));
    return context;
}

class OpenSslContext final : public TlsContext {
  public:
    explicit OpenSslContext(TlsServerOptions options) : options_(std::move(options)) {}

    Result<void> reload() override {
        auto fresh = load_server(options_);
        if (!fresh) return std::unexpected(std::move(fresh.error()));
        if (!options_.alpn.empty())
            SSL_CTX_set_alpn_select_cb(fresh->get(), &OpenSslContext::select, this);
        const std::lock_guard lock(mutex_);
        context_ = std::move(*fresh);
        return {};
    }
    std::unique_ptr<Stream> accept(int socket) override {
        SslContext context;
        {
            const std::lock_guard lock(mutex_);
            context = context_;
        }
        Ssl ssl(SSL_new(context.get()));
        if (!ssl || SSL_set_fd(ssl.get(), socket) != 1) return nullptr;
        SSL_set_accept_state(ssl.get());
        return std::make_unique<TlsStream>(std::move(ssl));
    }

  private:
    static int select(SSL*, const unsigned char** out, unsigned char* length,
                      const unsigned char* offered, unsigned offered_length, void* self) noexcept {
        const ByteView known = as_bytes(static_cast<OpenSslContext*>(self)->options_.alpn);
        unsigned char* chosen = nullptr;
        const int found =
            SSL_select_next_proto(&chosen, length, known.data(),
                                  static_cast<unsigned>(known.size()), offered, offered_length);
        *out = chosen;
        // RFC 7301 3.2: no overlap ends the handshake.
        return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
    }
    const TlsServerOptions options_;
    std::mutex mutex_;  // once per connection
    SslContext context_;
};

class OpenSslClient final : public TlsClient {
  public:
    OpenSslClient(SslContext context, ServerCheck check)
        : context_(std::move(context)), check_(check) {}

    std::unique_ptr<Stream> connect(int socket, const std::string& server) override {
        Ssl ssl(SSL_new(context_.get()));
        if (!ssl || SSL_set_fd(ssl.get(), socket) != 1) return nullptr;
        if (!expect(ssl.get(), server)) return nullptr;
        SSL_set_connect_state(ssl.get());
        return std::make_unique<TlsStream>(std::move(ssl));
    }

  private:
    [[nodiscard]] bool expect(SSL* ssl, const std::string& server) const noexcept {
        in6_addr address{};
        const bool literal = inet_pton(AF_INET, server.c_str(), &address) == 1 ||
                             inet_pton(AF_INET6, server.c_str(), &address) == 1;
        // RFC 6066 3: addresses are not sent as server names.
        if (!literal && SSL_set_tlsext_host_name(ssl, server.c_str()) != 1) return false;
        if (check_ == ServerCheck::Unchecked) return true;
        if (literal) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), server.c_str()) == 1;
        return SSL_set1_host(ssl, server.c_str()) == 1;
    }
    SslContext context_;
    ServerCheck check_;
};

}  // namespace

Result<std::shared_ptr<TlsContext>> TlsContext::load(TlsServerOptions options) {
    auto context = std::make_shared<OpenSslContext>(std::move(options));
    VEDETTE_TRY(context->reload());
    return context;
}

Result<std::shared_ptr<TlsClient>> TlsClient::load(const TlsClientOptions& options) {
    auto context = new_context(TLS_client_method(), options.least);
    if (!context) return std::unexpected(std::move(context.error()));
    SSL_CTX* const raw = context->get();
    if (!options.certificate.empty())
        VEDETTE_TRY(use_certificate(raw, options.certificate, options.key));
    if (options.check == ServerCheck::Verified) {
        VEDETTE_TRY(use_authorities(raw, options.authorities));
        SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nullptr);
    }
    if (!options.alpn.empty()) {
        const ByteView alpn = as_bytes(options.alpn);
        SSL_CTX_set_alpn_protos(raw, alpn.data(), static_cast<unsigned>(alpn.size()));
    }
    return std::make_shared<OpenSslClient>(std::move(*context), options.check);
}

}  // namespace vedette::sys
