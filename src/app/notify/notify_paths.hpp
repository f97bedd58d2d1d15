// Where the notifier's files are and what this machine is called in messages: for the commands that
// run it and those that look at it.
#pragma once

#include <string>
#include <vector>

#include "app/context/context.hpp"
#include "base/result.hpp"
#include "service/notifier/target.hpp"

namespace vedette::app {

/// outbox.db beside the store.
[[nodiscard]] std::string outbox_path(const Context& context);
/// The host's name; "localhost" when it has none.
[[nodiscard]] std::string host_name();
/// The tables [notify.NAME], checked; InvalidSettings tells everything that is wrong.
[[nodiscard]] Result<std::vector<service::Target>> notify_targets(const Context& context);

}  // namespace vedette::app
