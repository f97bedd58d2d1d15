#include "notify/slack/slack_channel.hpp"

#include <nlohmann/json.hpp>

#include "notify/credentials.hpp"
#include "notify/digest_text.hpp"
#include "notify/transfer.hpp"

namespace vedette::notify {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kHeaderBytes = 150;     // Slack takes 150 characters
constexpr std::size_t kSectionBytes = 2'400;  // of 3,000 characters, before escaping

/// Slack reads &, < and > as mark-up; a name could forge a link or call everybody.
std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '&') {
            out += "&amp;";
        } else if (c == '<') {
            out += "&lt;";
        } else if (c == '>') {
            out += "&gt;";
        } else {
            out += c;
        }
    }
    return out;
}

class SlackChannel final : public Channel {
  public:
    explicit SlackChannel(SlackSettings settings) : settings_(std::move(settings)) {}

    Outcome send(const Digest& digest, const Attempt& attempt) override {
        const auto url = secret_or(settings_.url_file, settings_.url);
        if (!url) return not_tried(url.error());
        const HttpPost post{url->text(),
                            {"Content-Type: application/json", "User-Agent: Vedette"},
                            {},
                            {},
                            settings_.tls};
        return http_post(post, slack_json(digest, settings_.subject), attempt);
    }

  private:
    SlackSettings settings_;
};

}  // namespace

std::unique_ptr<Channel> make_slack_channel(SlackSettings settings) {
    return std::make_unique<SlackChannel>(std::move(settings));
}

std::string slack_json(const Digest& digest, std::string_view subject) {
    const std::string head = title(digest, subject);
    // plain_text: no mark-up, so that a backtick or a star in a name stays one.
    const Json section = {
        {"type", "plain_text"}, {"text", short_text(digest, kSectionBytes)}, {"emoji", false}};
    const Json header = {{"type", "plain_text"}, {"text", clip(head, kHeaderBytes)}};
    Json blocks = Json::array({Json{{"type", "header"}, {"text", header}}});
    if (!section["text"].get_ref<const std::string&>().empty())
        blocks.push_back({{"type", "section"}, {"text", section}});
    const Json body = {{"text", escaped(head)}, {"blocks", blocks}};
    return body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace vedette::notify
