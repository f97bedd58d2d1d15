#include "notify/webhook/webhook_channel.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "base/assert.hpp"
#include "base/bytes.hpp"
#include "notify/credentials.hpp"
#include "notify/digest_json.hpp"
#include "notify/transfer.hpp"

namespace vedette::notify {
namespace {

class WebhookChannel final : public Channel {
  public:
    explicit WebhookChannel(WebhookSettings settings) : settings_(std::move(settings)) {}

    Outcome send(const Digest& digest, const Attempt& attempt) override {
        auto url = secret_or(settings_.url_file, settings_.url);
        if (!url) return not_tried(std::move(url.error()));
        const bool login = !settings_.user.empty();
        auto secret = secret_or(login ? settings_.password_file : settings_.token_file, "");
        if (!secret) return not_tried(std::move(secret.error()));
        const std::string body = alertmanager_json(digest);
        HttpPost post{url->text(), settings_.headers, settings_.user, secret->text(),
                      settings_.tls};
        post.headers.push_back("Content-Type: application/json");
        post.headers.push_back("User-Agent: Vedette");
        post.headers.push_back("X-Vedette-Delivery: " + digest.id);
        if (!settings_.hmac_key_file.empty()) {
            const auto key = secret_or(settings_.hmac_key_file, "");
            if (!key) return not_tried(key.error());
            post.headers.push_back("X-Vedette-Signature-256: " + body_signature(key->text(), body));
        }
        return http_post(post, body, attempt);
    }

  private:
    WebhookSettings settings_;
};

}  // namespace

std::unique_ptr<Channel> make_webhook_channel(WebhookSettings settings) {
    return std::make_unique<WebhookChannel>(std::move(settings));
}

std::string body_signature(std::string_view key, std::string_view body) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
    unsigned length = 0;
    const ByteView bytes = as_bytes(body);
    const auto* const done = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                                  bytes.data(), bytes.size(), mac.data(), &length);
    VEDETTE_ASSERT(done != nullptr);
    std::string text = "sha256=";
    for (unsigned i = 0; i < length; ++i)
        text += fmt::format("{:02x}", mac[i]);
    return text;
}

}  // namespace vedette::notify
