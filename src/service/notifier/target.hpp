// The tables [notify.NAME] as things that can be used: checked beyond what the settings table
// knows, their secrets found, their channels made. Everything wrong is told at once, each with its
// place.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "config/notify_target.hpp"
#include "notify/channel.hpp"
#include "notify/grouping/grouping.hpp"

namespace vedette::service {

struct Target {
    std::string name;
    std::string type;
    std::string where;  ///< for people: the URL or program; never a secret
    bool enabled = true;
    notify::GroupSettings group;
    Duration timeout;
    Duration keep;
    std::uint64_t queue_limit = 0;
    std::unique_ptr<notify::Channel> channel;
};

/// `credentials` is $CREDENTIALS_DIRECTORY, or empty. The error is InvalidSettings, a line for each
/// problem: "FILE:12:9: notify.ops.url: ...".
[[nodiscard]] Result<std::vector<Target>> make_targets(
    const std::vector<config::NotifyTarget>& settings, std::string_view credentials);

}  // namespace vedette::service
