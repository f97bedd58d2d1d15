#include "app/commands/store_access.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>

#include "app/guard/guard_run.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "sys/os/error.hpp"
#include "sys/os/terminal.hpp"

namespace vedette::app {
namespace {

/// Adds how to get around a missing permission.
Error with_advice(Error error, const std::string& path) {
    if (error.kind == ErrorKind::Permission) {
        error.text += fmt::format(
            "\nRun as the owner of {}, with sudo, or name another file: "
            "--store FILE",
            path);
    }
    return error;
}

/// Creates the missing folders of `folder`, the last one first asked for.
Result<void> make_folders(const std::filesystem::path& folder) {
    if (folder.empty() || ::access(folder.c_str(), F_OK) == 0) return {};
    std::filesystem::path made;
    for (const auto& part : folder) {
        made /= part;
        if (::mkdir(made.c_str(), 0750) == 0 || errno == EEXIST || errno == EISDIR) continue;
        const int code = errno;
        if (::access(made.c_str(), F_OK) == 0) continue;
        return std::unexpected(sys::os_error(code, "cannot make the folder " + made.string()));
    }
    return {};
}

}  // namespace

Result<std::unique_ptr<store::EventReader>> open_store_reader(const Context& context) {
    const std::string path = context.store_path();
    if (::access(path.c_str(), F_OK) != 0) {
        const Error error = sys::os_error(errno, "cannot open " + path);
        if (error.kind != ErrorKind::NotFound) return std::unexpected(with_advice(error, path));
        return fail(ErrorKind::NotFound,
                    fmt::format("nothing is stored yet: {} does not exist\n"
                                "Fill it with: vedette watch -r FILE, or: sudo vedette watch -i "
                                "INTERFACE. Another file: --store FILE",
                                path));
    }
    auto reader = store::open_sqlite_reader(path);
    if (!reader) return std::unexpected(with_advice(std::move(reader).error(), path));
    return reader;
}

Result<std::unique_ptr<store::EventWriter>> open_store_writer(const Context& context) {
    return open_store_writer(context, context.store_path());
}

Result<std::unique_ptr<store::EventWriter>> open_store_writer(const Context& context,
                                                              const std::string& path) {
    const auto made = make_folders(std::filesystem::path(path).parent_path());
    if (!made) return std::unexpected(with_advice(made.error(), path));
    store::SqliteWriterOptions options;
    options.path = path;
    options.retention.max_age = Duration::seconds(context.settings().store_keep_days * 86'400);
    options.retention.max_bytes = context.settings().store_max_size.bytes;
    auto writer = store::open_sqlite_writer(std::move(options));
    if (!writer) return std::unexpected(with_advice(std::move(writer).error(), path));
    return writer;
}

Result<std::optional<store::DayFiles>> open_day_files(const Context& context) {
    const config::Settings& settings = context.settings();
    if (!settings.store_enabled && settings.dayfiles_directory.empty()) return std::nullopt;
    auto files = store::DayFiles::open(day_folder(context),
                                       {static_cast<std::uint32_t>(settings.dayfiles_keep_days),
                                        settings.dayfiles_max_size.bytes});
    if (!files) return std::unexpected(std::move(files).error());
    return std::move(*files);
}

Result<ConsoleSink::Options> console_options(const Context& context, const Arguments& arguments) {
    ConsoleSink::Options options;
    if (arguments.has("json")) options.lines = ConsoleSink::Lines::Json;
    options.color = context.color(sys::is_terminal(sys::kStandardOutput) ? Context::Stream::Terminal
                                                                         : Context::Stream::Other);
    if (const std::string* const text = arguments.get("filter")) {
        auto filter = context.parse_filter_text(*text);
        if (!filter) return std::unexpected(std::move(filter).error());
        options.filter = std::move(*filter);
    }
    return options;
}

}  // namespace vedette::app
