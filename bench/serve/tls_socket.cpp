#include "tls_socket.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace vedette::load {
namespace {

// One cipher for all servers, so that they do the same work.
SSL_CTX* client_context(std::string_view alpn) {
    SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
    SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256");
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (!alpn.empty()) {
        const ByteView name = as_bytes(alpn);
        SSL_CTX_set_alpn_protos(context, name.data(), static_cast<unsigned>(name.size()));
    }
    return context;
}

}  // namespace

TlsSocket::TlsSocket(int fd, Encryption encryption, std::string_view alpn) : fd_(fd) {
    if (encryption == Encryption::Tls) {
        SSL_CTX* const context = client_context(alpn);
        ssl_ = SSL_new(context);
        SSL_CTX_free(context);
        SSL_set_fd(ssl_, fd_);
        if (SSL_connect(ssl_) != 1) {
            std::fprintf(stderr, "no TLS\n");
            std::exit(2);
        }
    }
    (void)fcntl(fd_, F_SETFL, fcntl(fd_, F_GETFL) | O_NONBLOCK);
}

TlsSocket::~TlsSocket() {
    SSL_free(ssl_);
    if (fd_ >= 0) (void)close(fd_);
}

TlsSocket::TlsSocket(TlsSocket&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      ssl_(std::exchange(other.ssl_, nullptr)),
      out_(std::move(other.out_)),
      sent_(other.sent_) {}

bool TlsSocket::receive(Bytes& in) {
    std::array<std::uint8_t, 65'536> part;
    while (true) {
        ssize_t got = 0;
        if (ssl_ != nullptr) {
            got = SSL_read(ssl_, part.data(), static_cast<int>(part.size()));
            const int error = got > 0 ? SSL_ERROR_NONE : SSL_get_error(ssl_, static_cast<int>(got));
            if (error == SSL_ERROR_WANT_READ) return true;
        } else {
            got = recv(fd_, part.data(), part.size(), 0);
            if (got < 0 && errno == EAGAIN) return true;
        }
        if (got <= 0) return false;
        in.insert(in.end(), part.begin(), part.begin() + got);
        if (ssl_ == nullptr && got < static_cast<ssize_t>(part.size())) return true;
    }
}

bool TlsSocket::send() {
    while (sent_ < out_.size()) {
        const std::size_t left = out_.size() - sent_;
        ssize_t done = 0;
        if (ssl_ != nullptr) {
            done = SSL_write(ssl_, out_.data() + sent_, static_cast<int>(left));
            const int error =
                done > 0 ? SSL_ERROR_NONE : SSL_get_error(ssl_, static_cast<int>(done));
            if (error == SSL_ERROR_WANT_WRITE) return true;
        } else {
            done = ::send(fd_, out_.data() + sent_, left, MSG_NOSIGNAL);
            if (done < 0 && errno == EAGAIN) return true;
        }
        if (done <= 0) return false;
        sent_ += static_cast<std::size_t>(done);
    }
    out_.clear();
    sent_ = 0;
    return true;
}

}  // namespace vedette::load
