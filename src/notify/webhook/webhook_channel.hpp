// Webhooks: an HTTP POST with the body that Prometheus Alertmanager gives its webhooks (version 4),
// so that what receives those receives ours. With a key, the body is signed with HMAC-SHA-256.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "notify/channel.hpp"

namespace vedette::notify {

struct WebhookSettings {
    std::string url;
    std::string url_file;              ///< a secret file, instead of `url`
    std::vector<std::string> headers;  ///< "Name: value"
    std::string user;
    std::string password_file;
    std::string token_file;
    std::string hmac_key_file;
    TlsFiles tls;
};

[[nodiscard]] std::unique_ptr<Channel> make_webhook_channel(WebhookSettings settings);

/// "sha256=" and the HMAC-SHA-256 of `body` in lower-case hexadecimal.
[[nodiscard]] std::string body_signature(std::string_view key, std::string_view body);

}  // namespace vedette::notify
