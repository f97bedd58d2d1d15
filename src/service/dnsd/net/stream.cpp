#include "service/dnsd/net/stream.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

namespace vedette::dnsd {
namespace {

constexpr long kSessionSeconds = 7'200;  // RFC 8310 leaves it open; tickets live two hours

class PlainStream final : public Stream {
  public:
    explicit PlainStream(int socket) noexcept : socket_(socket) {}

    IoResult read(std::span<std::uint8_t> into) noexcept override {
        return judge(recv(socket_, into.data(), into.size(), 0), IoStatus::WantRead);
    }
    IoResult write(ByteView bytes) noexcept override {
        return judge(send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL), IoStatus::WantWrite);
    }

  private:
    static IoResult judge(ssize_t moved, IoStatus later) noexcept {
        if (moved > 0) return {IoStatus::Done, static_cast<std::size_t>(moved)};
        if (moved < 0 && (errno == EAGAIN || errno == EINTR)) return {later, 0};
        return {IoStatus::Closed, 0};
    }
    int socket_;
};

using SslContext = std::shared_ptr<SSL_CTX>;
using Ssl = std::unique_ptr<SSL, decltype([](SSL* ssl) { SSL_free(ssl); })>;

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
    void close() noexcept override {
        if (!broken_ && SSL_is_init_finished(ssl_.get()) == 1) SSL_shutdown(ssl_.get());
    }

  private:
    IoResult judge(int done, std::size_t moved) noexcept {
        if (done == 1) return {IoStatus::Done, moved};
        switch (SSL_get_error(ssl_.get(), done)) {
            case SSL_ERROR_WANT_READ:
                return {IoStatus::WantRead, 0};
            case SSL_ERROR_WANT_WRITE:
                return {IoStatus::WantWrite, 0};
            default:
                broken_ = true;
                return {IoStatus::Closed, 0};
        }
    }
    Ssl ssl_;
    bool broken_ = false;
};

std::string ssl_reason() {
    char text[256];
    ERR_error_string_n(ERR_get_error(), text, sizeof(text));
    return text;
}

struct TlsFiles {
    std::string certificate;
    std::string key;
};

Result<SslContext> load_context(const TlsFiles& files) {
    SslContext context(SSL_CTX_new(TLS_server_method()), [](SSL_CTX* c) { SSL_CTX_free(c); });
    if (!context) return fail(ErrorKind::Failed, "cannot start TLS: " + ssl_reason());
    SSL_CTX* raw = context.get();
    SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
    SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(raw, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                              SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_timeout(raw, kSessionSeconds);
    static constexpr unsigned char kSessionContext[] = "vedette-dns";
    SSL_CTX_set_session_id_context(raw, kSessionContext, sizeof(kSessionContext) - 1);
    if (SSL_CTX_use_certificate_chain_file(raw, files.certificate.c_str()) != 1)
        return fail(ErrorKind::InvalidSettings,
                    fmt::format("cannot use certificate {}: {}", files.certificate, ssl_reason()));
    if (SSL_CTX_use_PrivateKey_file(raw, files.key.c_str(), SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(raw) != 1)
        return fail(ErrorKind::InvalidSettings,
                    fmt::format("cannot use private key {}: {}", files.key, ssl_reason()));
    return context;
}

class OpenSslContext final : public TlsContext {
  public:
    OpenSslContext(TlsFiles files, std::string_view alpn) : files_(std::move(files)), alpn_(alpn) {}

    Result<void> reload() override {
        auto fresh = load_context(files_);
        if (!fresh) return std::unexpected(std::move(fresh.error()));
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
        const ByteView known = as_bytes(static_cast<OpenSslContext*>(self)->alpn_);
        unsigned char* chosen = nullptr;
        const int found =
            SSL_select_next_proto(&chosen, length, known.data(),
                                  static_cast<unsigned>(known.size()), offered, offered_length);
        *out = chosen;
        // RFC 7301 3.2: no overlap ends the handshake.
        return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
    }
    const TlsFiles files_;
    const std::string alpn_;
    std::mutex mutex_;  // once per connection
    SslContext context_;
};

}  // namespace

std::unique_ptr<Stream> make_plain_stream(int socket) {
    return std::make_unique<PlainStream>(socket);
}

Result<std::shared_ptr<TlsContext>> TlsContext::load(const std::string& certificate,
                                                     const std::string& key,
                                                     std::string_view alpn) {
    auto context = std::make_shared<OpenSslContext>(TlsFiles{certificate, key}, alpn);
    VEDETTE_TRY(context->reload());
    return context;
}

}  // namespace vedette::dnsd
