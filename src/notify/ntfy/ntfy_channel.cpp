#include "notify/ntfy/ntfy_channel.hpp"

#include <nlohmann/json.hpp>

#include <array>

#include "notify/credentials.hpp"
#include "notify/digest_text.hpp"
#include "notify/transfer.hpp"

namespace vedette::notify {
namespace {

constexpr std::size_t kMessageBytes = 3'900;  // a longer one becomes an attachment

// ntfy's priorities go from 1 (silent) to 5 (until it is looked at).
constexpr std::array kPriorities{2, 3, 4, 5};

class NtfyChannel final : public Channel {
  public:
    explicit NtfyChannel(NtfySettings settings) : settings_(std::move(settings)) {}

    Outcome send(const Digest& digest, const Attempt& attempt) override {
        const auto url = secret_or(settings_.url_file, settings_.url);
        if (!url) return not_tried(url.error());
        const bool login = !settings_.user.empty();
        const auto secret = secret_or(login ? settings_.password_file : settings_.token_file, "");
        if (!secret) return not_tried(secret.error());
        // JSON is published at the server's root and names the topic inside.
        std::string_view base = url->text();
        while (base.ends_with('/'))
            base.remove_suffix(1);
        const std::size_t slash = base.rfind('/');
        if (slash == std::string_view::npos || base.substr(0, slash).ends_with('/'))
            return {Outcome::Verdict::Refused, "the URL names no topic: https://HOST/TOPIC", {}};
        const HttpPost post{std::string(base.substr(0, slash + 1)),
                            {"Content-Type: application/json", "User-Agent: Vedette"},
                            settings_.user,
                            secret->text(),
                            settings_.tls};
        return http_post(post, ntfy_json(digest, base.substr(slash + 1), settings_.subject),
                         attempt);
    }

  private:
    NtfySettings settings_;
};

}  // namespace

std::unique_ptr<Channel> make_ntfy_channel(NtfySettings settings) {
    return std::make_unique<NtfyChannel>(std::move(settings));
}

std::string ntfy_json(const Digest& digest, std::string_view topic, std::string_view subject) {
    using Json = nlohmann::ordered_json;
    const DigestSummary found = summary(digest);
    const bool over = found.ended == digest.notices.size();
    const Json body = {{"topic", topic},
                       {"title", title(digest, subject)},
                       {"message", short_text(digest, kMessageBytes)},
                       {"priority", over ? 2 : kPriorities[static_cast<std::size_t>(found.worst)]},
                       {"tags", Json::array({over ? "white_check_mark" : "warning"})}};
    return body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace vedette::notify
