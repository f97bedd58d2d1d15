// TLS over connected sockets: contexts for servers, which are reloaded as a whole when their files
// change, and for clients. OpenSSL is seen only in the sources. Contexts are thread safe; streams
// keep what they need alive.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "sys/net/stream.hpp"

namespace vedette::sys {

enum class TlsVersion : std::uint8_t { Tls12, Tls13 };

/// Whether a server asks for the client's certificate.
enum class ClientCertificate : std::uint8_t {
    NotAsked,
    Optional,  ///< verified when shown
    Required,
};

/// How much a stream takes from its socket at once.
enum class TlsReading : std::uint8_t {
    Exact,  ///< one record
    Ahead,  ///< what is there, by one call: who drives it must ask has_buffered()
};

struct TlsServerOptions {
    std::string certificate = {};  ///< PEM chain
    std::string key = {};          ///< PEM
    std::string alpn =
        {};  ///< wire form: length octet and name, repeated; who offers none is served
    std::string client_ca = {};  ///< PEM; signs the clients' certificates
    ClientCertificate clients = ClientCertificate::NotAsked;
    TlsVersion least = TlsVersion::Tls12;
    TlsReading reading = TlsReading::Exact;
};

class TlsContext {
  public:
    [[nodiscard]] static Result<std::shared_ptr<TlsContext>> load(TlsServerOptions options);
    virtual ~TlsContext() = default;
    /// Reads the files again; new connections use what is in them, old ones go on.
    [[nodiscard]] virtual Result<void> reload() = 0;
    [[nodiscard]] virtual std::unique_ptr<Stream> accept(int socket) = 0;
};

/// Whether a client insists on a certificate that it can verify.
enum class ServerCheck : std::uint8_t {
    Verified,
    Unchecked,  ///< encrypted, but to whom is anybody's guess
};

struct TlsClientOptions {
    std::string authorities = {};  ///< PEM; empty: those of the system
    std::string certificate = {};  ///< PEM chain to show when asked; empty: none
    std::string key = {};
    std::string alpn = {};  ///< wire form
    ServerCheck check = ServerCheck::Verified;
    TlsVersion least = TlsVersion::Tls12;
};

class TlsClient {
  public:
    [[nodiscard]] static Result<std::shared_ptr<TlsClient>> load(const TlsClientOptions& options);
    virtual ~TlsClient() = default;
    /// Over a connected socket, which it borrows. `server` is the name or address that the
    /// certificate must be for; a name is also sent (SNI).
    [[nodiscard]] virtual std::unique_ptr<Stream> connect(int socket,
                                                          const std::string& server) = 0;
};

}  // namespace vedette::sys
