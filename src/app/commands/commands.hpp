// One function per subcommand; each in a file of its name. They compose parts of lower floors and
// print. The number is the exit code when nothing failed.
#pragma once

#include <string>
#include <string_view>

#include "app/cli/arguments.hpp"
#include "app/context/context.hpp"
#include "base/result.hpp"

namespace vedette::app {

[[nodiscard]] Result<int> run_watch(Context& context, const Arguments& arguments);
[[nodiscard]] Result<int> run_analyze(Context& context, const Arguments& arguments);
[[nodiscard]] Result<int> run_logs(Context& context, const Arguments& arguments);
[[nodiscard]] Result<int> run_clients(Context& context, const Arguments& arguments);
[[nodiscard]] Result<int> run_resolvers(Context& context, const Arguments& arguments);
/// `clients` with one of the actions of the policy lists.
[[nodiscard]] Result<int> run_client_policy(Context& context, const Arguments& arguments);
/// Whether the word is such an action.
[[nodiscard]] bool is_policy_action(std::string_view word) noexcept;
[[nodiscard]] Result<int> run_leases(Context& context, const Arguments& arguments);
[[nodiscard]] Result<int> run_top(Context& context, const Arguments& arguments);
[[nodiscard]] Result<int> run_stats(Context& context, const Arguments& arguments);
[[nodiscard]] Result<int> run_interfaces(Context& context, const Arguments& arguments);
[[nodiscard]] Result<int> run_doctor(Context& context, const Arguments& arguments);
[[nodiscard]] Result<int> run_config(Context& context, const Arguments& arguments);
[[nodiscard]] Result<int> run_serve(Context& context, const Arguments& arguments);
[[nodiscard]] Result<int> run_alerts(Context& context, const Arguments& arguments);
[[nodiscard]] Result<int> run_records(Context& context, const Arguments& arguments);
[[nodiscard]] Result<int> run_collect(Context& context, const Arguments& arguments);
[[nodiscard]] Result<int> run_sensors(Context& context, const Arguments& arguments);
[[nodiscard]] Result<int> run_certs(Context& context, const Arguments& arguments);
[[nodiscard]] Result<int> run_import(Context& context, const Arguments& arguments);
[[nodiscard]] Result<int> run_notify(Context& context, const Arguments& arguments);
[[nodiscard]] Result<int> run_answer(Context& context, const Arguments& arguments);
[[nodiscard]] Result<int> run_replay(Context& context, const Arguments& arguments);
[[nodiscard]] Result<int> run_demo(Context& context, const Arguments& arguments);
[[nodiscard]] Result<int> run_version(Context& context, const Arguments& arguments);
[[nodiscard]] Result<int> run_completion(Context& context, const Arguments& arguments);
[[nodiscard]] Result<int> run_man(Context& context, const Arguments& arguments);
[[nodiscard]] Result<int> run_help(Context& context, const Arguments& arguments);

/// The file of the records added by hand: the setting, else beside the store.
[[nodiscard]] std::string records_path(const Context& context);
/// The log server's list of sensors, beside the store.
[[nodiscard]] std::string sensors_path(const Context& context);

}  // namespace vedette::app
