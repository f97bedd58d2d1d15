#include "config/paths.hpp"

namespace vedette::config {
namespace {

/// `variable`, else `fallback` below the home folder, else nothing. XDG ignores relative paths.
std::optional<std::string> base_directory(const Environment& environment, std::string_view variable,
                                          std::string_view fallback) {
    if (auto value = environment(variable); value && value->front() == '/') return value;
    if (auto home = environment("HOME")) return *home + "/" + std::string(fallback);
    return std::nullopt;
}

}  // namespace

std::vector<std::string> settings_candidates(const Environment& environment) {
    std::vector<std::string> files;
    if (const auto folder = base_directory(environment, "XDG_CONFIG_HOME", ".config")) {
        files.push_back(*folder + "/vedette/vedette.toml");
    }
    files.emplace_back("/etc/vedette/vedette.toml");
    return files;
}

std::string data_directory(const Environment& environment, Account account) {
    if (const auto state = environment("STATE_DIRECTORY")) {
        return state->substr(0, state->find(':'));
    }
    if (account == Account::Person) {
        if (const auto folder = base_directory(environment, "XDG_DATA_HOME", ".local/share")) {
            return *folder + "/vedette";
        }
    }
    return "/var/lib/vedette";
}

}  // namespace vedette::config
