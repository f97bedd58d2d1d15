// Keys and certificates by OpenSSL, which is seen only in x509.cpp. No state.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "service/certs/authority.hpp"

namespace vedette::certs {

/// A key with its certificate.
struct Pair {
    struct Handles;
    Request request;
    std::shared_ptr<Handles> handles = {};
};

/// Makes a key and a certificate signed by `signer`, or by itself when there is none.
[[nodiscard]] Result<void> make_pair(Pair& pair, const Pair* signer);
/// The key first, mode 0600; each file appears whole or not at all.
[[nodiscard]] Result<void> write_pair(const Pair& pair, const std::string& certificate,
                                      const std::string& key);
[[nodiscard]] Result<Pair> load_pair(const std::string& certificate, const std::string& key);

}  // namespace vedette::certs
