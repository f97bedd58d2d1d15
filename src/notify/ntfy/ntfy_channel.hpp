// ntfy: push messages to phones. The message is published as JSON, so that no title has to fit into
// a header (https://docs.ntfy.sh/publish/#publish-as-json).
#pragma once

#include <memory>
#include <string>

#include "notify/channel.hpp"

namespace vedette::notify {

struct NtfySettings {
    std::string url;  ///< of the topic: https://ntfy.example.org/alerts
    std::string url_file;
    std::string user;
    std::string password_file;
    std::string token_file;
    std::string subject;
    TlsFiles tls;
};

[[nodiscard]] std::unique_ptr<Channel> make_ntfy_channel(NtfySettings settings);

/// The body for a digest; pure.
[[nodiscard]] std::string ntfy_json(const Digest& digest, std::string_view topic,
                                    std::string_view subject);

}  // namespace vedette::notify
