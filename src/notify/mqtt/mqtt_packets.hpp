// The packets of MQTT 3.1.1 (OASIS standard, 2014) that a client needs who only publishes with QoS
// 1: CONNECT and CONNACK, PUBLISH and PUBACK, DISCONNECT. Ours, because Debian's libmosquitto
// connects without a time limit and cannot be cancelled. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace vedette::notify {

struct MqttLogin {
    std::string_view client_id;
    std::string_view user;      ///< empty: no login
    std::string_view password;  ///< only with a user
};

/// Longest topic, client id, user name or password: section 1.5.3.
inline constexpr std::size_t kMqttMaxText = 65'535;
/// Longest rest of a packet: section 2.2.3.
inline constexpr std::size_t kMqttMaxPacket = 268'435'455;

[[nodiscard]] std::string mqtt_connect(const MqttLogin& login, std::uint16_t keep_alive_seconds);
/// `payload` with the topic must stay below kMqttMaxPacket; `id` is not 0.
[[nodiscard]] std::string mqtt_publish(std::string_view topic, std::uint16_t id,
                                       std::string_view payload);
[[nodiscard]] std::string mqtt_disconnect();

/// Every answer that we expect has this size.
inline constexpr std::size_t kMqttAnswerBytes = 4;
/// Whether `bytes` is a CONNACK that lets us in; the error says why not (section 3.2.2.3).
[[nodiscard]] Result<void> check_connack(std::string_view bytes);
/// Whether `bytes` is the PUBACK of `id`.
[[nodiscard]] Result<void> check_puback(std::string_view bytes, std::uint16_t id);

}  // namespace vedette::notify
