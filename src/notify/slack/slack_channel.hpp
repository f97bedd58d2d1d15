// Slack's incoming webhooks, which Mattermost and others understand too: `text` for all, `blocks`
// for those who draw them
// (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks). The URL is the
// secret.
#pragma once

#include <memory>
#include <string>

#include "notify/channel.hpp"

namespace vedette::notify {

struct SlackSettings {
    std::string url;
    std::string url_file;
    std::string subject;
    TlsFiles tls;
};

[[nodiscard]] std::unique_ptr<Channel> make_slack_channel(SlackSettings settings);

/// The body for a digest; pure.
[[nodiscard]] std::string slack_json(const Digest& digest, std::string_view subject);

}  // namespace vedette::notify
