// Digests and alerts as JSON: what programs get, and what the outbox keeps. docs/notify.md shows
// the keys. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "notify/digest.hpp"

namespace vedette::notify {

/// One alert as an object on one line, without a newline: MQTT and exec.
[[nodiscard]] std::string alert_json(const Digest& digest, const Notice& notice);
/// The whole digest: exec.
[[nodiscard]] std::string digest_json(const Digest& digest);
/// The body that Prometheus Alertmanager gives its webhooks, version 4.
[[nodiscard]] std::string alertmanager_json(const Digest& digest);

/// How the outbox keeps an alert, and back; nothing when the text is not of that kind.
[[nodiscard]] std::string pack(const Alert& alert);
[[nodiscard]] std::optional<Alert> unpack(std::string_view text);

}  // namespace vedette::notify
