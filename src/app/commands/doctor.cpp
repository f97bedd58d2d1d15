#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "app/commands/commands.hpp"
#include "app/notify/notify_paths.hpp"
#include "model/vendor/vendor.hpp"
#include "sys/health/system_checks.hpp"
#include "sys/os/privileges.hpp"

namespace vedette::app {
namespace {

sys::Check check_settings(const Context& context) {
    const auto loaded = config::load(context.load_request());
    if (!loaded) {
        return {"settings", sys::CheckState::Problem, loaded.error().text,
                "correct them, then `vedette config check`"};
    }
    const bool none = loaded->file.empty();
    return {"settings", sys::CheckState::Ok, none ? "the defaults; no file" : loaded->file, ""};
}

sys::Check check_notifications(const Context& context) {
    const auto targets = notify_targets(context);
    if (!targets) {
        return {"notifications", sys::CheckState::Problem, targets.error().text,
                "correct them, then `vedette config check`"};
    }
    if (targets->empty()) {
        return {"notifications", sys::CheckState::Ok, "alerts are sent nowhere",
                "a table [notify.NAME] in the settings names a place: docs/notify.md"};
    }
    std::string names;
    for (const service::Target& target : *targets)
        names += fmt::format("{}{}", names.empty() ? "" : ", ", target.name);
    return {"notifications", sys::CheckState::Ok, names, "try each: vedette notify test NAME"};
}

sys::Check check_vendors() {
    return {"manufacturers", sys::CheckState::Ok, fmt::format("{} known", vendor_count()), ""};
}

ListingCell state_cell(sys::CheckState state) {
    static constexpr render::Tone kTones[] = {render::Tone::Good, render::Tone::Warning,
                                              render::Tone::Bad};
    return {std::string(to_text(state)),
            {},
            ListingCell::Json::Text,
            kTones[static_cast<std::size_t>(state)]};
}

/// The exit code says what stands in the way most: the settings, a privilege, or something else.
int code_of(const std::vector<sys::Check>& checks) {
    int code = 0;
    for (const sys::Check& check : checks) {
        if (check.state != sys::CheckState::Problem) continue;
        const int own = check.name == "settings" || check.name == "notifications"
                            ? exit_code(ErrorKind::InvalidSettings)
                            : exit_code(sys::is_root() ? ErrorKind::Failed : ErrorKind::Permission);
        code = std::max(code, own);
    }
    return code;
}

}  // namespace

Result<int> run_doctor(Context& context, const Arguments& arguments) {
    auto output = Context::open_output(arguments);
    if (!output) return std::unexpected(std::move(output).error());
    const auto folder = std::filesystem::path(context.store_path()).parent_path();
    std::vector<sys::Check> checks = sys::check_system(folder.empty() ? "." : folder.string());
    checks.push_back(check_settings(context));
    checks.push_back(check_notifications(context));
    checks.push_back(check_vendors());
    const Format format = Context::format(arguments);
    if (format == Format::Table) {
        const render::Color color = context.color(*output);
        for (const sys::Check& check : checks) {
            const ListingCell state = state_cell(check.state);
            output->write(fmt::format("{:<18} {}  {}\n", check.name,
                                      render::toned(state.text, state.tone, color), check.found));
            if (!check.fix.empty()) output->write(fmt::format("{:<18} {}\n", "", check.fix));
        }
    } else {
        Listing listing(*output, format, render::Color::Off,
                        {{"check", {}}, {"state", {}}, {"found", {}}, {"fix", {}}});
        for (const sys::Check& check : checks) {
            listing.add({{check.name}, state_cell(check.state), {check.found}, {check.fix}});
        }
    }
    VEDETTE_TRY(output->finish());
    return code_of(checks);
}

}  // namespace vedette::app
