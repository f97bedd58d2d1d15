// MQTT 3.1.1: one message per alert with QoS 1, so that the broker says that it has each. A
// connection per digest: nothing has to be kept alive while nothing happens.
#pragma once

#include <memory>
#include <string>

#include "notify/channel.hpp"

namespace vedette::notify {

struct MqttSettings {
    std::string url;  ///< mqtt://HOST:1883 or mqtts://HOST:8883
    std::string topic;
    std::string user;
    std::string password_file;
    TlsFiles tls;
};

[[nodiscard]] std::unique_ptr<Channel> make_mqtt_channel(MqttSettings settings);

}  // namespace vedette::notify
