#include "notify/mqtt/mqtt_channel.hpp"

#include <fmt/format.h>

#include "notify/credentials.hpp"
#include "notify/digest_json.hpp"
#include "notify/mqtt/mqtt_packets.hpp"
#include "notify/stream.hpp"

namespace vedette::notify {
namespace {

using Verdict = Outcome::Verdict;

constexpr std::uint16_t kPlainPort = 1'883;
constexpr std::uint16_t kTlsPort = 8'883;
constexpr std::uint16_t kKeepAliveSeconds = 60;
constexpr std::size_t kClientIdBytes = 23;  // every broker takes that many (section 3.1.3.1)

/// Two clients of one id throw each other out, so each digest is a client of its own.
std::string client_id(const Digest& digest) {
    std::string id = "vedette";
    for (const char c : digest.id) {
        const bool plain =
            (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (plain && id.size() < kClientIdBytes) id += c;
    }
    return id;
}

class MqttChannel final : public Channel {
  public:
    explicit MqttChannel(MqttSettings settings) : settings_(std::move(settings)) {}

    Outcome send(const Digest& digest, const Attempt& attempt) override {
        auto url = parse_endpoint_url(settings_.url);
        if (!url) return {Verdict::Refused, url.error().text, {}};
        const bool secure = url->scheme == "mqtts";
        if (url->port == 0) url->port = secure ? kTlsPort : kPlainPort;
        const auto password = secret_or(settings_.password_file, "");
        if (!password) return not_tried(password.error());
        Stream stream(attempt, settings_.tls);
        if (auto opened =
                stream.open(*url, secure ? Stream::Security::Tls : Stream::Security::Plain);
            !opened)
            return not_tried(std::move(opened.error()));
        if (auto in = log_in(stream, client_id(digest), password->text()); !in) {
            const bool denied = in.error().kind == ErrorKind::Permission;
            return {denied ? Verdict::Refused : Verdict::Failed, std::move(in.error().text), {}};
        }
        attempt.tell("< CONNACK: accepted");
        return publish(stream, digest, attempt);
    }

  private:
    [[nodiscard]] Result<void> log_in(Stream& stream, const std::string& id,
                                      const std::string& password) const {
        const sys::Secret packet(mqtt_connect({id, settings_.user, password}, kKeepAliveSeconds));
        VEDETTE_TRY(stream.send(packet.text()));
        const auto answer = stream.receive(kMqttAnswerBytes);
        if (!answer) return std::unexpected(answer.error());
        return check_connack(*answer);
    }
    [[nodiscard]] Outcome publish(Stream& stream, const Digest& digest,
                                  const Attempt& attempt) const {
        std::uint16_t id = 0;
        for (const Notice& notice : digest.notices) {
            id = static_cast<std::uint16_t>(id % 0xffffU + 1);
            if (auto sent = publish_one(stream, id, alert_json(digest, notice)); !sent)
                return {Verdict::Unclear, std::move(sent.error().text), {}};
            attempt.tell(fmt::format("< PUBACK {}", id));
        }
        static_cast<void>(stream.send(mqtt_disconnect()));  // politeness; all is confirmed
        return {
            Verdict::Delivered, fmt::format("{} messages confirmed", digest.notices.size()), {}};
    }
    [[nodiscard]] Result<void> publish_one(Stream& stream, std::uint16_t id,
                                           const std::string& payload) const {
        VEDETTE_TRY(stream.send(mqtt_publish(settings_.topic, id, payload)));
        const auto answer = stream.receive(kMqttAnswerBytes);
        if (!answer) return std::unexpected(answer.error());
        return check_puback(*answer, id);
    }

    MqttSettings settings_;
};

}  // namespace

std::unique_ptr<Channel> make_mqtt_channel(MqttSettings settings) {
    return std::make_unique<MqttChannel>(std::move(settings));
}

}  // namespace vedette::notify
