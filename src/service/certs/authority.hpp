// A small certificate authority in a folder, for links between Vedettes and for a first certificate
// of `vedette serve`: ca.pem and ca.key, and NAME.pem and NAME.key for everything it issued. Keys
// are ECDSA P-256 and readable by their owner only. One process at a time changes a folder.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace vedette::certs {

/// What a certificate may be used for (RFC 5280 4.2.1.12).
enum class Role : std::uint8_t { Authority, Server, Client, SelfSigned };

[[nodiscard]] std::string_view to_text(Role role) noexcept;

/// A certificate as it lies in the folder.
struct Certificate {
    std::string name;  ///< the subject's common name, and the file's
    Role role = Role::Client;
    std::vector<std::string> hosts;  ///< subject alternative names
    Timestamp not_before;
    Timestamp not_after;
    std::string fingerprint;  ///< SHA-256 of the certificate, hexadecimal
    std::string path;         ///< of the certificate; the key lies beside it
};

/// What is asked for. Hosts that are addresses become IP names, others DNS names.
struct Request {
    std::string name;  ///< letters, digits, '.', '-' and '_'; at most 64
    Role role = Role::Client;
    std::vector<std::string> hosts = {};
    std::int64_t days = 825;
};

class Authority {
  public:
    explicit Authority(std::string folder) : folder_(std::move(folder)) {}

    /// Makes the folder (mode 0700) and the authority's own key; Busy when there is one already.
    [[nodiscard]] Result<Certificate> init(const std::string& name, std::int64_t days);
    /// A new key and certificate; Busy when the name has one already.
    [[nodiscard]] Result<Certificate> issue(const Request& request);
    /// A new key and certificate of the same name, role and hosts in place of the old ones.
    [[nodiscard]] Result<Certificate> renew(const std::string& name, std::int64_t days);
    /// By name, the authority first. NotFound when the folder does not exist.
    [[nodiscard]] Result<std::vector<Certificate>> list() const;

    [[nodiscard]] std::string certificate_path(const std::string& name) const;
    [[nodiscard]] std::string key_path(const std::string& name) const;
    [[nodiscard]] std::string authority_path() const { return certificate_path("ca"); }

  private:
    [[nodiscard]] Result<Certificate> make(const Request& request) const;

    std::string folder_;
};

/// Reads one PEM certificate. InvalidInput names what is wrong with it.
[[nodiscard]] Result<Certificate> read_certificate(const std::string& path);

}  // namespace vedette::certs
