#include "config/load.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "config/table.hpp"
#include "config/toml_file.hpp"
#include "config/value.hpp"

namespace vedette::config {
namespace {

constexpr std::size_t kMaxFileBytes = 1U << 20U;

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
        for (const FileEntry& entry : content.entries) {
            const std::string place = fmt::format("{}:{}:{}", path, entry.line, entry.column);
            if (const Setting* const setting = known(entry.name, place)) {
                keep(assign(loaded_.settings, *setting, entry.value), *setting, place,
                     fmt::format("{}:{}", path, entry.line));
            }
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
        if (const Setting* const setting = known(name, "command line")) {
            keep(assign_text(loaded_.settings, *setting, text), *setting, "command line", "flag");
        }
    }
    Result<Loaded> finish() {
        if (problems_.empty()) return std::move(loaded_);
        return fail(ErrorKind::InvalidSettings, fmt::format("{}", fmt::join(problems_, "\n")));
    }

  private:
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
