#include "config/load.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "config/table.hpp"
#include "config/target_table.hpp"
#include "config/toml_file.hpp"
#include "config/value.hpp"

namespace vedette::config {
namespace {

constexpr std::size_t kMaxFileBytes = 1U << 20U;
constexpr std::size_t kMaxTargets = 32;
constexpr std::string_view kTargets = "notify.";

struct FileCloser {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, FileCloser>;

Result<std::string> read_file(const std::string& path) {
    const File file(std::fopen(path.c_str(), "re"));
    if (!file) {
        const ErrorKind kind = errno == EACCES ? ErrorKind::Permission : ErrorKind::InvalidSettings;
        return fail(kind, fmt::format("{}: {}", path, std::strerror(errno)));
    }
    std::string text(kMaxFileBytes + 1, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), file.get()));
    if (std::ferror(file.get()) != 0) {
        return fail(ErrorKind::InvalidSettings, fmt::format("{}: {}", path, std::strerror(errno)));
    }
    if (text.size() > kMaxFileBytes) {
        return fail(ErrorKind::InvalidSettings,
                    fmt::format("{}: larger than {} bytes", path, kMaxFileBytes));
    }
    return text;
}

/// Collects what is wrong, so that one run tells everything.
class Loader {
  public:
    Loader() { loaded_.origins.assign(settings_table().size(), "default"); }

    Result<void> add_file(const std::string& path) {
        const auto text = read_file(path);
        if (!text) return std::unexpected(text.error());
        loaded_.file = path;
        FileContent content = parse_toml(*text);
        for (const Problem& problem : content.problems) {
            report(fmt::format("{}:{}:{}", path, problem.line, problem.column), problem.text);
        }
        for (const FileTable& table : content.tables) {
            if (is_target(table.name)) {
                static_cast<void>(
                    find_target(table.name.substr(kTargets.size()),
                                fmt::format("{}:{}:{}", path, table.line, table.column)));
            }
        }
        for (const FileEntry& entry : content.entries) {
            const Place place{fmt::format("{}:{}:{}", path, entry.line, entry.column),
                              fmt::format("{}:{}", path, entry.line)};
            set(entry.name, place, [&](auto& owner, const auto& setting) {
                return assign(owner, setting, entry.value);
            });
        }
        return {};
    }
    void add_environment(const Environment& environment) {
        for (const Setting& setting : settings_table()) {
            const std::string name = environment_name(setting);
            const auto value = environment(name);
            if (!value) continue;
            keep(assign_text(loaded_.settings, setting, *value), setting, name, name);
        }
    }
    void add_flag(const std::string& name, const std::string& text) {
        set(name, {"command line", "flag"},
            [&](auto& owner, const auto& setting) { return assign_text(owner, setting, text); });
    }
    Result<Loaded> finish() {
        for (std::size_t i = 0; i < loaded_.settings.notify.size(); ++i)
            finish_target(loaded_.settings.notify[i], loaded_.target_origins[i]);
        if (problems_.empty()) return std::move(loaded_);
        return fail(ErrorKind::InvalidSettings, fmt::format("{}", fmt::join(problems_, "\n")));
    }

  private:
    struct Place {
        std::string where;   ///< for messages
        std::string origin;  ///< for `config show`
    };

    static bool is_target(std::string_view name) noexcept { return name.starts_with(kTargets); }

    /// Finds the row that `name` means, in the settings or in a target, and lets `write` do it.
    template <typename Write>
    void set(const std::string& name, const Place& place, const Write& write) {
        if (is_target(name)) return set_target(name, place, write);
        if (const Setting* const setting = known(name, place.where)) {
            keep(write(loaded_.settings, *setting), *setting, place.where, place.origin);
        }
    }
    template <typename Write>
    void set_target(const std::string& name, const Place& place, const Write& write) {
        const std::size_t dot = name.find('.', kTargets.size());
        if (dot == std::string::npos) {
            return report(place.where,
                          fmt::format("'{}' stands outside a table such as [notify.ops]", name));
        }
        const auto index =
            find_target(name.substr(kTargets.size(), dot - kTargets.size()), place.where);
        if (!index) return;
        const TargetSetting* const row = find_target_setting(name.substr(dot + 1));
        if (row == nullptr) {
            const std::string hint = suggest_target_key(name.substr(dot + 1));
            return report(place.where, fmt::format("unknown setting '{}'{}{}", name,
                                                   hint.empty() ? "" : "; ", hint));
        }
        TargetSetting named = *row;  // so that messages name the table too
        named.name = name;
        if (auto done = write(loaded_.settings.notify[*index], named); !done)
            return report(place.where, done.error().text);
        const auto number = static_cast<std::size_t>(row - target_table().data());
        loaded_.target_origins[*index][number] = place.origin;
    }
    /// The target's place in the list; makes it when it is not there yet.
    std::optional<std::size_t> find_target(const std::string& name, const std::string& place) {
        std::vector<NotifyTarget>& targets = loaded_.settings.notify;
        for (std::size_t i = 0; i < targets.size(); ++i) {
            if (targets[i].name == name) return i;
        }
        if (!is_target_name(name)) {
            report(place, fmt::format("'{}' is no name for a target: 1 to 32 of a-z, 0-9, '-' and "
                                      "'_', beginning with a letter",
                                      name));
            return std::nullopt;
        }
        if (targets.size() == kMaxTargets) {
            report(place, fmt::format("more than {} targets", kMaxTargets));
            return std::nullopt;
        }
        NotifyTarget& target = targets.emplace_back();
        target.name = name;
        target.place = place;
        loaded_.target_origins.emplace_back(target_table().size(), "default");
        return targets.size() - 1;
    }
    /// What only the whole table shows: its type's defaults, what it lacks, what it cannot use.
    void finish_target(NotifyTarget& target, const std::vector<std::string>& origins) {
        const std::string name = std::string(kTargets) + target.name;
        const TargetType* const type = find_target_type(target.type);
        if (type == nullptr) {
            return report(target.place, fmt::format("{}.type is not set; it takes {}", name,
                                                    accepted_text(*find_target_setting("type"))));
        }
        const auto given = [&](std::string_view key) {
            const auto row = find_target_setting(key) - target_table().data();
            return origins[static_cast<std::size_t>(row)] != "default";
        };
        if (!given("group_wait")) target.group_wait = type->group_wait;
        if (!given("group_interval")) target.group_interval = type->group_interval;
        if (!given("hourly_limit")) target.hourly_limit = type->hourly_limit;
        for (const TargetSetting& row : target_table()) {
            const bool replaced = row.key() == "url" && given("url_file");
            if (needs(*type, row.key()) && !given(row.key()) && !replaced) {
                report(target.place,
                       fmt::format("{}.{} is not set; {} needs it", name, row.key(), type->name));
            }
            if (given(row.key()) && !takes(*type, row.key())) {
                report(target.place, fmt::format("{}.{} is set, but {} does not take it", name,
                                                 row.key(), type->name));
            }
        }
    }

    const Setting* known(const std::string& name, const std::string& place) {
        const Setting* const setting = find_setting(name);
        if (setting == nullptr) {
            const std::string hint = suggest_setting(name);
            report(place,
                   fmt::format("unknown setting '{}'{}{}", name, hint.empty() ? "" : "; ", hint));
        }
        return setting;
    }
    void keep(const Result<void>& result, const Setting& setting, const std::string& place,
              std::string origin) {
        if (!result) return report(place, result.error().text);
        const auto row = static_cast<std::size_t>(&setting - settings_table().data());
        loaded_.origins[row] = std::move(origin);
    }
    void report(const std::string& place, const std::string& text) {
        problems_.push_back(place + ": " + text);
    }

    Loaded loaded_;
    std::vector<std::string> problems_;
};

bool exists(const std::string& path) {
    return File(std::fopen(path.c_str(), "re")) != nullptr || errno == EACCES;
}

}  // namespace

std::string find_file(const LoadRequest& request) {
    if (request.file) return *request.file;
    if (auto named = request.environment("VEDETTE_CONFIG")) return *named;
    for (const std::string& path : settings_candidates(request.environment)) {
        if (exists(path)) return path;
    }
    return {};
}

Result<Loaded> load(const LoadRequest& request) {
    Loader loader;
    const std::string file = find_file(request);
    if (!file.empty()) VEDETTE_TRY(loader.add_file(file));
    loader.add_environment(request.environment);
    for (const auto& [name, text] : request.flags)
        loader.add_flag(name, text);
    return loader.finish();
}

}  // namespace vedette::config
